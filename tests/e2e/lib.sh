# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The end-to-end tests share this. Each of them is one script that prints a line
# for each check and, at the end, "N passed, N failed".

# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

# shellcheck disable=SC2034
SWITCHCOST=$ROOT/build/switchcost
# shellcheck disable=SC2034
GOPROBE=$ROOT/build/goprobe/goprobe

# The longest that one command may take, in seconds; none comes near it.
LIMIT=60

WORK=
passed=0
failed=0
skipped=0
status=0

# Makes $WORK, for which others have the right to look inside, too: some tests
# run commands without root's privileges. Commands run in $WORK/box, and no file
# of theirs may stay there. No test may depend on what was measured of this
# machine before, nor change that.
begin() {
	[ -x "$SWITCHCOST" ] || die "$SWITCHCOST: not built: run make"
	[ -x "$GOPROBE" ] || die "$GOPROBE: not built: run make"
	WORK=$(mktemp -d)
	trap 'rm -rf "$WORK"' EXIT
	chmod 755 "$WORK"
	mkdir -m 755 "$WORK/box"
	# Objects that Go has compiled are no measurement: each test would compile its library.
	GOCACHE=$("${GO:-go}" env GOCACHE 2>/dev/null || true)
	[ -z "$GOCACHE" ] || export GOCACHE
	export XDG_CACHE_HOME=$WORK/cache
	cd "$WORK/box" || exit 1
}

# check NAME COMMAND...: one line; $why, if set, says what was seen.
check() {
	local name=$1

	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		echo "not ok $name: ${why:-"$*"}"
	fi
	why=
}

# skip NAME REASON: what can't be tested here.
skip() {
	skipped=$((skipped + 1))
	echo "skip $1: $2"
}

# Prints the last line and ends.
finish() {
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ]
	exit
}

# run COMMAND...: sets $status; what it prints goes to $WORK/out, $WORK/err.
run() {
	status=0
	timeout -k 2 "$LIMIT" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null ||
		status=$?
	why="exit code $status, $(head -n 2 "$WORK/err" | tr '\n' ' ')"
}

# exits CODE COMMAND...: for use with check.
exits() {
	local wanted=$1

	shift
	run "$@"
	[ "$status" -eq "$wanted" ]
}

# replays COMMAND...: it measured; 1 only says that times are withheld, as they
# are on an emulated processor.
replays() {
	run "$@"
	[ "$status" -le 1 ] && [ ! -s "$WORK/err" ]
}

# holds FILTER [FIGURES]: is it true of the object that was printed last, or of that in
# $RESULT? Otherwise $why has the figures of it, or what the filter says.
holds() {
	why=$(jq -c "$1" "${RESULT:-$WORK/out}" 2>&1 | sed -n 1p)
	[ "$why" != true ] || return 0
	[ -z "${2-}" ] || why=$(jq -c "$2" "${RESULT:-$WORK/out}")
	return 1
}

# compares EXPRESSION: is it true of numbers?
compares() {
	awk "BEGIN { exit !($1) }"
}

# json_value KEY [FILE]: a number or a word at the top level.
json_value() {
	sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" \
		"${2:-$WORK/out}"
}

# allowed_cpus: the first and the last that this process may run on, and those at gaps.
allowed_cpus() {
	taskset -cp $$ | sed -e 's/.*: //' -e 's/[,-]/\n/g' | sort -n
}

# states: the cold ones that there are, one a line, as a refusal lists them.
states() {
	{ "$SWITCHCOST" replay --state nosuch 2>&1 || true; } |
		grep -o 'cold-[a-z0-9]*'
}

# grandchild PID NAME: of that name, of a process of PID's.
grandchild() {
	local child

	for child in $(pgrep -P "$1" || true); do
		pgrep -P "$child" -x "$2" || true
	done
}

# Prints what is in the box.
listing() {
	find "$WORK/box" -printf '%y %p\n' | LC_ALL=C sort
}

# fails NAME CODES PATTERN COMMAND...: one check that the command refuses as it
# should: this exit code, one line on stderr that matches, nothing on stdout and
# no file. A usage error may point to --help in a sentence of its own.
fails() {
	local name=$1 code=$2 pattern=$3 before errors lines

	shift 3
	before=$(listing)
	run "$@"
	errors=$(grep -av -e '^Try .*--help' -e '^information\.$' "$WORK/err" ||
		true)
	why=
	[[ $status =~ ^($code)$ ]] || why="exit code $status, not $code"
	lines=$(printf '%s' "${errors:+$errors$'\n'}" | wc -l)
	[ "$lines" -eq 1 ] || why+="; $lines lines of errors"
	grep -aqE -- "$pattern" <<<"$errors" ||
		why+="; not as in '$pattern': $(head -n 1 <<<"$errors")"
	! LC_ALL=C grep -aq '[[:cntrl:]]' <<<"$errors" ||
		why+="; control characters in the error"
	[ ! -s "$WORK/out" ] || why+="; something on stdout"
	[ "$before" = "$(listing)" ] || why+="; files are left"
	check "$name" [ -z "$why" ]
}
