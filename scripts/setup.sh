#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Install what building and testing Tagma needs, from Debian 12's archive.
#   setup.sh          install what is missing, and say which
#   setup.sh --check  only name what is missing; exit 1 if anything is
#   setup.sh --mips [--check]  the same, with what the MIPS port needs besides
# The cross compilers and gcc-multilib exclude each other: apt says so if that one is installed.
set -eu

build='gcc binutils make libc6-dev gcc-i686-linux-gnu binutils-i686-linux-gnu libxen-dev libfdt-dev
libjansson-dev device-tree-compiler cpio xz-utils ca-certificates'
run='qemu-system-x86 ipxe-qemu grub-common grub-pc-bin xorriso mtools'
test='git libc6-dev-i386-cross libcmocka-dev python3 python3-pytest python3-pexpect bochs bochsbios
vgabios bochs-term u-boot-tools busybox-static util-linux bsdutils clang clang-format lld libclang-rt-14-dev sparse
cppcheck gdb universal-ctags mandoc'
mips=
if [ "${1-}" = --mips ]; then
	mips='gcc-mipsel-linux-gnu binutils-mipsel-linux-gnu gcc-mips-linux-gnu binutils-mips-linux-gnu
qemu-system-mips'
	shift
fi

missing=
for p in $build $run $test $mips; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ "${1-}" = --check ]; then
	echo "setup: missing:$missing" >&2
	exit 1
fi

echo "setup: installing from Debian:$missing" >&2
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "setup: not root and no sudo; as root run: apt-get install$missing" >&2
		exit 1
	}
	sudo=sudo
fi
$sudo apt-get update -qq
# shellcheck disable=SC2086  # the list is meant to split
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
echo "setup: done" >&2
