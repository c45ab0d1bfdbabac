#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# add-to-cpio.sh IN OUT DIR FILE...: an initramfs with FILEs in /DIR, as a second archive
# behind the first; Linux and linuxlike unpack one after the other.
set -eu
in=$1 out=$2 dir=$3
shift 3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/$dir"
for f; do install -m 755 "$f" "$tmp/$dir/"; done
find "$tmp" -exec touch -h -d @1700000000 {} +
mkdir -p "$(dirname "$out")"
{
	cat "$in"
	(cd "$tmp" && find "$dir" -type f | sort | cpio --quiet -o -H newc -R 0:0 --reproducible)
} >"$out.tmp"
mv "$out.tmp" "$out"
