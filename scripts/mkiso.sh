#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mkiso.sh HV FIT OUT [OPTIONS]: a CD image that boots HV by GRUB's multiboot 2, with the boot image FIT
# as its module, and OPTIONS for the hypervisor. Boots from BIOS, in QEMU and in Bochs.
set -eu
[ $# = 3 ] || [ $# = 4 ] || { echo "usage: $0 HV FIT OUT [OPTIONS]" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd=$dir/cd # the log grows while the CD is written: it lies beside
mkdir -p "$cd/boot/grub"
cp "$1" "$cd/boot/hv.elf"
cp "$2" "$cd/boot/image.fit"
# No menu, no video: the machine may have neither a person nor a display.
cat >"$cd/boot/grub/grub.cfg" <<EOF
set timeout=0
set default=0
menuentry Tagma {
	multiboot2 /boot/hv.elf ${4-}
	module2 /boot/image.fit
}
EOF
# Only the modules this takes: a CD that any BIOS loads quickly.
grub-mkrescue -d /usr/lib/grub/i386-pc -o "$3" --install-modules='multiboot2 normal iso9660 biosdisk' \
	--locales= --fonts= --themes= "$cd" >"$dir/log" 2>&1 || {
	cat "$dir/log" >&2
	exit 1
}
