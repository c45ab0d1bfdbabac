/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall page: slot n, 32 bytes from n * 32, is a function that makes hypercall
 * n and keeps all registers but those that carry results.
 *
 *   int                 syscall              sysenter
 *   mov $n, %eax        push %ebp            push %ebp
 *   int $0x82           mov %ecx, %ebp       mov %esp, %ebp
 *   ret                 mov $n, %eax         call 1f
 *                       syscall          1:  pop %eax       = address of this slot + 8
 *                       mov %ebp, %ecx       sysenter
 *                       pop %ebp             int $0x82      a restarted call comes here
 *                       ret                  pop %ebp       a finished one here
 *                                            ret
 *
 * The slot of tagma_domain always is the int one: TAGMA_DOMAIN_iret finds its frame at
 * esp, so that nothing may be pushed before it.
 *
 * For IPC eax brings the tag, and only al is set. sysenter then has no register left
 * for ip: ecx is taken, and al tells which of the usual partners it held: the
 * destination, anybody, or nobody. Any other closed receive goes by int.
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <string.h>

#define SLOT_SIZE 32u
#define SLOTS (PAGE_SIZE / 2 / SLOT_SIZE)
#define IPC __HYPERVISOR_tagma_ipc
#define DOMAIN __HYPERVISOR_tagma_domain
#define IPC_SYSENTER (PAGE_SIZE / 2)		  /* too long for its slot: the second half */
#define REST (IPC_SYSENTER - IPC * SLOT_SIZE - 5) /* behind the jump there */

/* clang-format off */
static const struct {
	uint8_t code[15], number_at, ipc[11];
} stubs[] = {
	[ENTRY_INT] = {
		{ 0xb8, 0, 0, 0, 0, 0xcd, VECTOR_HYPERCALL, 0xc3 }, 1,
		{ 0xb0, IPC, 0xcd, VECTOR_HYPERCALL, 0xc3 },
	},
	[ENTRY_SYSCALL] = {
		{ 0x55, 0x89, 0xcd, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x89, 0xe9, 0x5d, 0xc3 }, 4,
		{ 0x55, 0x89, 0xcd, 0xb0, IPC, 0x0f, 0x05, 0x89, 0xe9, 0x5d, 0xc3 },
	},
	[ENTRY_SYSENTER] = {
		{ 0x55, 0x89, 0xe5, 0xe8, 0, 0, 0, 0, 0x58, 0x0f, 0x34, 0xcd, VECTOR_HYPERCALL,
		  0x5d, 0xc3 }, 0,
		{ 0xe9, REST & 0xff, REST >> 8, 0, 0 }, /* jmp to the long code */
	},
};
static const uint8_t sysenter_ipc[] = {
	/*  0 */ 0xb0, 0x31,             /* mov $FROM_DEST, %al */
	/*  2 */ 0x39, 0xd9,             /* cmp %ebx, %ecx */
	/*  4 */ 0x74, 0x10,             /* je 22 */
	/*  6 */ 0xb0, 0x32,             /* mov $FROM_ANY, %al */
	/*  8 */ 0x83, 0xf9, 0xff,       /* cmp $-1, %ecx */
	/* 11 */ 0x74, 0x09,             /* je 22 */
	/* 13 */ 0xb0, 0x33,             /* mov $FROM_NONE, %al */
	/* 15 */ 0xe3, 0x05,             /* jecxz 22 */
	/* 17 */ 0xb0, IPC,              /* mov $IPC, %al */
	/* 19 */ 0xcd, VECTOR_HYPERCALL, /* int */
	/* 21 */ 0xc3,                   /* ret */
	/* 22 */ 0x55,                   /* push %ebp */
	/* 23 */ 0x51,                   /* push %ecx */
	/* 24 */ 0x89, 0xe5,             /* mov %esp, %ebp */
	/* 26 */ 0xe8, 0, 0, 0, 0,       /* call 31 */
	/* 31 */ 0x59,                   /* pop %ecx */
	/* 32 */ 0x83, 0xc1, 0x09,       /* add $9, %ecx: 40 */
	/* 35 */ 0x0f, 0x34,             /* sysenter */
	/* 37 */ 0x90,                   /* nop */
	/* 38 */ 0xcd, VECTOR_HYPERCALL, /* int: a restarted call */
	/* 40 */ 0x59,                   /* pop %ecx */
	/* 41 */ 0x5d,                   /* pop %ebp */
	/* 42 */ 0xc3,                   /* ret */
};
/* clang-format on */

static void emit(uint8_t *page, uint32_t n, enum entry_kind kind)
{
	uint8_t *slot = page + n * SLOT_SIZE;

	memcpy(slot, n == IPC ? stubs[kind].ipc : stubs[kind].code,
	       n == IPC ? sizeof(stubs[kind].ipc) : sizeof(stubs[kind].code));
	if (n != IPC && stubs[kind].number_at)
		slot[stubs[kind].number_at] = (uint8_t)n;
}

void arch_hypercall_page(void *page)
{
	memset(page, 0xcc, PAGE_SIZE);
	for (uint32_t n = 0; n < SLOTS; n++)
		emit(page, n, n == DOMAIN ? ENTRY_INT : cpu_entry);
	if (cpu_entry == ENTRY_SYSENTER)
		memcpy((uint8_t *)page + IPC_SYSENTER, sysenter_ipc, sizeof(sysenter_ipc));
}
