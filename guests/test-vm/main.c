/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <tagma/vm.h>, tested where it runs: threads in two spaces touch regions, this kernel is
 * their pager and has nothing but vm_answer() to say.
 */
#include <errno.h>
#include <list.h>
#include <string.h>
#include <tagma/arch_lib.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>
#include <tagma/vm.h>

#define LOW 0x40000000u
#define HIGH 0x50000000u
#define KPAGE(n) ((n)*PAGE_SIZE)

static struct vm_space vm[2], self;
static struct tagma_msg msg;
static uint32_t server, prio;

/* --- one access by a thread in space i: its value, or the error its fault met */

struct access {
	uint32_t addr, value;
	bool write;
};

static void accessor(void *arg)
{
	const struct access *a = arg;
	volatile uint32_t *p = (volatile uint32_t *)(uintptr_t)a->addr;
	struct ipc m = { .tag = TAGMA_T_WORDS(1) };

	if (a->write)
		*p = a->value;
	m.w[0] = *p;
	for (;;)
		ipc_call(&m, server);
}

static long serve(uint32_t id, struct vm_space *s)
{
	struct ipc m = { .tag = TAGMA_T_LONG, .w = { 0, 0, (uint32_t)(uintptr_t)&msg } };
	int err = ipc_receive(&m, TAGMA_ANY);

	for (;;) {
		if (err || m.sender != id)
			return -EIO;
		if (!ipc_is_kernel(&m, TAGMA_K_FAULT))
			return (long)m.w[0];
		err = vm_answer(s, &m, &msg);
		if (err)
			return err;
		err = ipc_reply_wait(&m, m.sender);
	}
}

static long run(unsigned i, struct access a)
{
	static uint32_t stack[512];
	static struct access arg;
	struct tagma_thread t = { .space = vm[i].id, .prio = prio, .pager = server };
	long r;

	arg = a;
	t.flags = TAGMA_THREAD_F_STOPPED;
	arch_thread_regs(&t.regs, accessor, &arg, stack + ARRAY_SIZE(stack));
	if (thread_load(&t) || arch_tls_thread(t.id) || thread_resume(t.id))
		return -EIO;
	r = serve(t.id, &vm[i]);
	thread_unload(t.id, 0);
	return r;
}

static long peek(unsigned i, uint32_t addr) { return run(i, (struct access){ addr, 0, false }); }

static long poke(unsigned i, uint32_t addr, uint32_t v)
{
	return run(i, (struct access){ addr, v, true });
}

/* --- reserve, commit, protect, decommit, release */

static void test_reserve(void)
{
	uint32_t at = 0, other = LOW + KPAGE(20), done;

	test_equal(vm_map(&vm[0], &at, KPAGE(10), TAGMA_RW, 0, 0, 0), 0, "reserve ten pages");
	test_equal((long)at, LOW, "at the first gap");
	test_equal(vm_map(&vm[0], &at, KPAGE(1), TAGMA_RW, 0, 0, 0), -EEXIST, "not twice");
	test_equal(vm_map(&vm[0], &other, 100, TAGMA_RW, 0, 0, 0), -EINVAL, "whole pages only");
	test_equal(peek(0, at), -EFAULT, "what is not committed is not there");
	test_equal(vm_commit(&vm[0], at + KPAGE(8), KPAGE(4), &done), -EFAULT,
		   "commit over the end");
	test_equal((long)done, KPAGE(2), "is done as far as it went");
	test_equal(peek(0, at + KPAGE(9)), 0, "a committed page is zero");
	test_equal(poke(0, at + KPAGE(9), 77), 77, "and can be written");
	test_equal(peek(0, at + KPAGE(7)), -EFAULT, "its neighbour is not there");
	test_equal(vm_decommit(&vm[0], at + KPAGE(9), KPAGE(1), 0), 0, "decommit");
	test_equal(peek(0, at + KPAGE(9)), -EFAULT, "is gone");
	test_equal(vm_unmap(&vm[0], at, KPAGE(10)), 0, "release");
	test_equal(peek(0, at + KPAGE(8)), -EFAULT, "nothing there");
}

static void test_auto(void)
{
	uint32_t at = 0;
	struct vm_object *o;

	vm_map(&vm[0], &at, KPAGE(100), TAGMA_RW, VM_AUTO, 0, 0);
	o = vm_find(&vm[0], at)->object;
	test_equal(poke(0, at + KPAGE(50) + 8, 5), 5, "commit on the first touch");
	test_equal((long)o->own.nr, 1, "of that page alone");
	test_equal(peek(0, at + KPAGE(50) + 8), 5, "it keeps its contents");
	test_equal(vm_protect(&vm[0], at + KPAGE(50), KPAGE(2), TAGMA_R, 0), 0, "protect");
	test_equal(poke(0, at + KPAGE(50), 6), -EACCES, "against writing");
	test_equal(peek(0, at + KPAGE(50) + 8), 5, "not against reading");
	test_equal(poke(0, at + KPAGE(49), 9), 9, "nor beside it");
	vm_protect(&vm[0], at + KPAGE(50), KPAGE(2), TAGMA_RW, 0);
	test_equal(poke(0, at + KPAGE(50), 6), 6, "and back");
	test_equal(vm_unmap(&vm[0], at + KPAGE(40), KPAGE(20)), 0, "release out of the middle");
	test_equal(peek(0, at + KPAGE(50)), -EFAULT, "is a hole");
	test_equal(poke(0, at + KPAGE(60), 1), 1, "the rest behind it is there");
	test_equal(poke(0, at + KPAGE(39), 2), 2, "and before it");
	vm_unmap(&vm[0], LOW, HIGH - LOW);
}

/* --- a pager of this kernel's own: a store of eight pages */

static uint32_t store_data[8], fills, stores;

static int store_fill(void *user, uint32_t n, void *page)
{
	(void)user;
	if (n == 7)
		return -EIO;
	fills++;
	memset(page, 0, PAGE_SIZE);
	*(uint32_t *)page = store_data[n];
	return 0;
}

static int store_store(void *user, uint32_t n, const void *page)
{
	(void)user;
	stores++;
	store_data[n] = *(const uint32_t *)page;
	return 0;
}

static const struct vm_backing store = { store_fill, store_store };

static struct vm_object *store_new(void)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(store_data); i++)
		store_data[i] = 100 + i;
	fills = stores = 0;
	return vm_backed(ARRAY_SIZE(store_data), &store, 0);
}

static void test_pager(void)
{
	struct vm_object *o = store_new();
	uint32_t at = 0, scratch = 0;

	vm_map(&vm[0], &at, KPAGE(8), TAGMA_RW, VM_AUTO, o, 0);
	test_equal(peek(0, at + KPAGE(3)), 103, "a page comes from its pager");
	test_equal(peek(0, at + KPAGE(3)), 103, "once");
	test_equal((long)fills, 1, "and is kept");
	test_equal(vm_evict(o, 3), 0, "evict it");
	test_equal((long)stores, 0, "clean pages are not stored");
	test_equal(poke(0, at + KPAGE(3), 55), 55, "write to it");
	vm_evict(o, 3);
	test_equal((long)stores, 1, "a dirty one is");
	test_equal(peek(0, at + KPAGE(3)), 55, "and comes back");
	test_equal(peek(0, at + KPAGE(7)), -EIO, "a pager may fail");
	vm_map(&vm[0], &scratch, KPAGE(8), TAGMA_RW, VM_AUTO | VM_SCRATCH, o, 0);
	test_equal(poke(0, scratch + KPAGE(7), 1), 1, "no-exception mappings do not");
	test_equal(peek(0, scratch), 100, "and show what there is");
	vm_unmap(&vm[0], LOW, HIGH - LOW);
	test_equal(vm_put(o), 0, "the object goes");
}

/* --- copies and views, in two spaces */

static void test_copy(void)
{
	struct vm_object *o = store_new(), *c = vm_copy(o, 0, 8);
	uint32_t a = LOW, b = LOW + KPAGE(64), b2 = LOW + KPAGE(128);

	vm_map(&vm[0], &a, KPAGE(8), TAGMA_RW, VM_AUTO, o, 0);
	vm_map(&vm[1], &b, KPAGE(8), TAGMA_RW, VM_AUTO, c, 0);
	vm_map(&vm[0], &b2, KPAGE(8), TAGMA_RW, VM_AUTO, c, 0);
	test_equal(peek(1, b + KPAGE(2)), 102, "a copy shows the original");
	test_equal(peek(0, b2 + KPAGE(2)), 102, "in both spaces");
	poke(0, a + KPAGE(2), 7);
	test_equal(peek(1, b + KPAGE(2)), 7, "and what is written to it (asymmetric)");
	test_equal((long)c->own.nr, 0, "without a page of its own");
	test_equal(poke(1, b + KPAGE(2) + 4, 8), 8, "write to the copy");
	test_equal((long)c->own.nr, 1, "now it has one");
	test_equal(peek(0, a + KPAGE(2) + 4), 0, "the original does not see it");
	test_equal(peek(0, b2 + KPAGE(2) + 4), 8, "the copy's other mapping does");
	poke(0, a + KPAGE(2), 9);
	test_equal(peek(1, b + KPAGE(2)), 7, "and the copy no longer the original");
	test_equal(vm_decommit(&vm[1], b + KPAGE(2), KPAGE(1), 0), 0, "decommit the copy's page");
	test_equal(peek(1, b + KPAGE(2)), 9, "and it is the original's again");
	for (unsigned i = 0; i < 2; i++)
		vm_unmap(&vm[i], LOW, HIGH - LOW);
	vm_put(c);
	vm_put(o);
}

static void test_stack(void)
{
	struct vm_object *o = store_new(), *v = vm_view(o, 2, 4, TAGMA_R);
	struct vm_object *c = vm_copy(v, 1, 3);
	uint32_t a = LOW, b = LOW + KPAGE(64);

	test_check(!vm_view(o, 6, 4, TAGMA_R), "a view stays within its object");
	vm_map(&vm[0], &a, KPAGE(4), TAGMA_RW, VM_AUTO, v, 0);
	vm_map(&vm[1], &b, KPAGE(3), TAGMA_RW, VM_AUTO, c, 0);
	vm_put(v);
	vm_put(c); /* their mappings and each other hold them */
	test_equal(peek(0, a), 102, "a view shows a part");
	test_equal(poke(0, a, 1), -EACCES, "with fewer rights");
	test_equal(peek(1, b), 103, "a copy of a view of a pager's object");
	test_equal(poke(1, b, 4), 4, "which can be written");
	test_equal(peek(0, a + KPAGE(1)), 103, "and the pager's page stays");
	vm_evict(o, 4);
	test_equal(peek(1, b + KPAGE(1)), 104, "an evicted page comes back through all");
	test_equal((long)stores, 0, "nobody has written to the pager's pages");
	for (unsigned i = 0; i < 2; i++)
		vm_unmap(&vm[i], LOW, HIGH - LOW);
	test_equal((long)o->refs, 1, "with the regions the stack is gone");
	vm_put(o);
}

/* --- the kernel's own faults */

static int trap_err;

static void on_trap(struct tagma_frame *f)
{
	trap_err = f->regs.trap == TAGMA_TRAP_FAULT ? vm_touch(&self, f->fault, f->regs.code)
						    : -EINVAL;
	if (!trap_err)
		return;
	upcall_dump(f);
	guest_shutdown(SHUTDOWN_crash);
}

static void test_self(void)
{
	volatile uint32_t *p;
	uint32_t at = 0, sum = 0;

	trap_init(on_trap);
	vm_init(&self, TAGMA_SELF, LOW, HIGH);
	test_equal(vm_map(&self, &at, KPAGE(32), TAGMA_RW, VM_AUTO, 0, 0), 0, "of one's own space");
	p = (volatile uint32_t *)(uintptr_t)at;
	for (uint32_t i = 0; i < 32; i++)
		p[i * PAGE_SIZE / 4] = i;
	for (uint32_t i = 0; i < 32; i++)
		sum += p[i * PAGE_SIZE / 4];
	test_equal((long)sum, 496, "the kernel pages itself");
	test_equal(vm_exit(&self), 0, "and releases all");
	trap_init(0);
}

static uint32_t make_space(void)
{
	uint32_t image = (uint32_t)(uintptr_t)_start & ~(PAGE_SIZE - 1), id = 0;
	uint32_t end = ((uint32_t)(uintptr_t)_end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	int err = space_load(&id, 0);

	if (!err)
		err = map_pages(TAGMA_SELF, image, id, image, end - image, TAGMA_RWX);
	test_equal(err, 0, "a space with the kernel's image");
	return id;
}

void guest_main(struct start_info *si)
{
	struct tagma_thread t;
	size_t free_pages;

	(void)si;
	server = thread_self();
	thread_info(server, &t);
	prio = t.prio;
	msg.rcv_us = msg.snd_us = msg.xfer_us = TAGMA_NEVER;
	for (unsigned i = 0; i < 2; i++)
		vm_init(&vm[i], make_space(), LOW, HIGH);
	vm_put(store_new()); /* malloc takes its pages now */
	free_pages = mem_free_pages();
	test_reserve();
	test_auto();
	test_pager();
	test_copy();
	test_stack();
	test_self();
	for (unsigned i = 0; i < 2; i++)
		test_equal(vm_exit(&vm[i]), 0, "all goes");
	test_check(free_pages - mem_free_pages() <= 2, "and no page is lost (%d)",
		   (int)(free_pages - mem_free_pages()));
	test_done();
}
