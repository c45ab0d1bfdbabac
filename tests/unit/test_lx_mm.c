/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linuxlike's memory management against a model: what each page of each process should hold,
 * what the hypervisor may know of it, and how often each page is referred to.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <public/tagma.h>
#include "host-lx/host.h"
#include "mm.h"
#include "signal.h"
#include "syscall.h"
#include "task_struct.h"
#include "vfs.h"

#define ARENA_PAGES 2048u
#define MMS 6
#define BASE 0x10000000u
#define NR 96u /* pages of each process that the test plays with */

static uint64_t seed = 88172645463325252ull;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % n;
}

/* --- what the modules under test need of the rest of the server */

struct task *current;
static uint8_t *arena;
static unsigned refs[ARENA_PAGES];
static size_t used;
static bool no_pages;

static unsigned page_nr(const void *p)
{
	size_t n = (size_t)((const uint8_t *)p - arena) / PAGE_SIZE;

	assert_true(n < ARENA_PAGES);
	return (unsigned)n;
}

void *page_alloc(void)
{
	for (unsigned i = 0; !no_pages && i < ARENA_PAGES; i++)
		if (!refs[i]) {
			refs[i] = 1;
			used++;
			memset(arena + (size_t)i * PAGE_SIZE, 0, PAGE_SIZE);
			return arena + (size_t)i * PAGE_SIZE;
		}
	return NULL;
}

void *page_alloc_raw(void) { return page_alloc(); }
void page_get(void *p) { refs[page_nr(p)]++; }
unsigned int page_refs(const void *p) { return refs[page_nr(p)]; }

void page_free(void *p)
{
	unsigned n = page_nr(p);

	assert_true(refs[n] > 0);
	if (--refs[n] == 0) {
		memset(p, 0xdd, PAGE_SIZE); /* whoever still looks at it will be seen */
		used--;
	}
}

void *kmalloc(size_t n) { return host_alloc(n); }
void kfree(void *p) { host_free(p); }
void printk(const char *fmt, ...) { (void)fmt; }
void file_get(struct file *f) { (void)f; }
void file_put(struct file *f) { (void)f; }
void *file_page(struct file *f, uint32_t n, int *err)
{
	(void)f, (void)n, *err = -6;
	return NULL;
}
void signal_fault(int sig, int code, uptr_t a)
{
	(void)sig, (void)code, (void)a;
	fail();
}
void process_kill(struct process *p, int code)
{
	(void)p, (void)code;
	fail();
}
struct file *fd_get(int fd)
{
	(void)fd;
	return NULL;
}
bool file_mappable(struct file *f)
{
	(void)f;
	return false;
}
bool file_readable(struct file *f)
{
	(void)f;
	return false;
}
bool file_writable(struct file *f)
{
	(void)f;
	return false;
}

/* --- the hypervisor's side: what each space has */

struct hw {
	void *page;
	uint32_t rights;
};
static struct hw hw[MMS][NR];

void hw_flush(struct mm *m, uptr_t start, uptr_t end, uint32_t rights)
{
	for (uptr_t va = start; m->hw && va < end; va += PAGE_SIZE) {
		struct hw *h = &hw[m->hw - 1][(va - BASE) / PAGE_SIZE];

		assert_true(va >= BASE && va < BASE + NR * PAGE_SIZE);
		h->rights &= rights & TAGMA_R ? 0 : ~rights;
		if (!h->rights)
			h->page = NULL;
	}
}

void hw_sync(void) {}

void hw_space_unload(struct mm *m)
{
	if (m->hw)
		memset(hw[m->hw - 1], 0, sizeof(hw[0]));
	m->hw = 0;
}

/* --- the model */

struct cell {
	uint32_t value;
	int refs;
};
struct expect {
	bool mapped;
	uint32_t prot;
	struct cell *shared;
	uint32_t value;
};
static struct expect want[MMS][NR];
static struct mm *mm[MMS];

static void expect_drop(struct expect *e)
{
	if (e->shared && --e->shared->refs == 0)
		host_free(e->shared);
	*e = (struct expect){ 0 };
}

static uint32_t *wanted_value(struct expect *e)
{
	return e->shared ? &e->shared->value : &e->value;
}
static uptr_t addr(unsigned p) { return BASE + p * PAGE_SIZE; }

/* A process's own access: by what the hypervisor has, after a fault if that is not enough. */
static bool access_page(int m, unsigned p, bool write, uint32_t *v)
{
	struct hw *h = &hw[m][p];
	uint32_t need = write ? TAGMA_W : TAGMA_R, rights;
	int sig, code;

	if (!(h->rights & need)) {
		void *page = mm_page(mm[m], addr(p), need, &rights, &sig, &code);

		if (!page)
			return false;
		*h = (struct hw){ page, rights };
		pte_flag(mm[m], addr(p), PTE_HW);
	}
	if (write)
		memcpy(h->page, v, 4);
	else
		memcpy(v, h->page, 4);
	return true;
}

static void check_access(int m, unsigned p)
{
	struct expect *e = &want[m][p];
	uint32_t v = 0, w = rnd(~0u);
	bool write = rnd(2), server = rnd(3) == 0, ok;
	bool legal = e->mapped && (write ? e->prot & PROT_WRITE : e->prot != 0);

	if (server)
		ok = write ? !mm_write(mm[m], addr(p), &w, 4) : !mm_read(mm[m], &v, addr(p), 4);
	else
		ok = access_page(m, p, write, write ? &w : &v);
	assert_int_equal(ok, legal);
	if (ok && write)
		*wanted_value(e) = w;
	else if (ok)
		assert_int_equal(v, *wanted_value(e));
}

static void do_map(int m, unsigned p, unsigned n)
{
	bool shared = rnd(3) == 0;
	uint32_t prot = rnd(4), flags = prot | (shared ? VMA_SHARED : 0);
	struct shm *s = shared ? shm_new(n) : NULL;

	assert_int_equal(vma_remove(mm[m], addr(p), addr(p + n)), 0);
	assert_int_equal(vma_insert(mm[m], addr(p), addr(p + n), flags, NULL, s, 0), 0);
	if (s)
		shm_put(s);
	for (unsigned i = p; i < p + n; i++) {
		expect_drop(&want[m][i]);
		want[m][i] = (struct expect){ true, prot, NULL, 0 };
		if (shared) {
			want[m][i].shared = host_alloc(sizeof(struct cell));
			want[m][i].shared->refs = 1;
		}
	}
}

static void do_unmap(int m, unsigned p, unsigned n)
{
	assert_int_equal(vma_remove(mm[m], addr(p), addr(p + n)), 0);
	for (unsigned i = p; i < p + n; i++)
		expect_drop(&want[m][i]);
}

static void do_protect(int m, unsigned p, unsigned n)
{
	uint32_t prot = rnd(4), a[6] = { addr(p), n * PAGE_SIZE, prot };
	struct process proc = { 0 };
	struct task t = { .mm = mm[m], .process = &proc };
	bool all = true;
	int err;

	for (unsigned i = p; i < p + n; i++)
		all = all && want[m][i].mapped;
	current = &t;
	err = sys_mprotect(a);
	current = NULL;
	assert_int_equal(err == 0, all);
	for (unsigned i = p; all && i < p + n; i++)
		want[m][i].prot = prot;
}

static void kill_mm(int m)
{
	if (!mm[m])
		return;
	mm_put(mm[m]);
	mm[m] = NULL;
	for (unsigned i = 0; i < NR; i++)
		expect_drop(&want[m][i]);
}

static void do_fork(int from, int to)
{
	kill_mm(to);
	mm[to] = mm_copy(mm[from]);
	assert_non_null(mm[to]);
	mm[to]->hw = (uint32_t)to + 1;
	for (unsigned i = 0; i < NR; i++) {
		want[to][i] = want[from][i];
		if (want[to][i].shared)
			want[to][i].shared->refs++;
	}
}

/* The hypervisor knows nothing that the page table does not allow. */
static void check_hw(void)
{
	for (int m = 0; m < MMS; m++)
		for (unsigned p = 0; mm[m] && p < NR; p++) {
			uint32_t pte = pte_get(mm[m], addr(p));
			const struct hw *h = &hw[m][p];

			if (!h->rights)
				continue;
			assert_ptr_equal(h->page, pte_page(pte));
			assert_true(pte & PTE_HW);
			assert_true((pte & PTE_W) || !(h->rights & TAGMA_W));
			assert_true(want[m][p].prot != 0);
		}
}

static void check_vmas(void)
{
	for (int m = 0; m < MMS; m++) {
		uint32_t n = 0, pages = 0;
		uptr_t last = 0;

		for (struct vma *v = NULL; mm[m] && (v = vma_next(mm[m], v));) {
			assert_true(v->start >= last && v->start < v->end);
			last = v->end;
			pages += (v->end - v->start) / PAGE_SIZE;
			n++;
		}
		if (mm[m]) {
			assert_int_equal(n, mm[m]->nr_vmas);
			assert_int_equal(pages, mm[m]->total_pages);
		}
	}
}

static void test_random(void **state)
{
	(void)state;
	mm[0] = mm_new();
	mm[0]->hw = 1;
	for (int step = 0; step < 300000; step++) {
		int m = (int)rnd(MMS), to = (int)rnd(MMS);
		unsigned p = rnd(NR), n = 1 + rnd(12);

		n = p + n > NR ? NR - p : n;
		if (!mm[m]) {
			mm[m] = mm_new();
			mm[m]->hw = (uint32_t)m + 1;
		}
		switch (rnd(40)) {
		case 0:
		case 1:
			do_map(m, p, n);
			break;
		case 2:
			do_unmap(m, p, n);
			break;
		case 3:
		case 4:
			do_protect(m, p, n);
			break;
		case 5:
			if (m != to)
				do_fork(m, to);
			break;
		case 6:
			if (rnd(8) == 0)
				kill_mm(m);
			break;
		case 7:
			pte_forget(mm[m]);
			break;
		default:
			check_access(m, p);
		}
		if (step % 16 == 0)
			check_hw();
		if (step % 64 == 0)
			check_vmas();
	}
	for (int m = 0; m < MMS; m++)
		kill_mm(m);
	assert_true(used <= 1); /* the page of zeroes */
}

/* A fork that runs out of memory leaves the parent whole and loses nothing. */
static void test_fork_without_memory(void **state)
{
	size_t before;
	uint32_t v;

	(void)state;
	mm[0] = mm_new();
	mm[0]->hw = 1;
	for (unsigned i = 0; i < NR; i += 2) {
		assert_int_equal(vma_insert(mm[0], addr(i), addr(i + 1), PROT_READ | PROT_WRITE,
					    NULL, NULL, 0),
				 0);
		assert_true(access_page(0, i, true, &i));
	}
	before = used;
	no_pages = true;
	assert_null(mm_copy(mm[0]));
	no_pages = false;
	assert_int_equal(used, before);
	for (unsigned i = 0; i < NR; i += 2) {
		assert_int_equal(mm_read(mm[0], &v, addr(i), 4), 0);
		assert_int_equal(v, i);
	}
	mm_put(mm[0]);
	mm[0] = NULL;
}

static void test_gap(void **state)
{
	struct mm *m = mm_new();
	uptr_t a, b;

	(void)state;
	assert_int_equal(
		vma_insert(m, STACK_TOP - 0x20000, STACK_TOP, VMA_STACK | 3, NULL, NULL, 0), 0);
	a = vma_gap(m, 0x3000, 0);
	assert_int_equal(a, MMAP_TOP - 0x3000);
	assert_int_equal(vma_insert(m, a, a + 0x3000, 3, NULL, NULL, 0), 0);
	b = vma_gap(m, 0x1000, 0);
	assert_int_equal(b, a - 0x1000);
	assert_int_equal(vma_gap(m, 0x1000, a), b); /* the hint is taken */
	assert_int_equal(vma_gap(m, 0x1000, 0x20000000), 0x20000000);
	assert_int_equal(vma_gap(m, 0xbfff0000, 0), 0);
	assert_true(vma_gap(m, MMAP_TOP - 0x4000 - MMAP_MIN, 0) != 0);
	mm_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_fork_without_memory),
		cmocka_unit_test(test_gap),
	};

	/* Entries of the software page table hold 32-bit addresses. */
	arena = host_arena(ARENA_PAGES * PAGE_SIZE);
	if (!arena)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
