/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random IPC against an executable model. The model knows threads, whom each waits for
 * and since when; it finds partners by looking at all threads, and keeps no queues. The
 * second part has no model but far more to do: ipc_driver.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_driver.h>
#include <ipc_world.h>
#include <string.h>

#define NR 8u
#define STEPS 200000u
#define CHAOS 400000u

enum wait { FREE, SENDING, RECEIVING };

/* State and last outcome of a thread as it should be. */
struct model {
	enum wait wait;
	int to, from; /* indices; ANY, NONE */
	uint32_t word, since;
	uint8_t prio;
	long result;
	int got_from;
	uint32_t got_word;
};
#define ANY (-1)
#define NONE (-2)
#define GONE (-3) /* was unloaded since it was named */

static struct thread *th[NR];
static struct model mo[NR];
static uint32_t seed, clock_now;

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed >> 4) % n;
}

static bool model_accepts(int r, int s)
{
	return mo[r].wait == RECEIVING && (mo[r].from == ANY || mo[r].from == s);
}

static void model_done(int t, long result)
{
	mo[t].wait = FREE;
	mo[t].result = result;
}

static bool model_candidate(int s, int r)
{
	return mo[s].wait == SENDING && mo[s].to == r && (mo[r].from == ANY || mo[r].from == s);
}

/* Somebody waits for s, so that its priority may be higher than its own. */
static bool model_lent(int s)
{
	for (int i = 0; i < (int)NR; i++)
		if ((mo[i].wait == SENDING && mo[i].to == s) ||
		    (mo[i].wait == RECEIVING && mo[i].from == s))
			return true;
	return false;
}

/* Exact among those that are lent nothing. One that is lent something (test_prio.c has its
 * rules) may be taken before them; the word that arrived tells who was. */
static int model_next_sender(int r)
{
	int best = NONE, real = (int)th[r]->arch.ipc_w[1];

	if (iw_result(th[r]) == IW_OK && real < (int)NR && model_candidate(real, r) &&
	    model_lent(real) && th[r]->arch.ipc_w[0] == mo[real].word)
		return real;
	for (int s = 0; s < (int)NR; s++) {
		if (!model_candidate(s, r) || (model_lent(s) && mo[r].from == ANY))
			continue;
		if (best == NONE || mo[s].prio > mo[best].prio ||
		    (mo[s].prio == mo[best].prio && mo[s].since < mo[best].since))
			best = s;
	}
	return best;
}

static void model_pass(int s, int r)
{
	mo[r].got_from = s;
	mo[r].got_word = mo[s].word;
	model_done(r, IW_OK);
}

static void model_receive(int t, bool zero)
{
	while (t != NONE) {
		int s;

		if (mo[t].from == NONE) {
			model_done(t, 0);
			return;
		}
		if (mo[t].from == GONE) {
			model_done(t, -XEN_ESRCH);
			return;
		}
		mo[t].wait = RECEIVING;
		s = model_next_sender(t);
		if (s != NONE)
			model_pass(s, t);
		else if (zero)
			model_done(t, -XEN_EAGAIN);
		t = s;
		zero = false; /* only the caller's own receive; queued ones never were */
	}
}

static void model_ipc(int t, int to, int from, uint32_t word, bool snd_zero, bool rcv_zero)
{
	struct model *m = &mo[t];

	m->to = to;
	m->from = from;
	m->word = word;
	m->since = clock_now;
	m->result = IW_PENDING;
	if (to == NONE) {
		model_receive(t, rcv_zero);
	} else if (to == t) {
		model_done(t, -XEN_EINVAL);
	} else if (model_accepts(to, t)) {
		model_pass(t, to);
		model_receive(t, rcv_zero);
	} else if (snd_zero) {
		model_done(t, -XEN_EAGAIN);
	} else {
		m->wait = SENDING;
	}
}

static void model_unload(int t)
{
	for (int i = 0; i < (int)NR; i++) {
		if ((mo[i].wait == SENDING && mo[i].to == t) ||
		    (mo[i].wait == RECEIVING && mo[i].from == t && i != t))
			model_done(i, -XEN_ESRCH);
		else if (mo[i].wait == SENDING && mo[i].from == t)
			mo[i].from = GONE;
	}
}

static void check_all(uint32_t step)
{
	for (unsigned i = 0; i < NR; i++) {
		static const enum wait wait[] = { [THREAD_READY] = FREE,
						  [THREAD_SENDING] = SENDING,
						  [THREAD_RECEIVING] = RECEIVING };

		if (wait[th[i]->state] != mo[i].wait || iw_result(th[i]) != mo[i].result)
			fail_msg("step %u: thread %u: state %d result %ld, model %d %ld", step, i,
				 (int)th[i]->state, iw_result(th[i]), (int)mo[i].wait,
				 mo[i].result);
		if (mo[i].result != IW_OK)
			continue;
		if (mo[i].got_from >= 0 && mo[i].got_from < (int)NR)
			assert_int_equal(th[i]->arch.ipc_w[1], (uint32_t)mo[i].got_from);
		assert_int_equal(th[i]->arch.ipc_w[0], mo[i].got_word);
	}
	assert_true(ipc_check() && sched_check());
}

static void load(unsigned i)
{
	th[i] = iw_thread(iw_dom[1 + i % 2]->root, (uint8_t)(1 + rnd(4)));
	th[i]->arch.hc_result = 0;
	mo[i] = (struct model){ .prio = th[i]->prio, .from = NONE, .to = NONE };
}

static uint32_t id_of(int i)
{
	return i == ANY ? TAGMA_ANY : i == NONE ? TAGMA_NIL : th[i]->obj.id;
}

static void step_ipc(unsigned t)
{
	int to = (int)rnd(NR + 2) - 2, from = (int)rnd(NR + 2) - 2;
	bool rcv_zero = rnd(8) == 0, snd_zero = rnd(3) == 0;
	uint32_t word = rnd(1000000), id;

	if (mo[t].wait != FREE || to == ANY)
		return;
	/* A zero receive timeout of one that has to queue first would be the model's to keep. */
	if (to != NONE && !snd_zero)
		rcv_zero = false;
	if (rnd(3) == 0 && to >= 0)
		from = to; /* a call */
	id = th[t]->obj.id;
	iw_ipc(th[t],
	       TAGMA_T_WORDS(3) | (snd_zero ? TAGMA_T_SND_ZERO : 0) |
		       (rcv_zero ? TAGMA_T_RCV_ZERO : 0),
	       id_of(to), id_of(from), word, t, 0);
	assert_int_equal(th[t]->obj.id, id);
	model_ipc((int)t, to, from, word, snd_zero, rcv_zero);
}

static void step(void)
{
	unsigned t = rnd(NR), what = rnd(20);

	clock_now++;
	if (what == 0) {
		thread_unload(th[t]);
		model_unload((int)t);
		load(t);
	} else if (what == 1) {
		ipc_cancel(th[t], -XEN_EINTR);
		if (mo[t].wait != FREE)
			model_done((int)t, -XEN_EINTR);
	} else if (what == 2) {
		mo[t].prio = (uint8_t)(1 + rnd(4));
		thread_set_prio(th[t], mo[t].prio);
	} else {
		step_ipc(t);
	}
	iw_leave();
}

static void random_ipc_equals_the_model(void **state)
{
	(void)state;
	seed = 1;
	iw_init();
	for (unsigned i = 0; i < NR; i++)
		load(i);
	for (uint32_t i = 0; i < STEPS; i++) {
		step();
		check_all(i);
	}
}

static void anything_keeps_the_invariants(void **state)
{
	const struct ipc_driver_stats *st = &ipc_driver_stats;

	(void)state;
	seed = 2;
	ipc_driver_init();
	for (uint32_t i = 0; i < CHAOS; i++) {
		struct ipc_op op = { (uint8_t)rnd(256), (uint8_t)rnd(256), (uint8_t)rnd(256),
				     (uint8_t)rnd(256) };

		if (!ipc_driver_step(op))
			fail_msg("step %u: op %u %u %u %u", i, op.op, op.a, op.b, op.c);
	}
	assert_true(iw_check());
	print_message("delivered %u, open transfers %u, strings %u, transfer faults %u, traps %u, "
		      "timeouts %u, orphans %u\n",
		      st->delivered, st->opened, st->strings, st->faults, st->traps, st->timeouts,
		      st->orphans);
	/* All of it has really happened. */
	assert_true(st->delivered > 1000 && st->opened > 100 && st->strings > 100);
	assert_true(st->faults > 100 && st->traps > 100 && st->timeouts > 100 && st->orphans > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_ipc_equals_the_model),
		cmocka_unit_test(anything_keeps_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
