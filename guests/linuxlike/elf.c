/* SPDX-License-Identifier: GPL-2.0-only */
/* Static and position-independent ELF programs, and those that name an interpreter. */
#include "elf.h"
#include "exec.h"
#include "lx_errno.h"
#include "vfs.h"
#include <string.h>

#define MAX_PHDRS 64u

struct image {
	struct file *file;
	struct elf_header h;
	struct elf_phdr ph[MAX_PHDRS];
	uptr_t bias, low, high; /* of its segments, before the bias */
};

static int header_check(struct image *im, const void *head, size_t n)
{
	if (n < sizeof(im->h))
		return -ENOEXEC;
	memcpy(&im->h, head, sizeof(im->h));
	if (memcmp(im->h.ident, "\177ELF", 4) || !arch_elf_ok(im->h.machine, im->h.ident[4]))
		return -ENOEXEC;
	if (im->h.type != ET_EXEC && im->h.type != ET_DYN)
		return -ENOEXEC;
	if (im->h.phentsize != sizeof(struct elf_phdr) || !im->h.phnum || im->h.phnum > MAX_PHDRS)
		return -ENOEXEC;
	return 0;
}

static int segments_check(struct image *im)
{
	size_t size = im->h.phnum * sizeof(struct elf_phdr);
	ssize_t got = file_pread(im->file, im->ph, size, im->h.phoff);

	if (got < 0 || (size_t)got != size)
		return got < 0 ? got : -ENOEXEC;
	im->low = ~0u;
	im->high = 0;
	for (uint32_t i = 0; i < im->h.phnum; i++) {
		const struct elf_phdr *p = &im->ph[i];

		if (p->type != PT_LOAD || !p->memsz)
			continue;
		if (p->filesz > p->memsz || p->memsz > TASK_SIZE ||
		    p->vaddr > TASK_SIZE - p->memsz || ((p->vaddr ^ p->offset) & PAGE_MASK) ||
		    PAGE_DOWN(p->vaddr) < im->high)
			return -ENOEXEC; /* overlapping, or out of order too */
		if (im->low == ~0u)
			im->low = PAGE_DOWN(p->vaddr);
		im->high = PAGE_UP(p->vaddr + p->memsz);
	}
	return im->low == ~0u ? -ENOEXEC : 0;
}

static uint32_t segment_prot(const struct mm *m, const struct elf_phdr *p)
{
	uint32_t f = (p->flags & PF_R ? PROT_READ : 0) | (p->flags & PF_W ? PROT_WRITE : 0) |
		     (p->flags & PF_X ? PROT_EXEC : 0);

	return m->read_implies_exec && (f & PROT_READ) ? f | PROT_EXEC : f;
}

/* The file's part, then zeroes; the page where they meet is made private now. */
static int map_segment(struct mm *m, const struct image *im, const struct elf_phdr *p)
{
	static const char zeroes[PAGE_SIZE];
	uptr_t start = im->bias + PAGE_DOWN(p->vaddr), data = im->bias + p->vaddr + p->filesz;
	uptr_t mid = p->filesz ? PAGE_UP(data) : start,
	       end = PAGE_UP(im->bias + p->vaddr + p->memsz);
	uint32_t prot = segment_prot(m, p);
	int err = 0;

	if (mid > start)
		err = mm_map_fixed(m, start, mid, prot, 0, im->file, p->offset / PAGE_SIZE);
	if (!err && end > mid)
		err = mm_map_fixed(m, mid, end, prot, 0, NULL, 0);
	if (!err && p->memsz > p->filesz && (prot & PROT_WRITE) && mid > data)
		err = mm_write(m, data, zeroes, mid - data);
	return err;
}

static int map_image(struct mm *m, struct image *im)
{
	for (uint32_t i = 0; i < im->h.phnum; i++) {
		int err = 0;

		if (im->ph[i].type == PT_LOAD && im->ph[i].memsz)
			err = map_segment(m, im, &im->ph[i]);
		if (err)
			return err;
	}
	return 0;
}

static int choose_bias(struct mm *m, struct image *im, uptr_t base)
{
	if (im->h.type == ET_EXEC) {
		im->bias = 0;
		return im->low < PAGE_SIZE ? -EINVAL : 0;
	}
	base = mm_gap(m, im->high - im->low, base);
	im->bias = base - im->low;
	return base ? 0 : -ENOMEM;
}

static const struct elf_phdr *find_phdr(const struct image *im, uint32_t type)
{
	for (uint32_t i = 0; i < im->h.phnum; i++)
		if (im->ph[i].type == type)
			return &im->ph[i];
	return NULL;
}

/* Where the program finds its own headers in memory. */
static uptr_t phdr_address(const struct image *im)
{
	for (uint32_t i = 0; i < im->h.phnum; i++) {
		const struct elf_phdr *p = &im->ph[i];

		if (p->type == PT_PHDR)
			return im->bias + p->vaddr;
		if (p->type == PT_LOAD && p->offset <= im->h.phoff &&
		    im->h.phoff - p->offset < p->filesz)
			return im->bias + p->vaddr + (im->h.phoff - p->offset);
	}
	return 0;
}

static int load_interpreter(struct exec *e, const struct image *program, const struct elf_phdr *p)
{
	char name[INTERP_MAX] = "", head[sizeof(struct elf_header)];
	struct image *im;
	ssize_t n;
	int err;

	if (p->filesz < 2 || p->filesz > sizeof(name) ||
	    file_pread(program->file, name, p->filesz, p->offset) != (ssize_t)p->filesz ||
	    name[p->filesz - 1])
		return -ENOEXEC;
	im = kmalloc(sizeof(*im));
	if (!im)
		return -ENOMEM;
	err = vfs_open_exec(name, &im->file);
	if (!err) {
		n = file_pread(im->file, head, sizeof(head), 0);
		err = n < 0 ? n : header_check(im, head, (size_t)n);
		if (!err)
			err = segments_check(im);
		if (!err)
			err = choose_bias(e->mm, im, INTERP_BASE);
		if (!err)
			err = map_image(e->mm, im);
		e->base = im->bias;
		e->entry = im->bias + im->h.entry;
		file_put(im->file);
	}
	kfree(im);
	return err;
}

static int load_program(struct exec *e, struct image *im)
{
	struct mm *m = e->mm;
	const struct elf_phdr *stack = find_phdr(im, PT_GNU_STACK),
			      *interp = find_phdr(im, PT_INTERP);
	struct vm_region *v = vm_find(&m->vm, e->p);
	int err;

	m->read_implies_exec = !stack;
	if (v && (!stack || (stack->flags & PF_X)))
		v->rights |= PROT_EXEC;
	err = choose_bias(m, im, PIE_BASE);
	if (!err)
		err = map_image(m, im);
	if (err)
		return err;
	e->program_entry = e->entry = im->bias + im->h.entry;
	e->phdr = phdr_address(im);
	e->phent = im->h.phentsize;
	e->phnum = im->h.phnum;
	m->brk = m->brk_start = im->bias + im->high;
	return interp ? load_interpreter(e, im, interp) : 0;
}

int elf_load(struct exec *e, const void *head, size_t n)
{
	struct image *im = kmalloc(sizeof(*im));
	int err;

	if (!im)
		return -ENOMEM;
	im->file = e->file;
	err = header_check(im, head, n);
	if (!err)
		err = segments_check(im);
	if (!err)
		err = load_program(e, im);
	kfree(im);
	return err;
}
