# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The tests of the recorder share this: programs to be recorded, started and
# looked at afterwards. Source it after lib.sh.

# shellcheck disable=SC2034
NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)
CC=${CC:-gcc}
SUBJECT=
PIDS=()

compile() {
	"$CC" -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -pthread "$@"
}

# Ends what was started, by its number.
stop_all() {
	local p

	for p in "${PIDS[@]}"; do
		kill -KILL "$p" 2>/dev/null || true
		wait "$p" 2>/dev/null || true
	done
	PIDS=()
}

# start COMMAND...: in the background, until it has become that program, through
# others that it names first; sets $PID.
start() {
	"$@" >"$WORK/spawned" 2>&1 &
	PID=$!
	PIDS+=("$PID")
	soon became
}

# Only the shell and what comes before a program have these names.
became() {
	local name

	name=$(cat "/proc/$PID/comm" 2>/dev/null) || return 0
	[[ ! $name =~ ^(bash|unshare|setpriv|sh|env|$(basename "$0"))$ ]]
}

# spawn MODE: starts the subject in the background; sets $PID.
spawn() {
	start "$SUBJECT" "$1"
	sleep 0.1
}

# status KEY: of process $PID.
status_of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$PID/status" 2>/dev/null || true
}

# left NAME ALLOWED: process $PID goes on as if nothing had been.
left() {
	sleep 0.1
	why="it is gone: $(cat "$WORK/spawned")"
	check "$1/it lives" kill -0 "$PID"
	why="$(status_of State), traced by $(status_of TracerPid)"
	check "$1/it runs" [ "$(status_of TracerPid)" = 0 -a \
		"$(status_of State | cut -c1)" != t ]
	why=$(status_of Cpus_allowed_list)
	check "$1/it may run where it might" [ "$why" = "$2" ]
	why=$("$WORK/sametext" "$PID" || true)
	check "$1/its code is untouched" [ -z "$why" ]
}

waiting() {
	[ "$(status_of TracerPid)" != 0 ]
}

released() {
	! waiting
}

soon() {
	local i

	for ((i = 0; i < 100; i++)); do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}

# said: has the process $PID printed something?
said() {
	[ -s "$WORK/spawned" ]
}

# prepare NAME: builds the subjects, and finds out which breakpoints there are; or
# skips NAME.
prepare() {
	trap 'stop_all; rm -rf "$WORK"' EXIT
	if ! have "$CC"; then
		skip "$1" "no C compiler"
		finish
	fi
	SUBJECT=$WORK/subject
	compile -o "$SUBJECT" "$ROOT/tests/e2e/subject.c"
	compile -o "$WORK/sametext" "$ROOT/tests/e2e/sametext.c"
	HARDWARE=
	! exits 0 "$SWITCHCOST" record --breakpoint hardware -r 1 -o T \
		--begin work -- "$SUBJECT" work || HARDWARE=1
	rm -f T
}
