# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Takes out of files what names a machine or its users. Source it after lib.sh.

# Folders in which a path may say more of a machine than of what was measured.
SCRUB_FOLDERS='home|root|tmp|usr|opt|var|srv|mnt|media|work|result|payload|export|data'

# literally TEXT: prints a regular expression that matches just that.
literally() {
	# shellcheck disable=SC2001 # a set of characters, each kept
	sed 's/[].[^$*+?(){}|\\#]/\\&/g' <<<"$1"
}

# without_names: copies its input without this machine's name and its users', which go as
# whole words; not those that are no names, such as a number.
without_names() {
	local text name
	local -a names=(-e "")

	for text in "$(id -un 2>/dev/null)" "${SUDO_USER-}" "$(uname -n)"; do
		for name in "$text" "${text%%.*}"; do
			[[ $name == root || ! $name =~ [A-Za-z]. ]] || names+=(
				-e "s#\\b$(literally "$name")\\b#...#g")
		done
	done
	sed -E "${names[@]}"
}

# scrub FOLDER PATH...: takes out of the folder's files these paths, this tree's, those
# of users' and of scratch folders, this machine's name and its users': a file's own
# name stays. Names don't go from results, where there are none, and such a word may be
# a key.
scrub() {
	local text file before='(^|[^A-Za-z0-9_./>)-])' folder=$1
	local -a paths=()

	shift
	for text in "$@" "$ROOT" "$(realpath -m ~)" "${HOME%/}" "$PWD"; do
		[ "${#text}" -le 1 ] || paths+=(
			-e "s#$(literally "$text")(/([^ \",:/]*/)*)?##g")
	done
	paths+=(-e "s#$before/($SCRUB_FOLDERS)/([^ \",:/]*/)*#\\1#g")
	for file in "$folder"/*; do
		sed -E -i "${paths[@]}" "$file"
		case $file in
		*.json | *.seq | */summary | */lowered) ;;
		*)
			without_names <"$file" >"$file.tmp"
			mv "$file.tmp" "$file"
			;;
		esac
	done
}

# scrub_cmdline FILE: prints a kernel's command line without what is the machine's own:
# identifiers of disks, paths, addresses and names.
scrub_cmdline() {
	local words='host|domain|user|passw|crypt|luks|lvm|url|key'

	sed -E -e 's#\b([A-Za-z_.-]*(UUID|LABEL)=)[^ ]*#\1...#g' \
		-e 's#(^| )(root|resume|ip|nfsroot|netdev)=[^ ]*#\1\2=...#g' \
		-e "s#(^| )([A-Za-z0-9_.-]*($words)[A-Za-z0-9_.-]*)=[^ ]*#\1\2=...#g" \
		-e 's#=[^ ]*/[^ ]*#=...#g' "$1" | without_names
}
