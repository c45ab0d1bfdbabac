/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A new program's stack:
 *
 *     STACK_TOP   a null word
 *                 path, environment strings, argument strings
 *                 "i686", 16 random bytes
 *                 auxv, envp[], argv[]
 *     sp ->       argc
 */
#include "elf.h"
#include "exec.h"
#include "lx_errno.h"
#include "vfs.h"

#define AUX_PAIRS 20u

/* Words written upwards from sp, a few at a time. */
struct words {
	struct mm *mm;
	uptr_t at;
	uint32_t n, buf[64];
	int err;
};

static void words_flush(struct words *w)
{
	if (!w->err)
		w->err = mm_write(w->mm, w->at, w->buf, w->n * 4);
	w->at += w->n * 4;
	w->n = 0;
}

static void word(struct words *w, uint32_t v)
{
	w->buf[w->n++] = v;
	if (w->n == 64)
		words_flush(w);
}

static uptr_t push_bytes(struct exec *e, uptr_t *p, const void *src, uint32_t n, int *err)
{
	*p -= n;
	if (!*err)
		*err = mm_write(e->mm, *p, src, n);
	return *p;
}

static void aux(struct words *w, uint32_t type, uint32_t v)
{
	word(w, type);
	word(w, v);
}

static void aux_vector(struct words *w, const struct exec *e, uptr_t random, uptr_t platform)
{
	const struct cred *c = &current->process->cred;

	aux(w, AT_HWCAP, arch_hwcap());
	aux(w, AT_PAGESZ, PAGE_SIZE);
	aux(w, AT_CLKTCK, USER_HZ);
	aux(w, AT_PHDR, e->phdr);
	aux(w, AT_PHENT, e->phent);
	aux(w, AT_PHNUM, e->phnum);
	aux(w, AT_BASE, e->base);
	aux(w, AT_FLAGS, 0);
	aux(w, AT_ENTRY, e->program_entry);
	aux(w, AT_UID, c->uid);
	aux(w, AT_EUID, c->euid);
	aux(w, AT_GID, c->gid);
	aux(w, AT_EGID, c->egid);
	aux(w, AT_SECURE, 0);
	aux(w, AT_RANDOM, random);
	aux(w, AT_HWCAP2, 0);
	aux(w, AT_EXECFN, e->execfn);
	aux(w, AT_PLATFORM, platform);
	aux(w, AT_NULL, 0);
}

/* The strings stand one after the other from *s. */
static void string_pointers(struct words *w, uint32_t count, uptr_t *s)
{
	while (count-- && !w->err) {
		int len = mm_strnlen(w->mm, *s, ARG_STRING_MAX);

		if (len < 0)
			w->err = len;
		word(w, *s);
		*s += (uptr_t)len + 1;
	}
	word(w, 0);
}

int stack_tables(struct exec *e)
{
	struct mm *m = e->mm;
	struct words w = { .mm = m };
	uptr_t p = e->p & ~15u, s = e->p, platform, random;
	uint8_t bytes[16];
	int err = 0;

	random_bytes(bytes, sizeof(bytes));
	platform = push_bytes(e, &p, ARCH_PLATFORM, sizeof(ARCH_PLATFORM), &err);
	random = push_bytes(e, &p, bytes, sizeof(bytes), &err);
	p -= (e->argc + e->envc + 3 + 2 * AUX_PAIRS) * 4;
	e->sp = w.at = p & ~15u;
	if (err || e->sp < e->floor)
		return err ? err : -E2BIG;
	word(&w, e->argc);
	m->arg_start = s;
	string_pointers(&w, e->argc, &s);
	m->arg_end = m->env_start = s;
	string_pointers(&w, e->envc, &s);
	m->env_end = s;
	aux_vector(&w, e, random, platform);
	words_flush(&w);
	m->start_stack = e->sp;
	return w.err;
}
