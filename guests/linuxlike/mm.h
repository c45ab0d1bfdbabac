/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process's memory. The vmas say what should be there; the software page table
 * says which of the server's pages are. The hypervisor's space is a cache of it:
 * filled by replies to faults, and made to forget by hw_flush() whenever an
 * entry goes or loses a right.
 *
 * A page may be in several page tables; its count (page_get) is the number of them,
 * plus one for a file's own. Private pages with a count above one are read-only
 * everywhere, and copied by the first write (mm_page).
 */
#ifndef LX_MM_H
#define LX_MM_H

#include "abi_process.h"
#include "task.h"

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
#define MAX_VMAS 4096u
#define STACK_GUARD 256u /* pages kept free below a stack, as Linux does */

#define VMA_READ PROT_READ
#define VMA_WRITE PROT_WRITE
#define VMA_EXEC PROT_EXEC
#define VMA_PROT 7u
#define VMA_SHARED 0x10u
#define VMA_STACK 0x20u /* grows down */
#define VMA_HEAP 0x40u
#define VMA_SPECIAL 0x80u /* the page of signal code */
#define VMA_DONTCOPY 0x100u
#define VMA_NOWRITE 0x200u /* shared mapping of a file that was not opened for writing */

struct shm; /* pages of an anonymous shared mapping */

struct vma {
	struct list link; /* mm->vmas, by address */
	uptr_t start, end;
	uint32_t flags;
	uint32_t pgoff;	   /* page of file or shm at start */
	struct file *file; /* with a reference, or */
	struct shm *shm;   /* likewise */
};

#define PT_ENTRIES 1024u
/* An entry: the server's page, and */
#define PTE_W 1u  /* the process may write it without asking */
#define PTE_R 2u  /* it may read it */
#define PTE_HW 4u /* the hypervisor has been told of it, and may still know */

struct mm {
	uint32_t users;
	uint32_t hw; /* the hypervisor's space; 0: not loaded */
	struct list vmas;
	uint32_t nr_vmas;
	struct vma *hint;
	uint32_t *pt[PT_ENTRIES];
	uint32_t total_pages, rss, peak_rss;
	uptr_t brk_start, brk, arg_start, arg_end, env_start, env_end, start_stack;
	struct file *exe;
	bool read_implies_exec; /* its program does not say otherwise */
};

/* --- mm.c */
struct mm *mm_new(void);
struct mm *mm_copy(struct mm *m); /* fork: NULL, out of memory */
void mm_get(struct mm *m);
void mm_put(struct mm *m);
uint32_t pte_get(const struct mm *m, uptr_t va);
int pte_set(struct mm *m, uptr_t va, void *page, uint32_t flags); /* takes over the reference */
void pte_flag(struct mm *m, uptr_t va, uint32_t set);
void pte_clear_range(struct mm *m, uptr_t start, uptr_t end); /* and the hypervisor's */
void pte_forget(struct mm *m); /* the hypervisor's mappings go; faults bring them back */
void pte_take_rights(struct mm *m, uptr_t start, uptr_t end, uint32_t flags); /* PTE_R, PTE_W */
int pte_move_range(struct mm *m, uptr_t from, uptr_t to, uint32_t len);	      /* 0, -ENOMEM */
static inline void *pte_page(uint32_t pte) { return (void *)(uintptr_t)(pte & ~PAGE_MASK); }
unsigned int page_refs(const void *page);

/* --- vma.c: the list; addresses are page aligned */
struct vma *vma_find(struct mm *m, uptr_t va); /* the one with va < end, or NULL */
struct vma *vma_at(struct mm *m, uptr_t va);   /* the one that contains va */
struct vma *vma_next(struct mm *m, struct vma *v);
int vma_insert(struct mm *m, uptr_t start, uptr_t end, uint32_t flags, struct file *f,
	       struct shm *s, uint32_t pgoff);		/* takes references of its own; merges */
int vma_remove(struct mm *m, uptr_t start, uptr_t end); /* splits; pages go too */
int vma_split(struct mm *m, struct vma *v, uptr_t at);
void vma_merge(struct mm *m, uptr_t start, uptr_t end);
uptr_t vma_gap(struct mm *m, uptr_t len, uptr_t hint); /* 0: none */
bool vma_covered(struct mm *m, uptr_t start, uptr_t end);
void vma_free_all(struct mm *m);
int vma_copy_all(struct mm *to, struct mm *from);

/* --- mmap.c */
int mm_map_fixed(struct mm *m, uptr_t start, uptr_t end, uint32_t flags, struct file *f,
		 uint32_t pgoff); /* replaces what is there */
int mm_set_brk(struct mm *m, uptr_t to);
bool mm_may_grow(struct mm *m, uint32_t pages);

/* --- fault.c */
/* The server's page for an access to va, or NULL with *sig and *code (SIGSEGV, SIGBUS,
 * or SIGKILL when memory is out). *rights: what a mapping of it may carry. */
void *mm_page(struct mm *m, uptr_t va, uint32_t want, uint32_t *rights, int *sig, int *code);
void fault_no_memory(void);
void fault_handle(void); /* current's ENTRY_FAULT */

/* --- usercopy.c */
int mm_read(struct mm *m, void *dst, uptr_t src, size_t n);
int mm_write(struct mm *m, uptr_t dst, const void *src, size_t n);
/* Length without the NUL, at most max; -EFAULT; max + 1 if there is none within it. */
int mm_strnlen(struct mm *m, uptr_t s, size_t max);
int get_user32(uint32_t *v, uptr_t a);
int put_user32(uptr_t a, uint32_t v);

/* --- shm.c */
struct shm *shm_new(uint32_t pages);
void shm_get(struct shm *s);
void shm_put(struct shm *s);
void *shm_page(struct shm *s, uint32_t pgoff); /* with a reference; NULL: out of memory */

/* --- hwspace.c */
/* Takes rights from what the hypervisor's space maps there; certain after hw_sync() only. */
void hw_flush(struct mm *m, uptr_t start, uptr_t end, uint32_t rights);
void hw_sync(void);

#endif
