/* SPDX-License-Identifier: GPL-2.0-only */
/* A program being made ready: its memory is built beside the old one, so that every
 * error comes while the caller still runs. */
#ifndef LX_EXEC_H
#define LX_EXEC_H

#include "mm.h"
#include "task_struct.h"

#define ARG_STRING_MAX 131072u
#define INTERP_MAX 256u

struct exec {
	struct mm *mm;
	struct file *file;
	uptr_t p;     /* lowest string so far */
	uptr_t floor; /* they may not go below */
	uint32_t argc, envc;
	uptr_t execfn;	       /* the path's copy up there */
	char path[INTERP_MAX]; /* of the file that is loaded: for its name */
	/* from the ELF loader */
	uptr_t entry, program_entry, phdr, base;
	uint32_t phent, phnum;
	uptr_t sp;
};

int exec_push(struct exec *e, const char *s);		  /* one string, from the server */
int exec_push_user(struct exec *e, uptr_t s);		  /* from current */
int elf_load(struct exec *e, const void *head, size_t n); /* -ENOEXEC: not an ELF file */
int stack_tables(struct exec *e);			  /* argc, argv, envp, auxv */

#endif
