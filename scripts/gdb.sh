#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# gdb.sh CFG...: a machine stopped at power-on with gdb attached; `continue` boots it.
set -eu
cd "$(dirname "$0")/.."
name=gdb-$$
build/tagma up -m "$name" --gdb "$@" &
trap 'build/tagma down -m "$name" >/dev/null 2>&1 || :' EXIT
exec 3<&0
gdb -q -ex 'set architecture i386:x86-64' -ex 'target remote localhost:1234' \
	-ex 'hbreak panic' build/x86/hv.elf64 <&3
