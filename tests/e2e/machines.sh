# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Tests of commands that start a VM share this: they ask who runs, and what is
# left. They have set TMPDIR to a folder of their own.

# Prints the QEMUs that run in our temporary folder.
machines() {
	local p

	for p in /proc/[0-9]*; do
		case $(readlink "$p/exe" 2>/dev/null):$(readlink "$p/cwd" \
			2>/dev/null) in
		*/qemu-system-*:"$TMPDIR"/*) echo "${p#/proc/}" ;;
		esac
	done
}

# soon COMMAND...: true once it is, within a minute.
soon() {
	local i

	for ((i = 0; i < 600; i++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

runs() {
	[ -n "$(machines)" ]
}

is_over() {
	[ -z "$(machines)" ]
}

# Prints the files that are left.
left() {
	find "$TMPDIR" . -mindepth 1
}

# interrupt NAME CODE KILL COMMAND...: while its VM runs, the command is ended by
# "kill", or its QEMU by "kill QEMU"; it must end so, and leave nothing.
interrupt() {
	local name=$1 wanted=$2 kill=$3 pid

	shift 3
	status=0
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null &
	pid=$!
	check "$name/the VM runs" soon runs
	case $kill in
	"kill QEMU") kill -KILL "$(machines)" ;;
	kill) kill -TERM "$pid" ;;
	esac
	wait "$pid" || status=$?
	why="exit code $status: $(cat "$WORK/err")"
	check "$name/exit code" [ "$status" -eq "$wanted" ]
	check "$name/no VM is left" soon is_over
	why=$(left)
	check "$name/no file is left" [ -z "$(left)" ]
	check "$name/nothing is printed" [ ! -s "$WORK/out" ]
}
