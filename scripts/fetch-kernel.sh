#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fetch-kernel.sh OUT: Debian's own amd64 kernel, as the peer that tests compare with.
set -eu
out=$1
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# linux-image-amd64 only depends on the kernel of the day: read that name out of it.
scripts/fetch-deb.sh amd64 linux-image-amd64 --control "$tmp/control"
name=$(sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' "$tmp/control")
[ -n "$name" ] || { echo "fetch-kernel: linux-image-amd64 depends on no kernel" >&2; exit 1; }
scripts/fetch-deb.sh amd64 "$name" "boot/vmlinuz-${name#linux-image-}" "$out"
