# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's archive, with releases that this machine doesn't run. Source it after
# scripts/lib.sh.
#
# apt is given lists, a cache and sources of its own, below build/vm/apt: this
# machine's stay as they are, and no root is needed.

ARCHIVE=$ROOT/build/vm/apt

# Kernels are taken from these.
ARCHIVE_SUITES=(bookworm trixie trixie-backports)
SECURITY_SUITES=(bookworm-security trixie-security)

# archive_site LABEL: prints where this machine gets Debian's packages, "Debian", or
# their security updates, "Debian-Security"; or nothing.
archive_site() {
	# shellcheck disable=SC2016 # apt's own words
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		sed -n "s/^$1 \([^ ]*\)$/\1/p" | sed -n 1p
}

archive_keyring() {
	local f

	for f in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		if [ -s "$f" ]; then
			echo "$f"
			return
		fi
	done
	die_cannot "debian-archive-keyring: not found: install it with apt-get"
}

# From here on all of apt's commands work with the archive.
archive_open() {
	local site security keyring suite

	site=$(archive_site Debian)
	security=$(archive_site Debian-Security)
	[ -n "$site" ] ||
		die_cannot "apt: no Debian package source: add one," \
			"and run apt-get update"
	keyring=$(archive_keyring)
	mkdir -p "$ARCHIVE/state/lists/partial" "$ARCHIVE/cache/archives/partial"
	: >"$ARCHIVE/status"
	for suite in "${ARCHIVE_SUITES[@]}"; do
		echo "deb [arch=amd64 signed-by=$keyring] $site $suite main"
	done >"$ARCHIVE/sources.list"
	for suite in "${SECURITY_SUITES[@]}"; do
		[ -z "$security" ] || echo "deb [arch=amd64" \
			"signed-by=$keyring] $security $suite main"
	done >>"$ARCHIVE/sources.list"
	cat >"$ARCHIVE/apt.conf" <<-END
		Dir::State "$ARCHIVE/state";
		Dir::State::status "$ARCHIVE/status";
		Dir::Cache "$ARCHIVE/cache";
		Dir::Etc::sourcelist "$ARCHIVE/sources.list";
		Dir::Etc::sourceparts "-";
		Acquire::Languages "none";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
	END
	export APT_CONFIG=$ARCHIVE/apt.conf
}

# Fetches the archive's lists.
archive_update() {
	local err

	note "fetching the lists of ${ARCHIVE_SUITES[*]}"
	err=$(apt-get -qq -o Acquire::Retries=2 -o Acquire::http::Timeout=30 \
		-o Acquire::https::Timeout=30 \
		-o APT::Sandbox::User="$(id -un)" update 2>&1) ||
		die_cannot "apt-get update: $(tail -n 1 <<<"$err"):" \
			"check the network, try again"
}

# archive_version PACKAGE KERNEL: prints the newest version of the package that is
# of this kernel, as in 6.12, or of all if KERNEL is "newest"; or nothing.
archive_version() {
	local version best=""

	while read -r version; do
		[ "$2" = newest ] || [[ $version == "$2".* ]] || continue
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then
			best=$version
		fi
	done < <(apt-cache madison "$1" 2>/dev/null | awk -F'|' '{ print $2 }')
	echo "$best"
}
