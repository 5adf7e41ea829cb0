# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Helpers that the project's shell scripts share. Source it:
#	. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
#
# Exit codes are the project's: 1 a check failed, 2 usage, 3 not possible here.

# The work tree, wherever it lies: found from this file, not from the caller.
# shellcheck disable=SC2034
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Says one line on stderr, under the script's name.
note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Ends with exit code 1 and one line: "what: where: remedy".
die() {
	note "$@"
	exit 1
}

# Ends with exit code 2: the command line was wrong.
die_usage() {
	note "$@"
	exit 2
}

# Ends with exit code 3: this can't be done on this machine.
die_cannot() {
	note "$@"
	exit 3
}

# True if the command exists.
have() {
	command -v "$1" >/dev/null 2>&1
}

# Fails with code 3 unless every named command exists.
need() {
	local c

	for c; do
		have "$c" || die_cannot "$c: not found: run scripts/setup"
	done
}

# True for a whole number from 1 to 999999999 (no sign, no leading zero, so that
# it means the same in shell arithmetic and on QEMU's command line).
is_count() {
	[[ $1 =~ ^[1-9][0-9]{0,8}$ ]]
}

# Runs a command as root: directly, or through sudo when we aren't.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif ! have sudo; then
		die_cannot "root: needed, and there is no sudo:" \
			"run this script as root"
	elif [ -t 0 ] || [ -t 2 ]; then
		sudo -- "$@"
	else
		# Nobody is there to type a password: fail, don't hang.
		sudo -n -- "$@"
	fi
}

# Runs apt-get so that it never asks, never opens a pager or a dialogue, and
# waits a bounded time for another apt's lock.
apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a \
		apt-get -qq -o DPkg::Lock::Timeout=120 \
		-o Acquire::Retries=2 -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confdef \
		-o Dpkg::Options::=--force-confold "$@" </dev/null
}

# go_downloads: all versions of Go that the Go command knows to download, oldest first. It
# needs the network, so it may print nothing.
go_downloads() {
	timeout 60 go list -m -versions golang.org/toolchain | tr ' ' '\n' |
		sed -n 's/^v[0-9.]*-go\(1\.[0-9]*\(\.[0-9]*\)\{0,1\}\)\.linux-amd64$/\1/p' |
		sort -V
}

# newest_go MINOR: the newest patch of it, such as 1.27.4; nothing if none is known.
newest_go() {
	go_downloads 2>/dev/null | awk -v minor="$1" '
		$0 == minor || index($0, minor ".") == 1 { newest = $0 }
		END { if (newest) print newest }'
}

# with_go VERSION COMMAND...: a command for which "go" is of that version: Debian's in
# /usr/lib, or one that the Go command downloads.
with_go() {
	local version=$1 patch

	shift
	if [ -x "/usr/lib/go-$version/bin/go" ]; then
		GOTOOLCHAIN=local PATH=/usr/lib/go-$version/bin:$PATH "$@"
		return
	fi
	patch=$version
	[[ $version == *.*.* ]] || patch=$(newest_go "$version")
	GOTOOLCHAIN=go${patch:-$version} "$@"
}
