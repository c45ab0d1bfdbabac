#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fetch-deb.sh ARCH PACKAGE PATH OUT: take one file out of Debian's package of another
# architecture (or of this one) without installing it and without touching dpkg's settings.
# apt runs on a private state under build/cache. Nothing is fetched twice.
# PATH may be --control: the package's control file.
set -eu
arch=$1 package=$2 path=$3 out=$4
cd "$(dirname "$0")/.."
dir=$PWD/build/cache/apt-$arch
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/debs"
: >"$dir/status"
# The suite and mirror that this machine itself uses; Debian's default where it names none.
mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\(http[^ ]*debian\/*\) .*/\2/p' \
	/etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v security | grep debian | head -n 1)
echo "deb ${mirror:-http://deb.debian.org/debian} bookworm main" >"$dir/sources.list"
apt() {
	apt-get -qq -o Dir::State="$dir/state" -o Dir::State::status="$dir/status" \
		-o Dir::Cache="$dir/cache" -o Dir::Etc::sourcelist="$dir/sources.list" \
		-o Dir::Etc::sourceparts=- -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
}
deb=$(find "$dir/debs" -name "${package}_*.deb" | head -n 1)
if [ -z "$deb" ]; then
	echo "fetch-deb: fetching $package:$arch" >&2
	apt update && (cd "$dir/debs" && apt download "$package:$arch") || {
		echo "fetch-deb: cannot fetch $package:$arch from $(cat "$dir/sources.list"): is the network up?" >&2
		exit 1
	}
	deb=$(find "$dir/debs" -name "${package}_*.deb" | head -n 1)
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ "$path" = --control ]; then
	dpkg-deb -f "$deb" >"$tmp/--control"
else
	dpkg-deb -x "$deb" "$tmp"
fi
[ -e "$tmp/$path" ] || { echo "fetch-deb: $deb has no $path" >&2; exit 1; }
mkdir -p "$(dirname "$out")"
cp "$tmp/$path" "$out.tmp"
mv "$out.tmp" "$out"
