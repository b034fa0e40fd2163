#!/bin/bash
# Puts the programs in place that the tests ask: ISC dhcpd 4.4.3-P1 and Kea 2.2.0
# as packages of Debian 12; Kea 2.6.3 with keama, and Kea 3.0.4, unpacked from
# Debian 13 and 14 into a cache folder (see verify/oracle). On another system
# than Debian 12, or without root, Debian 12's are unpacked too. Besides them
# shellcheck, which judges the scripts that keamigrate writes, and PostgreSQL and
# MariaDB, which tests start for themselves. dhcpd-pools is for
# make bench.
#
# Does nothing when all is there. Needs apt and its configured Debian mirror;
# starts no service and touches no configuration.
#
#   scripts/install-oracles.sh           install what is missing
#   scripts/install-oracles.sh --check   only say what is missing; status 1 if anything is
set -euo pipefail

dir=${KEAMIGRATE_ORACLES:-${XDG_CACHE_HOME:-$HOME/.cache}/keamigrate/oracles}
check_only=false
[ "${1-}" = --check ] && check_only=true

kea=(kea-dhcp4-server kea-dhcp6-server kea-dhcp-ddns-server kea-admin kea-doc)
shell=(dash coreutils) # what the scripts need that Kea calls
bookworm=(isc-dhcp-server bind9 dhcpd-pools "${kea[@]}" kea-ctrl-agent "${shell[@]}")
trixie=("${kea[@]}" kea-ctrl-agent isc-dhcp-keama "${shell[@]}")
forky=("${kea[@]}" "${shell[@]}") # Debian 14 has no kea-ctrl-agent
tools=(isc-dhcp-client isc-dhcp-relay systemd udhcpc dhcpcd-base iproute2 gcc libc6-dev shellcheck)
tools+=(postgresql mariadb-server) # tests start servers of their own

codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME-}")
system=false
[ "$(id -u)" = 0 ] && [ "$codename" = bookworm ] && system=true

installed() { # installed PACKAGE: is it on this system?
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]
}

unpacked() { # unpacked SUITE PACKAGE...: did an earlier run unpack exactly these?
	local suite=$1
	shift
	[ "$(cat "$dir/$suite/.packages" 2>/dev/null)" = "$*" ]
}

# Which packages are missing on the system, and which suites in the cache.
packages=() suites=()
wanted=("${tools[@]}")
if [ "$codename" = bookworm ]; then wanted+=("${bookworm[@]}"); fi
for p in "${wanted[@]}"; do installed "$p" || packages+=("$p"); done
# A system may be set up to leave out documentation, and Kea's examples with it.
if ! $system && [ ${#packages[@]} -gt 0 ] || [ "$codename" != bookworm ] ||
	installed kea-doc && [ ! -d /usr/share/doc/kea/examples ]; then
	unpacked bookworm "${bookworm[@]}" || suites+=(bookworm)
fi
unpacked trixie "${trixie[@]}" || suites+=(trixie)
unpacked forky "${forky[@]}" || suites+=(forky)

if $check_only; then
	if [ ${#packages[@]} -gt 0 ]; then echo "packages missing on this system: ${packages[*]}"; fi
	if [ ${#suites[@]} -gt 0 ]; then echo "suites missing in $dir: ${suites[*]}"; fi
	[ ${#packages[@]} -eq 0 ] && [ ${#suites[@]} -eq 0 ]
	exit
fi

install_packages() {
	if [ "$(id -u)" != 0 ]; then
		echo "install-oracles: not root, so these stay missing: ${packages[*]}" >&2
		return
	fi
	# A policy that forbids starting services while packages are configured.
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install "${packages[@]}" >/dev/null
}

mirror() { # the address of the Debian archive that this system is set up with
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
		sed -E '/^ *#/d; s/ +/\n/g' | grep -E '^[a-z+]+:.*/debian/?$' | head -n 1
}

unpack() { # unpack SUITE PACKAGE...: these and all they depend on, into $dir/SUITE
	local suite=$1 apt new uri options
	shift
	uri=$(mirror || true) # "or true": a file that is not there fails the pipe
	if [ -z "$uri" ]; then
		echo "install-oracles: apt has no Debian archive configured" >&2
		return 1
	fi
	new=$dir/.$suite.new apt=$dir/.$suite.apt
	rm -rf "$new" "$apt"
	mkdir -p "$new" "$apt"/{etc/preferences.d,state/lists/partial,cache/archives/partial}
	: >"$apt/state/status" # as if nothing were installed: all dependencies come along
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$apt/etc/sources.list"
	options=(-qq -o Dir::Etc="$apt/etc" -o Dir::Etc::sourcelist="$apt/etc/sources.list" -o Dir::Etc::sourceparts=-
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/state/status" -o Dir::Cache="$apt/cache"
		-o Acquire::Languages=none -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o Debug::NoLocking=true)
	apt-get "${options[@]}" update
	apt-get "${options[@]}" -y --download-only install "$@" >/dev/null
	local deb
	for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$new"; done
	local old # Debian 12 still has files outside /usr; a system has links there
	for old in bin sbin lib lib64; do
		[ -d "$new/$old" ] || continue
		mkdir -p "$new/usr/$old"
		cp -al "$new/$old/." "$new/usr/$old/"
		rm -rf "${new:?}/$old"
	done
	echo "$*" >"$new/.packages"
	rm -rf "${dir:?}/$suite" "$apt"
	mv "$new" "$dir/$suite"
}

if [ ${#packages[@]} -gt 0 ]; then
	echo "install-oracles: installing ${packages[*]}"
	install_packages
fi
if [ ${#suites[@]} -gt 0 ]; then
	mkdir -p "$dir"
	exec 9>"$dir/.lock" # two runs at a time would unpack over each other
	flock 9
	for suite in "${suites[@]}"; do
		declare -n list=$suite
		unpacked "$suite" "${list[@]}" && continue
		echo "install-oracles: unpacking Debian $suite: ${list[*]}"
		unpack "$suite" "${list[@]}"
	done
fi
