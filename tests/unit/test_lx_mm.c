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
#include "lx_errno.h"
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

static unsigned page_nr(const void *p)
{
	size_t n = (size_t)((const uint8_t *)p - arena) / PAGE_SIZE;

	assert_true(n < ARENA_PAGES);
	return (unsigned)n;
}

void *pages_alloc(unsigned int order)
{
	assert_int_equal(order, 0);
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		if (!refs[i]) {
			refs[i] = 1;
			used++;
			return arena + (size_t)i * PAGE_SIZE;
		}
	return NULL;
}

void *page_alloc_zero(void)
{
	void *p = pages_alloc(0);

	return p ? memset(p, 0, PAGE_SIZE) : NULL;
}

void page_get(void *p) { refs[page_nr(p)]++; }
unsigned int page_refs(const void *p) { return refs[page_nr(p)]; }

bool page_put(void *p)
{
	unsigned n = page_nr(p);

	assert_true(refs[n] > 0);
	if (--refs[n])
		return false;
	memset(p, 0xdd, PAGE_SIZE); /* whoever still looks at it will be seen */
	used--;
	return true;
}

/* The library's allocations may be made to fail: the one after `allocs` more. */
static int allocs = -1;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool may_alloc(void) { return allocs < 0 || allocs-- > 0; }
void *__wrap_malloc(size_t n) { return may_alloc() ? __real_malloc(n) : NULL; }
void *__wrap_calloc(size_t n, size_t size) { return may_alloc() ? __real_calloc(n, size) : NULL; }
void *__wrap_realloc(void *p, size_t n) { return may_alloc() ? __real_realloc(p, n) : NULL; }

void *kmalloc(size_t n) { return host_alloc(n); }
void kfree(void *p) { host_free(p); }
void printk(const char *fmt, ...) { (void)fmt; }
void file_get(struct file *f) { (void)f; }
void file_put(struct file *f) { (void)f; }
struct vm_object *file_object(struct file *f, uint32_t pages)
{
	(void)f, (void)pages;
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

static void hw_take(struct hw *h, uint32_t rights)
{
	h->rights &= rights & TAGMA_R ? 0 : ~rights;
	if (!h->rights)
		h->page = NULL;
}

/* Of a frame of ours, or of a process's space. */
int flush_pages(uint32_t space, uint32_t at, uint32_t len, uint32_t rights, uint32_t flags)
{
	assert_int_equal(flags, space == TAGMA_SELF ? 0 : TAGMA_MAP_F_SELF);
	for (int m = 0; m < MMS; m++)
		for (unsigned p = 0; p < NR; p++) {
			struct hw *h = &hw[m][p];
			uint32_t a = space == TAGMA_SELF ? (uint32_t)(uintptr_t)h->page
							 : BASE + p * PAGE_SIZE;

			if ((space == TAGMA_SELF || space == (uint32_t)m + 1) && a - at < len)
				hw_take(h, rights);
		}
	return 0;
}

int map_status(uint32_t space, uint32_t at) { return (void)space, (void)at, 0; }
int map_pages(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
	fail();
	return 0;
}

void hw_space_unload(struct mm *m)
{
	if (m->vm.id)
		memset(hw[m->vm.id - 1], 0, sizeof(hw[0]));
	m->vm.id = 0;
}

/* --- the model */

struct cell {
	uint32_t value;
	int refs;
};
struct expect {
	bool mapped, of_file, written;
	uint32_t prot, filepage;
	struct cell *shared;
	uint32_t value;
};
static struct vm_object *file; /* that private mappings may show */
static uint32_t file_value[NR];
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
	if (e->of_file && !e->written)
		return &file_value[e->filepage];
	return e->shared ? &e->shared->value : &e->value;
}
static uptr_t addr(unsigned p) { return BASE + p * PAGE_SIZE; }

/* A process's own access: by what the hypervisor has, after a fault if that is not enough. */
static bool access_page(int m, unsigned p, bool write, uint32_t *v)
{
	struct hw *h = &hw[m][p];
	uint32_t need = write ? TAGMA_W : TAGMA_R;

	if (!(h->rights & need)) {
		struct tagma_item item[VM_AROUND];
		int n = vm_fault(&mm[m]->vm, addr(p), need, item, VM_AROUND);

		if (n < 0)
			return false;
		assert_int_equal(item[0].hint, addr(p));
		for (int i = 0; i < n; i++) {
			assert_in_range(item[i].hint, addr(0), addr(NR - 1));
			hw[m][(item[i].hint - BASE) / PAGE_SIZE] =
				(struct hw){ (void *)(uintptr_t)TAGMA_FP_BASE(item[i].fpage),
					     TAGMA_FP_RIGHTS(item[i].fpage) };
		}
		assert_true(h->rights & need);
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
	if (ok && write) {
		e->written = true;
		*wanted_value(e) = w;
	} else if (ok)
		assert_int_equal(v, *wanted_value(e));
}

enum kind { ZEROES, SHARED, OF_FILE };

static void expect_map(int m, unsigned p, unsigned n, uint32_t prot, enum kind k)
{
	for (unsigned i = p; i < p + n; i++) {
		expect_drop(&want[m][i]);
		want[m][i] = (struct expect){
			.mapped = true, .of_file = k == OF_FILE, .prot = prot, .filepage = i
		};
		if (k == SHARED) {
			want[m][i].shared = host_alloc(sizeof(struct cell));
			want[m][i].shared->refs = 1;
		}
	}
}

static void do_map(int m, unsigned p, unsigned n)
{
	enum kind k = (enum kind)rnd(3);
	uint32_t prot = rnd(4);
	uptr_t at = addr(p);

	assert_int_equal(mm_unmap(mm[m], addr(p), addr(p + n)), 0);
	assert_int_equal(vm_map(&mm[m]->vm, &at, n * PAGE_SIZE, prot,
				k == SHARED ? MM_SHARED : MM_PRIVATE, k == OF_FILE ? file : NULL,
				k == OF_FILE ? p : 0),
			 0);
	expect_map(m, p, n, prot, k);
}

static void do_unmap(int m, unsigned p, unsigned n)
{
	assert_int_equal(mm_unmap(mm[m], addr(p), addr(p + n)), 0);
	for (unsigned i = p; i < p + n; i++)
		expect_drop(&want[m][i]);
}

/* madvise(MADV_DONTNEED) */
static void do_forget(int m, unsigned p, unsigned n)
{
	assert_int_equal(vm_forget(&mm[m]->vm, addr(p), n * PAGE_SIZE), 0);
	for (unsigned i = p; i < p + n; i++) {
		want[m][i].written = false;
		want[m][i].value = 0;
	}
}

/* mremap: to a hole that is as long. */
static void do_move(int m, unsigned p, unsigned n, unsigned to)
{
	const struct vm_region *r = vm_find(&mm[m]->vm, addr(p));
	bool legal = r && r->end >= addr(p + n) && to + n <= NR;

	for (unsigned i = to; i < to + n && i < NR; i++)
		legal = legal && !want[m][i].mapped;
	if (to + n > NR)
		return;
	assert_int_equal(!vm_move(&mm[m]->vm, addr(p), n * PAGE_SIZE, addr(to), n * PAGE_SIZE),
			 legal);
	for (unsigned i = 0; legal && i < n; i++) {
		want[m][to + i] = want[m][p + i];
		want[m][p + i] = (struct expect){ 0 };
	}
}

/* The file is written to by somebody else. */
static void do_write_file(unsigned p)
{
	struct vm_page page = { 0 };

	assert_int_equal(file->ops->get(file, p, TAGMA_W, &page), 0);
	file_value[p] = rnd(~0u);
	memcpy(page.frame, &file_value[p], 4);
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
	mm[to]->vm.id = (uint32_t)to + 1;
	for (unsigned i = 0; i < NR; i++) {
		want[to][i] = want[from][i];
		if (want[to][i].shared)
			want[to][i].shared->refs++;
	}
}

/* The hypervisor shows what is there, and nothing that its region does not allow. Nobody
 * can write to a private page that somebody else has, too. */
static void check_hw(void)
{
	for (int m = 0; m < MMS; m++)
		for (unsigned p = 0; mm[m] && p < NR; p++) {
			const struct expect *e = &want[m][p];
			const struct hw *h = &hw[m][p];
			struct vm_page now = { 0 };

			if (!h->rights)
				continue;
			assert_true(e->mapped && e->prot != 0);
			assert_int_equal(h->rights & TAGMA_W & ~e->prot, 0);
			assert_int_equal(vm_page(&mm[m]->vm, addr(p), TAGMA_R, &now), 0);
			assert_ptr_equal(h->page, now.frame);
			assert_true(!(h->rights & TAGMA_W) || e->shared || page_refs(h->page) == 1);
			assert_true(!(h->rights & TAGMA_W) || e->shared || e->written);
		}
}

static void check_regions(void)
{
	for (int m = 0; m < MMS; m++) {
		uint32_t n = 0, pages = 0, own = 0;
		uptr_t last = 0;

		for (struct vm_region *r = NULL; mm[m] && (r = vm_next(&mm[m]->vm, last));) {
			assert_true(r->start >= last && r->start < r->end);
			last = r->end;
			pages += (r->end - r->start) / PAGE_SIZE;
			n++;
		}
		for (uint32_t i = 0; mm[m] && ptree_next(&mm[m]->vm.own.tree, &i, ~0u); i++)
			own++;
		if (mm[m]) {
			assert_int_equal(n, mm[m]->vm.nr);
			assert_int_equal(pages, mm[m]->vm.pages);
			assert_int_equal(own, mm[m]->vm.own.nr);
		}
	}
}

static void test_random(void **state)
{
	(void)state;
	file = vm_zero(NR);
	mm[0] = mm_new();
	mm[0]->vm.id = 1;
	for (int step = 0; step < 300000; step++) {
		int m = (int)rnd(MMS), to = (int)rnd(MMS);
		unsigned p = rnd(NR), n = 1 + rnd(12);

		n = p + n > NR ? NR - p : n;
		if (!mm[m]) {
			mm[m] = mm_new();
			mm[m]->vm.id = (uint32_t)m + 1;
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
		case 7: /* as after a writeback */
			hw_space_unload(mm[m]);
			mm[m]->vm.id = (uint32_t)m + 1;
			break;
		case 8:
			do_forget(m, p, n);
			break;
		case 9:
			do_move(m, p, n, rnd(NR));
			break;
		case 10:
			do_write_file(p);
			break;
		default:
			check_access(m, p);
		}
		if (step % 16 == 0)
			check_hw();
		if (step % 64 == 0)
			check_regions();
	}
	for (int m = 0; m < MMS; m++)
		kill_mm(m);
	assert_int_equal(vm_put(file), 0);
	assert_true(used <= 1); /* the page of zeroes */
}

/* A fork that runs out of memory, wherever, leaves the parent whole and loses nothing. */
static void test_fork_without_memory(void **state)
{
	size_t before;
	uint32_t v;
	struct mm *c;
	int k = 0;

	(void)state;
	mm[0] = mm_new();
	mm[0]->vm.id = 1;
	for (unsigned i = 0; i < NR; i += 2) {
		assert_int_equal(mm_map_fixed(mm[0], addr(i), addr(i + 1), PROT_READ | PROT_WRITE,
					      0, NULL, 0),
				 0);
		assert_true(access_page(0, i, true, &i));
	}
	before = used;
	do {
		allocs = k++;
		c = mm_copy(mm[0]);
		allocs = -1;
		assert_int_equal(used, before);
	} while (!c);
	assert_true(k > (int)NR / 2);
	mm_put(c);
	for (unsigned i = 0; i < NR; i += 2) {
		assert_int_equal(page_refs(hw[0][i].page), 1);
		assert_int_equal(mm_read(mm[0], &v, addr(i), 4), 0);
		assert_int_equal(v, i);
	}
	mm_put(mm[0]);
	mm[0] = NULL;
}

/* A move or a growth that finds no memory or no room leaves all where it was. */
static void test_move_without_memory(void **state)
{
	uint32_t v = 0;
	struct mm *m;
	int k = 0, err;

	(void)state;
	mm[0] = m = mm_new();
	m->vm.id = 1;
	assert_int_equal(mm_map_fixed(m, addr(0), addr(40), PROT_READ | PROT_WRITE, 0, NULL, 0), 0);
	for (unsigned i = 0; i < 40; i++)
		assert_true(access_page(0, i, true, &i));
	do {
		for (unsigned i = 0; i < 40; i++) {
			assert_int_equal(mm_read(m, &v, addr(i), 4), 0);
			assert_int_equal(v, i);
		}
		assert_int_equal(m->vm.own.nr, 40);
		allocs = k++;
		err = vm_move(&m->vm, addr(0), 40 * PAGE_SIZE, 0x30000000, 50 * PAGE_SIZE);
		allocs = -1;
	} while (err == -ENOMEM);
	assert_int_equal(err, 0);
	assert_true(k > 2);
	assert_int_equal(m->vm.own.nr, 40);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(mm_read(m, &v, 0x30000000 + i * PAGE_SIZE, 4), 0);
		assert_int_equal(v, i < 40 ? i : 0);
	}
	mm_put(m);
	mm[0] = NULL;
}

static void test_grow(void **state)
{
	struct mm *m = mm_new();
	struct vm_region *r;
	struct vm_object *o = vm_zero(8);
	uptr_t at = addr(20), other = addr(4);

	(void)state;
	assert_int_equal(vm_map(&m->vm, &at, 4 * PAGE_SIZE, 3, MM_SHARED, o, 2), 0);
	assert_int_equal(vm_map(&m->vm, &other, PAGE_SIZE, 3, MM_PRIVATE, NULL, 0), 0);
	r = vm_find(&m->vm, at);
	assert_int_equal(vm_grow(r, at, at + 7 * PAGE_SIZE), -EINVAL); /* the object has no more */
	assert_int_equal(vm_grow(r, at - 3 * PAGE_SIZE, r->end), -EINVAL);
	assert_int_equal(vm_grow(r, at - 2 * PAGE_SIZE, at + 6 * PAGE_SIZE), 0);
	assert_int_equal(r->first, 0);
	assert_int_equal(m->vm.pages, 9);
	r = vm_find(&m->vm, other);
	assert_int_equal(vm_grow(r, other, addr(19)), -EEXIST);
	assert_int_equal(vm_grow(r, addr(0), addr(18)), 0);
	assert_int_equal(vm_grow(r, addr(1), addr(18)), -EINVAL);
	vm_put(o);
	mm_put(m);
}

/* A stack grows on a touch within its limit, not onto what lies below it. */
static void test_stack(void **state)
{
	struct process proc = { .rlim[RLIMIT_STACK] = { 1u << 20, 1u << 20 },
				.rlim[RLIMIT_AS] = { RLIM64_INFINITY, RLIM64_INFINITY } };
	struct mm *m = mm_new();
	struct task t = { .mm = m, .process = &proc };
	uint32_t v = 7;

	(void)state;
	current = &t;
	mm_map_fixed(m, STACK_TOP - 0x2000, STACK_TOP, 3, MM_STACK, NULL, 0);
	assert_int_equal(mm_write(m, STACK_TOP - 0x90000, &v, 4), 0);
	assert_int_equal(vm_find(&m->vm, STACK_TOP - 1)->start, STACK_TOP - 0x90000);
	assert_int_equal(m->vm.pages, 0x90);
	assert_int_equal(m->vm.own.nr, 1);
	assert_int_equal(mm_write(m, STACK_TOP - 0x101000, &v, 4), -EFAULT);
	mm_map_fixed(m, STACK_TOP - 0x1a0000, STACK_TOP - 0x19f000, 3, 0, NULL, 0);
	assert_int_equal(mm_write(m, STACK_TOP - 0xa0000, &v, 4), -EFAULT);
	current = NULL;
	mm_put(m);
}

/* Regions that became one have shown what either had. */
static void test_fork_after_merge(void **state)
{
	uint32_t v = 1;
	struct mm *c;

	(void)state;
	mm[0] = mm_new();
	mm[0]->vm.id = 1;
	for (unsigned i = 3; i > 0; i--) {
		mm_map_fixed(mm[0], addr(i), addr(i + 1), PROT_READ | PROT_WRITE, 0, NULL, 0);
		if (i == 2)
			assert_true(access_page(0, i, true, &v));
	}
	assert_int_equal(mm[0]->vm.nr, 1);
	assert_int_equal(hw[0][2].rights & TAGMA_W, TAGMA_W);
	c = mm_copy(mm[0]);
	assert_int_equal(hw[0][2].rights & TAGMA_W, 0);
	mm_put(c);
	mm_put(mm[0]);
	mm[0] = NULL;
}

static void expect_revoked(uint64_t *before)
{
	assert_true(vm_revocations() != *before);
	*before = vm_revocations();
}

/* Whatever makes a page that was found the wrong one is counted, even where nothing is loaded:
 * the reply that carries it may be on its way. */
static void test_revocations(void **state)
{
	struct mm *m = mm_new(), *c;
	struct vm_page p;
	uint64_t n = vm_revocations();
	uint32_t v = 1;

	(void)state;
	assert_int_equal(mm_map_fixed(m, addr(0), addr(4), PROT_READ | PROT_WRITE, 0, NULL, 0), 0);
	assert_int_equal(mm_page(m, addr(1), TAGMA_R, &p), 0);
	n = vm_revocations();
	assert_int_equal(vm_page(&m->vm, addr(1), TAGMA_W, &p), 0);
	expect_revoked(&n); /* the page of zeroes has been replaced */
	assert_int_equal(vm_page(&m->vm, addr(1), TAGMA_W, &p), 0);
	assert_int_equal(mm_write(m, addr(1), &v, 4), 0);
	assert_true(vm_revocations() == n);
	c = mm_copy(m);
	expect_revoked(&n);
	assert_int_equal(mm_write(m, addr(1), &v, 4), 0);
	expect_revoked(&n); /* by its copy */
	mm_put(c);
	n = vm_revocations();
	assert_int_equal(vm_protect(&m->vm, addr(0), PAGE_SIZE, TAGMA_R, NULL), 0);
	expect_revoked(&n);
	vm_revoke(p.frame);
	expect_revoked(&n);
	assert_int_equal(mm_unmap(m, addr(0), addr(4)), 0);
	expect_revoked(&n);
	mm_put(m);
}

static void test_gap(void **state)
{
	struct mm *m = mm_new();
	uptr_t a, b;

	(void)state;
	assert_int_equal(mm_map_fixed(m, STACK_TOP - 0x20000, STACK_TOP, 3, MM_STACK, NULL, 0), 0);
	a = mm_gap(m, 0x3000, 0);
	assert_int_equal(a, MMAP_TOP - 0x3000);
	assert_int_equal(mm_map_fixed(m, a, a + 0x3000, 3, 0, NULL, 0), 0);
	b = mm_gap(m, 0x1000, 0);
	assert_int_equal(b, a - 0x1000);
	assert_int_equal(mm_gap(m, 0x1000, a), b); /* the hint is taken */
	assert_int_equal(mm_gap(m, 0x1000, 0x20000000), 0x20000000);
	assert_int_equal(mm_gap(m, 0xbfff0000, 0), 0);
	assert_true(mm_gap(m, MMAP_TOP - 0x4000 - MMAP_MIN, 0) != 0);
	mm_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_fork_without_memory),
		cmocka_unit_test(test_move_without_memory),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_revocations),
		cmocka_unit_test(test_fork_after_merge),
		cmocka_unit_test(test_gap),
	};

	/* Flexpages hold 32-bit addresses. */
	arena = host_arena(ARENA_PAGES * PAGE_SIZE);
	if (!arena)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
