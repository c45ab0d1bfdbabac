/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small spaces, from inside: hostile code in a small and in a large space tries to reach what
 * belongs to others, by every kind of access, all over linear memory.
 *
 *   victim 1 │ hole, where the attackers go │ victim 2     every page of both shows SECRET
 *
 * A miss ends in a page fault at the address that was tried, and the kernel, which is the
 * pager of all, puts a decoy there; whatever else is found is a breach.
 *
 * Each attack is tried at once, and right behind an IPC from a small and from a large space, as
 * the short path leaves segments and limits.
 *
 * Options: "control" only shows that the reads find something where nothing stops them;
 * "ipc" only counts what switches cost.
 */
#include <string.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include "small_asm.h"

_Static_assert(ASM_IPC == __HYPERVISOR_tagma_ipc, "small_asm.h");
_Static_assert(ASM_IPC_TWO == (__HYPERVISOR_tagma_ipc | TAGMA_T_WORDS(2)), "small_asm.h");

#define MB 0x100000u
#define SMALL (4 * MB)
#define WINDOW 0xc0000000u
#define STEP (3 * MB + 0x2124)	      /* shorter than a victim; a word, at all places of a page */
#define SECRET ((uint32_t)ASM_SECRET) /* as code: int $0x81, a general protection fault */
#define DECOY 0x80cd80cdu	      /* as code: int $0x80 */
#define STACK 0x1000u
#define EDGE (SMALL - PAGE_SIZE)

extern char attack_page[], attack_read[], attack_write[], attack_jump[], attack_push[],
	attack_string[], attack_tls[], attack_after_ipc[], attack_sweep[], poke[], sweep[], pong[];

struct attack {
	const char *name;
	const char *code; /* NULL: the thread starts at the address */
	bool reads;
};

static const struct attack attacks[] = {
	{ "read", attack_read, true },
	{ "write", attack_write, false },
	{ "jump", attack_jump, false },
	{ "push", attack_push, false },
	{ "string", attack_string, false },
	{ "tls read", attack_tls, true },
	{ "start", 0, false },
};

/* A space with one thread in it. */
struct subject {
	uint32_t space, thread;
	bool small;
	struct tagma_regs regs; /* of its last trap */
};

static uint32_t secret[1024] __attribute__((aligned(4096)));
static uint32_t decoy[1024] __attribute__((aligned(4096)));
static struct tagma_msg msg;
static bool small_on;
static uint32_t own_prio; /* of all: nobody has to lend, which the short path leaves to others */
static struct subject victim[2];
static struct subject pokers[2]; /* in a small and in a large space */

static uint32_t addr_of(const void *p) { return (uint32_t)(uintptr_t)p; }

static uint64_t counter(const char *name)
{
	static struct tagma_counters c;

	HYPERVISOR_tagma_debug(TAGMA_DEBUG_counters, &c);
	for (uint32_t i = 0; i < c.nr; i++)
		if (!strcmp(c.c[i].name, name))
			return c.c[i].value;
	test_check(false, "there is a counter %s", name);
	return 0;
}

static bool is_small(uint32_t space)
{
	struct tagma_space s;

	return !space_info(space, &s) && (s.flags & TAGMA_SPACE_F_SMALL);
}

static struct subject subject_new(bool small)
{
	struct tagma_space s = { .flags = small ? TAGMA_SPACE_F_SMALL : 0, .size = SMALL };
	struct subject x = { 0 };

	if (HYPERVISOR_tagma_space(TAGMA_SPACE_load, &s) ||
	    map_pages(TAGMA_SELF, addr_of(attack_page), s.id, addr_of(attack_page), PAGE_SIZE,
		      TAGMA_R | TAGMA_X))
		test_check(false, "a space can be made");
	x.space = s.id;
	x.small = is_small(s.id);
	return x;
}

static void subject_start(struct subject *x, const char *code, const struct tagma_regs *first)
{
	struct tagma_thread t = {
		.space = x->space,
		.flags = TAGMA_THREAD_F_STOPPED,
		.prio = own_prio,
		.pager = thread_self(),
		.handler = thread_self(),
		.regs = *first,
	};

	t.regs.ip = addr_of(code);
	t.regs.flags = 0x202;
	t.regs.bp = thread_self();
	t.regs.tls = TAGMA_TLS_SEL(0) | TAGMA_TLS_SEL(0) << 16;
	if (thread_load(&t) || thread_set_tls(t.id, 0, 0, 0xfffff, TAGMA_TLS_PAGES) ||
	    thread_resume(t.id))
		test_check(false, "a thread can be started");
	x->thread = t.id;
}

static void subject_end(const struct subject *x)
{
	if (space_unload(x->space))
		test_check(false, "a space can be unloaded");
}

enum { GOT_FAULT, GOT_TRAP, GOT_OTHER };

/* The next message; a fault's address, or the registers of a trap. */
static int wait_for(struct subject *x, uint32_t *fault)
{
	struct ipc m = { .tag = TAGMA_T_LONG, .w = { 0, 0, addr_of(&msg) } };

	ipc_receive(&m, x->thread);
	if (ipc_is_kernel(&m, TAGMA_K_FAULT)) {
		*fault = m.w[0];
		return GOT_FAULT;
	}
	if (!ipc_is_kernel(&m, TAGMA_K_TRAP))
		return GOT_OTHER;
	msg.w[0] = m.w[0];
	msg.w[1] = m.w[1];
	memcpy(&x->regs, msg.w, sizeof(x->regs));
	return GOT_TRAP;
}

static void resume_with(const struct subject *x, const void *page, uint32_t at)
{
	struct ipc m = { .tag = TAGMA_T_LONG, .w = { 0, 0, addr_of(&msg) } };

	if (page) {
		m.tag |= TAGMA_T_ITEMS(1);
		msg.item[0].fpage = TAGMA_FPAGE(addr_of(page), 12, TAGMA_RWX);
		msg.item[0].hint = at & ~(PAGE_SIZE - 1);
	}
	ipc_reply(&m, x->thread);
}

/* Serves decoys until the trap; returns how many. */
static uint32_t run(struct subject *x)
{
	uint32_t fault, n = 0;

	while (wait_for(x, &fault) == GOT_FAULT) {
		resume_with(x, decoy, fault);
		n++;
	}
	return n;
}

/* --- victims */

static void show(const struct subject *x, const void *page, uint32_t from, uint32_t len)
{
	for (uint32_t at = from; at < from + len; at += PAGE_SIZE)
		if (at != addr_of(attack_page) &&
		    map_pages(TAGMA_SELF, addr_of(page), x->space, at, PAGE_SIZE, TAGMA_RW))
			test_check(false, "a page can be mapped");
}

static void show_secret(const struct subject *x, uint32_t from, uint32_t len)
{
	show(x, secret, from, len);
}

/* All pages of [from, from + len): how many show the secret. Anything missing gets a decoy. */
static uint32_t found(struct subject *x, uint32_t from, uint32_t len)
{
	struct tagma_regs r = { .si = from, .cx = len / PAGE_SIZE, .dx = PAGE_SIZE, .di = SECRET };

	if (!x->thread) {
		subject_start(x, sweep, &r);
	} else { /* it waits for the reply to its last trap */
		struct ipc m = { .tag = TAGMA_T_LONG | TAGMA_T_WORDS(TAGMA_REGS_WORDS) };

		x->regs.si = r.si;
		x->regs.cx = r.cx;
		x->regs.dx = r.dx;
		x->regs.di = r.di;
		memcpy(msg.w, &x->regs, sizeof(x->regs));
		m.w[0] = msg.w[0];
		m.w[1] = msg.w[1];
		m.w[2] = addr_of(&msg);
		ipc_reply(&m, x->thread);
	}
	run(x);
	return x->regs.ax;
}

/* What nobody touches is dropped from page tables, and nothing could be found there. */
static bool victims_see(void)
{
	return found(&victim[0], 0, SMALL) == SMALL / PAGE_SIZE - 1 &&
	       found(&victim[1], 0, SMALL) == SMALL / PAGE_SIZE - 1;
}

/* --- attacks */

/* x runs on at `code`, with `at` in esi, straight out of an IPC that it waited for. */
static void poked_wait(const struct subject *x, const struct subject *poker, uint32_t at,
		       const char *code)
{
	struct ipc m = { 0 };

	ipc_receive(&m, x->thread);
	m = (struct ipc){ TAGMA_T_WORDS(3), 0, { at, addr_of(code), x->thread } };
	if (ipc_send(&m, poker->thread))
		test_check(false, "a message can be passed on");
}

static void poked_start(struct subject *x, const struct subject *poker, uint32_t at,
			const char *code)
{
	const struct tagma_regs r = { .cx = poker->thread };

	subject_start(x, attack_after_ipc, &r);
	poked_wait(x, poker, at, code);
}

static bool attempt(const struct attack *a, bool small, const struct subject *partner, uint32_t at)
{
	const char *code = a->code ? a->code : (const char *)(uintptr_t)at;
	struct tagma_regs r = { .ax = 0xbad, .bx = 11, .cx = 12, .dx = 13, .si = at };
	struct subject x = subject_new(small);
	uint32_t fault = 0;
	bool good;

	if (partner)
		poked_start(&x, partner, at, code);
	else
		subject_start(&x, code, &r);
	good = wait_for(&x, &fault) == GOT_FAULT && fault == at;
	if (good) {
		resume_with(&x, decoy, fault);
		good = wait_for(&x, &fault) == GOT_TRAP && x.regs.trap == 0x80 && x.regs.bx == 11 &&
		       x.regs.cx == 12 && x.regs.dx == 13 &&
		       x.regs.ax == (a->reads ? DECOY : 0xbad);
	}
	if (x.small && is_small(x.space))
		good = false;
	if (!good)
		test_note("%s at 0x%x%s: fault 0x%x trap %u ax 0x%x ip 0x%x", a->name, at,
			  partner ? " after IPC" : "", fault, x.regs.trap, x.regs.ax, x.regs.ip);
	subject_end(&x);
	decoy[at % PAGE_SIZE / 4] = DECOY; /* writes go there */
	return good;
}

static void start_pokers(void)
{
	const struct tagma_regs none = { 0 };

	for (int i = 0; i < 2; i++) {
		pokers[i] = subject_new(i == 0);
		show_secret(&pokers[i], 0, SMALL);
		subject_start(&pokers[i], poke, &none);
	}
}

/* From `from` up to `to` (0: the end of 4 GB). */
static uint32_t breaches(const struct attack *a, bool small, uint32_t from, uint32_t to)
{
	const struct subject *const partners[] = { 0, &pokers[0], &pokers[1] };
	uint32_t n = 0, tries = 0;

	for (uint32_t at = from; at - 1 < to - 1 && at >= from; at += STEP) {
		const struct subject *partner = partners[tries % 3];
		uint64_t fast = counter("ipc.fast");

		if (tries++ % 32 == 0 && !victims_see())
			n++;
		if (attempt(a, small, partner, at) &&
		    counter("ipc.fast") - fast == (partner ? 1 : 0))
			continue;
		n++;
		/* What an attack wrote would be found by the next as well. */
		for (unsigned i = 0; i < 1024; i++)
			secret[i] = SECRET;
	}
	return n;
}

static void test_attacks(void)
{
	for (unsigned i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		const struct attack *a = &attacks[i];

		test_equal((long)breaches(a, true, SMALL, 1024 * MB), 0, "small space, %s above it",
			   a->name);
		test_equal((long)breaches(a, true, WINDOW, 0), 0, "small space, %s below it",
			   a->name);
		test_equal((long)breaches(a, false, WINDOW, 0), 0, "large space, %s in the window",
			   a->name);
	}
	for (unsigned i = 0; i < 1024; i++)
		if (secret[i] != SECRET) {
			test_check(false, "the secret was not written to");
			return;
		}
	test_check(true, "the secret was not written to");
}

/* --- the edge of a small space */

static void test_edge(void)
{
	struct tagma_regs r = { .si = SMALL - 2 };
	struct subject x = subject_new(true);
	uint32_t fault = 0;

	map_pages(TAGMA_SELF, addr_of(decoy), x.space, EDGE, PAGE_SIZE, TAGMA_RWX);
	subject_start(&x, (const char *)(uintptr_t)(SMALL - 2), &r);
	test_check(wait_for(&x, &fault) == GOT_TRAP && x.regs.trap == 0x80 && x.regs.ip == SMALL,
		   "a trap by the last instruction of a small space");
	test_equal(is_small(x.space), x.small, "does not promote it");
	resume_with(&x, 0, 0);
	test_check(wait_for(&x, &fault) == GOT_FAULT && fault == SMALL,
		   "the return to the address behind it faults there");
	resume_with(&x, decoy, fault);
	test_check(wait_for(&x, &fault) == GOT_TRAP && x.regs.ip == SMALL + 2, "and goes on");
	subject_end(&x);

	x = subject_new(true);
	map_pages(TAGMA_SELF, addr_of(decoy), x.space, EDGE, PAGE_SIZE, TAGMA_RWX);
	subject_start(&x, attack_read, &r);
	test_check(wait_for(&x, &fault) == GOT_FAULT && fault == SMALL,
		   "a read across the edge faults behind it");
	resume_with(&x, decoy, fault);
	test_check(wait_for(&x, &fault) == GOT_TRAP && x.regs.ax == DECOY,
		   "and gets its four bytes");
	subject_end(&x);
}

/* An IPC by the last instruction of a small space: its short way out would end behind it. */
static void test_edge_ipc(void)
{
	static uint8_t page[PAGE_SIZE] __attribute__((aligned(4096)));

	page[PAGE_SIZE - 2] = 0xcd; /* int $0x82 */
	page[PAGE_SIZE - 1] = 0x82;
	for (int i = 0; i < 2; i++) {
		const struct tagma_regs r = { .ax = ASM_IPC,
					      .bx = thread_self(),
					      .cx = pokers[i].thread };
		struct subject x = subject_new(true);
		uint64_t fast = counter("ipc.fast");
		uint32_t fault = 0;

		map_pages(TAGMA_SELF, addr_of(page), x.space, EDGE, PAGE_SIZE, TAGMA_RWX);
		subject_start(&x, (const char *)(uintptr_t)(SMALL - 2), &r);
		poked_wait(&x, &pokers[i], 21, poke);
		test_check(wait_for(&x, &fault) == GOT_FAULT && fault == SMALL &&
				   counter("ipc.fast") - fast == 1,
			   "an IPC by the last instruction, with a %s space, ends behind it",
			   i ? "large" : "small");
		resume_with(&x, decoy, fault);
		test_check(wait_for(&x, &fault) == GOT_TRAP && x.regs.ip == SMALL + 2 &&
				   x.regs.si == 21 && x.regs.di == addr_of(poke),
			   "and goes on with its message");
		subject_end(&x);
	}
}

/* Nothing of the other's segments is left behind an IPC: what is its own holds no secret. */
static void test_segments_after_ipc(void)
{
	for (int i = 0; i < 4; i++) {
		const struct subject *partner = &pokers[i & 1];
		struct subject x = subject_new(i < 2);
		uint64_t fast = counter("ipc.fast");

		show(&x, decoy, 0, SMALL); /* a fault would have all loaded anew */
		poked_start(&x, partner, 0, attack_sweep);
		run(&x);
		test_equal((long)x.regs.ax, 0, "a %s space sees nothing of a %s one behind an IPC",
			   i < 2 ? "small" : "large", i & 1 ? "large" : "small");
		test_equal((long)(counter("ipc.fast") - fast), 1, "that was a short one");
		subject_end(&x);
	}
}

/* --- promotion, as it is counted */

static void test_promotion(void)
{
	struct subject x = subject_new(true);
	uint64_t before = counter("small.promoted");

	test_equal(x.small, small_on, "a space is small if there are small spaces");
	show_secret(&x, 0x200000, 16 * PAGE_SIZE);
	test_equal((long)found(&x, 0x200000, 16 * PAGE_SIZE), 16, "it reads what is its own");
	test_equal((long)(counter("small.promoted") - before), 0, "without promotion");
	test_equal((long)found(&x, SMALL, PAGE_SIZE), 0, "it touches what lies beyond");
	test_equal((long)(counter("small.promoted") - before), small_on, "and is promoted once");
	test_equal((long)found(&x, 0x200000, 16 * PAGE_SIZE), 16, "it still has its pages");
	test_equal((long)found(&x, WINDOW, PAGE_SIZE), 0, "it touches where the window was");
	test_equal((long)(counter("small.promoted") - before), 2 * small_on,
		   "and is promoted again");
	test_equal((long)found(&x, 0x200000, 16 * PAGE_SIZE), 16, "and still has its pages");
	subject_end(&x);
}

/* glibc reaches thread-local variables by negative offsets from gs's base. */
static void test_negative_tls(void)
{
	struct subject x = subject_new(true);
	struct tagma_regs r = { .si = (uint32_t)-8 };
	uint32_t fault;

	show_secret(&x, 0x200000, PAGE_SIZE);
	subject_start(&x, attack_tls, &r);
	thread_stop(x.thread);
	thread_set_tls(x.thread, 0, 0x200010, 0xfffff, TAGMA_TLS_PAGES);
	thread_resume(x.thread);
	test_check(wait_for(&x, &fault) == GOT_TRAP && x.regs.ax == SECRET,
		   "a negative offset from gs works");
	subject_end(&x);
}

/* --- nothing stale is left in the TLB */

static void test_stale(void)
{
	struct subject x = subject_new(true), l, other;

	show_secret(&x, 0, SMALL);
	test_equal((long)found(&x, 0, SMALL), SMALL / PAGE_SIZE - 1,
		   "a small space full of secrets");
	subject_end(&x);
	x = subject_new(true);
	test_equal((long)found(&x, 0, SMALL), 0, "its successor sees none of them");
	subject_end(&x);

	l = subject_new(false);
	other = subject_new(false);
	show_secret(&l, 4 * MB, MB);
	test_equal((long)found(&l, 4 * MB, MB), 256, "a large space full of secrets");
	found(&other, 8 * MB, PAGE_SIZE); /* other page tables are loaded */
	test_equal(flush_pages(TAGMA_SELF, addr_of(secret), PAGE_SIZE, TAGMA_RWX, 0), 0,
		   "they are taken away while another space is loaded");
	test_equal((long)found(&l, 4 * MB, MB), 0, "and are gone when it comes back");
	subject_end(&l);
	subject_end(&other);
}

/* --- what switches cost */

static void count_calls(const char *what, bool a_small, bool b_small, bool free_of_cr3)
{
	struct subject x[2] = { subject_new(a_small), subject_new(b_small) };
	const struct tagma_regs none = { 0 };
	const unsigned rounds = 100;
	uint64_t cr3 = 0, kept = 0, flush = 0;

	for (int i = 0; i < 2; i++) {
		struct ipc m = { 0 };

		subject_start(&x[i], pong, &none);
		ipc_receive(&m, x[i].thread);
	}
	for (unsigned i = 0; i <= rounds; i++) {
		struct ipc m = { 0 };

		if (i == 1) { /* the first round fills the page tables */
			cr3 = counter("switch.cr3_load");
			kept = counter("tlb.tag_kept");
			flush = counter("tlb.flush_all");
		}
		ipc_call(&m, x[0].thread);
		m = (struct ipc){ 0 };
		ipc_call(&m, x[1].thread);
	}
	cr3 = counter("switch.cr3_load") - cr3;
	kept = counter("tlb.tag_kept") - kept;
	flush = counter("tlb.flush_all") - flush;
	test_note("%s: %u rounds of 4 messages, %u CR3 loads (%u by tag), %u flushes", what, rounds,
		  (unsigned)cr3, (unsigned)kept, (unsigned)flush);
	if (free_of_cr3)
		test_check(!cr3 && !flush, "%s: no CR3 load, no flush", what);
	else
		test_check(cr3 >= 2 * rounds, "%s: CR3 is loaded", what);
	subject_end(&x[0]);
	subject_end(&x[1]);
}

static void test_switches(void)
{
	count_calls("small-small", true, true, small_on);
	count_calls("small-large", true, false, small_on);
	count_calls("large-large", false, false, false);
}

void guest_main(struct start_info *si)
{
	struct tagma_thread self;
	struct subject hole;
	char opt[4];

	(void)si;
	thread_info(thread_self(), &self);
	own_prio = self.prio;
	for (unsigned i = 0; i < 1024; i++) {
		secret[i] = SECRET;
		decoy[i] = DECOY;
	}
	small_on = is_small(space_self());
	test_note("the root space is %s", small_on ? "small" : "not small");
	if (guest_option("ipc", opt, sizeof(opt))) {
		test_switches();
		test_done();
	}
	victim[0] = subject_new(true);
	hole = subject_new(true);
	victim[1] = subject_new(true);
	show_secret(&victim[0], 0, SMALL);
	show_secret(&victim[1], 0, SMALL);
	start_pokers();
	subject_end(&hole);
	test_check(victims_see(), "the victims see their secrets");
	if (guest_option("control", opt, sizeof(opt))) {
		test_check(breaches(&attacks[0], false, WINDOW, 0),
			   "without limits a large space reads in the window");
		test_check(breaches(&attacks[0], true, SMALL, 1024 * MB) ||
				   breaches(&attacks[0], true, WINDOW, 0),
			   "without limits a small space reads what is not its own");
		test_done();
	}
	test_attacks();
	test_edge();
	test_edge_ipc();
	test_segments_after_ipc();
	test_promotion();
	test_negative_tls();
	test_switches();
	test_stale();
	test_done();
}
