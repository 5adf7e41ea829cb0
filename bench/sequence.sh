# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# One call's sequence, several times in a row. Source it.

# Of such lines a sequence has one set.
SEQUENCE_HEADS='^(region|entry|not-replayed|touch-only) '

# sequence_head FILE
sequence_head() {
	grep -E "$SEQUENCE_HEADS" "$1"
}

# sequence_call FILE: its operations. At their end registers are proved to be 0, since the
# next call begins with that.
sequence_call() {
	local register

	grep -vE "$SEQUENCE_HEADS" "$1"
	for register in rax rcx rdx rbx rbp rsi rdi r{8..15}; do
		echo "imm dst=$register"
	done
}
