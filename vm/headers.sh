# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Makes Debian's unpacked kernel headers work where they lie, with this machine's
# compiler and libraries. Source it after scripts/lib.sh.

# headers_relocate TREE RELEASE: Debian's headers refer to /usr/src and /usr/lib by
# absolute path; relative references also survive a move of the work tree.
headers_relocate() {
	local tree=$1 release=$2 common link target dir
	local headers=$tree/usr/src/linux-headers-$release
	local -a dirs=()

	common=$(sed -n 's:^include /usr/src/\([^/]*\)/Makefile$:\1:p' \
		"$headers/Makefile")
	if [ -z "$common" ] || [ ! -s "$tree/usr/src/$common/Makefile" ]; then
		die "$headers/Makefile: unknown layout of the headers:" \
			"teach vm/headers.sh"
	fi
	# Kbuild takes its source tree from the path of the last makefile read,
	# so including the common one by any path is enough. Since 6.13 it has to
	# be given the tree with the configuration.
	# shellcheck disable=SC2016
	{
		! grep -q '^KBUILD_OUTPUT=' "$headers/Makefile" ||
			echo 'KBUILD_OUTPUT := $(dir $(lastword $(MAKEFILE_LIST)))'
		printf 'include $(dir $(lastword $(MAKEFILE_LIST)))../%s/Makefile\n' \
			"$common"
	} >"$headers/Makefile.new"
	mv "$headers/Makefile.new" "$headers/Makefile"

	# Debian 13's packages have everything below usr/lib.
	for dir in usr/src usr/lib lib; do
		[ ! -d "$tree/$dir" ] || dirs+=("$tree/$dir")
	done
	while IFS= read -r -d '' link; do
		target=$(readlink "$link")
		ln -sfnr "$tree$target" "$link"
	done < <(find "${dirs[@]}" -type l -lname '/*' -print0)

	for link in scripts tools; do
		[ -e "$headers/$link/" ] ||
			die "$headers/$link: dangles: teach vm/headers.sh"
	done
}

# compiles TEXT OPTION...: does this machine's compiler take them?
compiles() {
	local text=$1

	shift
	gcc -Werror "$@" -x c -c -o /dev/null - <<<"$text" 2>/dev/null
}

# Prints the options that the kernel's configuration says its compiler had, and ours
# lacks. For each, a compilation shows whether ours has it.
lacks() {
	compiles 'int x;' -fmin-function-alignment=16 ||
		echo CC_HAS_MIN_FUNCTION_ALIGNMENT
	compiles 'int x;' -finline-stringops=memset ||
		echo CC_OPT_INLINE_MEMSET
	compiles 'void f(int x) { __attribute__((__assume__(x > 0))); }' ||
		echo CC_HAS_ASSUME
	compiles 'int x; __typeof_unqual__(x) y;' ||
		echo CC_HAS_TYPEOF_UNQUAL
}

# headers_fit_compiler HEADERS: with another compiler than the kernel's own, what this
# one can't do is taken out of the configuration, as if the kernel had been configured
# here; none of it changes how code or data look to others. Only if the kernel's own
# compiler isn't there.
headers_fit_compiler() {
	local headers=$1 compiler option

	compiler=$(sed -n 's/^CC = .*)\(gcc-[0-9]*\)$/\1/p' \
		"$headers/.kernelvariables")
	if [ -z "$compiler" ] || have "x86_64-linux-gnu-$compiler"; then
		return
	fi
	need gcc
	note "$compiler: not found: the headers are made to fit gcc," \
		"version $(gcc -dumpversion)"
	sed -i "s/^\(CC = .*)\)$compiler\$/\1gcc/" "$headers/.kernelvariables"
	for option in $(lacks); do
		sed -i "/^CONFIG_$option=/d" "$headers/include/config/auto.conf"
		sed -i "/^#define CONFIG_$option /d" \
			"$headers/include/generated/autoconf.h"
	done
}

# headers_programs TREE: prints the headers' programs that this machine's libraries
# are too old for, or missing for.
headers_programs() {
	local f

	# Scripts, and links to programs, are what they are.
	find "$1"/usr/lib/linux-kbuild-* -type f -perm -100 \
		-exec grep -lIL . {} + 2>/dev/null | while IFS= read -r f; do
		# grep reads all, so that nobody complains of a closed pipe.
		! ldd "$f" 2>&1 | grep 'not found' >/dev/null || echo "$f"
	done
}

# headers_fit_programs TREE: runs these programs with the libraries of their release,
# which lie in TREE/host, through a script in each one's place.
headers_fit_programs() {
	local tree=$1 f up libs=host/usr/lib/x86_64-linux-gnu

	[ -x "$tree/$libs/ld-linux-x86-64.so.2" ] ||
		die "$tree/$libs: no dynamic linker: teach vm/headers.sh"
	headers_programs "$tree" | while IFS= read -r f; do
		up=$(realpath --relative-to="${f%/*}" "$tree/$libs")
		mv "$f" "$f.program"
		cat >"$f" <<-END
			#!/bin/sh
			here=\${0%/*}
			exec "\$here/$up/ld-linux-x86-64.so.2" \\
				--library-path "\$here/$up" \\
				"\$here/${f##*/}.program" "\$@"
		END
		chmod +x "$f"
	done
}
