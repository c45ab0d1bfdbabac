/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process's memory: a vm_space of guests/lib, whose regions show files' and shared
 * memory's objects, and whose private pages fork shares by reference. The hypervisor's
 * space is a cache of it, filled by replies to faults.
 */
#ifndef LX_MM_H
#define LX_MM_H

#include "abi_process.h"
#include "task.h"
#include <tagma/vm.h>

#define PAGE_SIZE 4096u
#define PAGE_MASK (PAGE_SIZE - 1)
#define PAGE_DOWN(x) ((x) & ~PAGE_MASK)
#define PAGE_UP(x) (((x) + PAGE_MASK) & ~PAGE_MASK)

#define TASK_SIZE 0xc0000000u
#define SIGPAGE_ADDR 0xbffff000u
#define STACK_TOP 0xbfffe000u
#define MMAP_TOP 0xb7fff000u
#define MMAP_MIN 0x10000u
#define PIE_BASE 0x56555000u
#define INTERP_BASE 0xb7f00000u
#define STACK_GUARD 256u /* pages kept free below a stack, as Linux does */

/* A region's rights are those of mmap(); its flags: */
#define MM_SHARED VM_AUTO
#define MM_PRIVATE (VM_AUTO | VM_PRIVATE)
#define MM_STACK VM_USER /* grows down */
#define MM_HEAP (VM_USER * 2)
#define MM_SPECIAL (VM_USER * 4) /* the page of signal code */
#define MM_NOWRITE (VM_USER * 8) /* shared mapping of a file that was not opened for writing */

struct mm {
	uint32_t users;
	struct vm_space vm; /* vm.id 0: the hypervisor's space is not loaded */
	uptr_t brk_start, brk, arg_start, arg_end, env_start, env_end, start_stack;
	struct file *exe;
	bool read_implies_exec; /* its program does not say otherwise */
};

/* --- mm.c */
struct mm *mm_new(void);
struct mm *mm_copy(struct mm *m); /* fork: NULL, out of memory */
void mm_get(struct mm *m);
void mm_put(struct mm *m);
/* The server's page for an access to va of its own; -EFAULT, -EACCES, -ENOMEM, or the file's
 * error. */
int mm_page(struct mm *m, uptr_t va, uint32_t want, struct vm_page *p);
void fault_no_memory(void);
void fault_handle(void); /* current's ENTRY_FAULT */

/* --- mmap.c */
/* A private mapping of f (NULL: zeroes) that replaces what is there. */
int mm_map_fixed(struct mm *m, uptr_t start, uptr_t end, uint32_t prot, uint32_t flags,
		 struct file *f, uint32_t pgoff);
int mm_unmap(struct mm *m, uptr_t start, uptr_t end);
uptr_t mm_gap(struct mm *m, uptr_t len, uptr_t hint); /* 0: none */
int mm_set_brk(struct mm *m, uptr_t to);
bool mm_may_grow(struct mm *m, uint32_t pages);

/* --- usercopy.c */
int mm_read(struct mm *m, void *dst, uptr_t src, size_t n);
int mm_write(struct mm *m, uptr_t dst, const void *src, size_t n);
/* Length without the NUL, at most max; -EFAULT; max + 1 if there is none within it. */
int mm_strnlen(struct mm *m, uptr_t s, size_t max);
int get_user32(uint32_t *v, uptr_t a);
int put_user32(uptr_t a, uint32_t v);

#endif
