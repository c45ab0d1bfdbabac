/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>
#include <string.h>

#include <hv/elf.h>

#include "lib/board.h"

static const struct board boards[] = {
	{
		.name = "pc",
		.dir = "x86",
		.arch = "x86",
		.elf_machine = ELF_MACHINE_386,
		.qemu = "qemu-system-x86_64",
		.type = "pc",
		.cpu = "max,-smap,-smep",
		.kvm = true,
		.icount = "",
		.boots = BOARD_DIRECT | BOARD_NETBOOT | BOARD_ISO,
		.memory_mb = 256,
		.max_memory_mb = 65536,
	},
	{
		.name = "malta",
		.dir = "mips",
		.arch = "mips",
		.elf_machine = ELF_MACHINE_MIPS,
		.qemu = "qemu-system-mipsel",
		.type = "malta",
		.cpu = "24Kf",
		.icount = "idle=spin",
		.boots = BOARD_DIRECT,
		.memory_mb = 256,
		.max_memory_mb = 256, /* what KSEG0 shows of Malta's memory */
	},
};

const struct board *const board_default = &boards[0];

const struct board *board_find(const char *name)
{
	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++)
		if (!strcmp(boards[i].name, name))
			return &boards[i];
	return NULL;
}

const char *board_names(void) { return "pc, malta"; }
