/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remote IPC between two clans, without a network. Each of the two domains has a chief who
 * gets what crosses the border of his clan, and carries it to the other chief as data: who
 * sent it, to whom, and its words. That one hands it out under the sender's name. Client and
 * server only call and reply, by the true ids. Instead of sending to each other the chiefs
 * could as well write to a network device.
 *
 *   role=server                      says the ids of its server and its chief
 *   role=client server=ID chief=ID calls=N
 */
#include <errno.h>
#include <list.h>
#include <stdio.h>
#include <string.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>

#define FORBIDDEN 0xdeadu /* as a first word, this is not let out */
#define PATIENCE_US 100000u
#define CARRIED_WORDS 5u

static struct chief {
	uint32_t id, peer;
	uint32_t out, in, dropped; /* messages */
	struct tagma_msg msg __attribute__((aligned(512)));
} chief;

static uint32_t stacks[2][1024] __attribute__((aligned(16)));

/* A message of a member to somebody outside: what the other chief must know of it. */
static uint32_t carry_out(struct chief *c, struct ipc *m)
{
	struct tagma_msg *msg = &c->msg;
	uint32_t words[3] = { m->w[0], m->w[1], msg->w[2] };

	memcpy(&msg->w[2], words, sizeof(words));
	m->w[0] = m->sender;
	m->w[1] = msg->via;
	m->tag = TAGMA_T_LONG | TAGMA_T_WORDS(CARRIED_WORDS);
	c->out++;
	return c->peer;
}

/* What the other chief has brought. */
static uint32_t hand_in(struct chief *c, struct ipc *m)
{
	struct tagma_msg *msg = &c->msg;
	uint32_t to = m->w[1];

	c->peer = m->sender;
	msg->via = m->w[0];
	m->w[0] = msg->w[2];
	m->w[1] = msg->w[3];
	msg->w[2] = msg->w[4];
	m->tag = TAGMA_T_LONG | TAGMA_T_ALIAS | TAGMA_T_WORDS(3);
	c->in++;
	return to;
}

static void chief_main(void *arg)
{
	struct chief *c = arg;
	struct ipc m = { .tag = TAGMA_T_LONG };
	uint32_t to = TAGMA_NIL;

	for (;;) {
		m.w[2] = (uint32_t)(uintptr_t)&c->msg;
		ipc(&m, to, TAGMA_ANY);
		to = TAGMA_NIL;
		if (!ipc_failed(&m) && (m.tag & TAGMA_T_REDIRECTED)) {
			if (m.w[0] != FORBIDDEN)
				to = carry_out(c, &m);
			else
				c->dropped++;
		} else if (!ipc_failed(&m) && TAGMA_T_NWORDS(m.tag) == CARRIED_WORDS) {
			to = hand_in(c, &m);
		}
		if (to == TAGMA_NIL)
			m.tag = TAGMA_T_LONG;
	}
}

static void server_main(void *arg)
{
	struct ipc m = { 0 };
	uint32_t served = 0;

	(void)arg;
	ipc_receive(&m, TAGMA_ANY);
	for (;;) {
		m.tag = TAGMA_T_WORDS(3);
		m.w[0] += 1;
		m.w[1] *= 2;
		m.w[2] = ++served;
		ipc_reply_wait(&m, m.sender);
	}
}

static void equal(uint32_t got, uint32_t want, const char *what)
{
	test_equal((long)got, (long)want, "%s", what);
}

static uint32_t start(void (*fn)(void *arg), uint32_t *stack, void *arg)
{
	struct tagma_thread self;
	uint32_t id = TAGMA_NIL;
	int err = thread_info(thread_self(), &self);

	if (!err)
		err = thread_start(&id, self.prio, fn, arg, stack + ARRAY_SIZE(stacks[0]));
	test_equal(err, 0, "a thread");
	return id;
}

static void start_chief(uint32_t peer)
{
	struct tagma_clan clan = { .domid = DOMID_SELF };

	chief.peer = peer;
	chief.id = clan.chief = start(chief_main, stacks[0], &chief);
	test_equal(HYPERVISOR_tagma_domain(TAGMA_DOMAIN_set_chief, &clan), 0, "a chief");
	clan.chief = chief.peer;
	if (peer)
		test_equal(HYPERVISOR_tagma_domain(TAGMA_DOMAIN_set_chief, &clan), -EPERM,
			   "nobody of another domain");
}

static void run_client(uint32_t server, uint32_t calls)
{
	static struct tagma_msg msg __attribute__((aligned(512)));
	struct ipc m;
	uint32_t right = 0;

	for (uint32_t i = 1; i <= calls; i++) {
		m = (struct ipc){ .tag = TAGMA_T_WORDS(3), .w = { i, i, i } };
		if (ipc_call(&m, server) == 0 && (m.tag & TAGMA_T_REDIRECTED) &&
		    m.sender == server && m.w[0] == i + 1 && m.w[1] == 2 * i && m.w[2] == i)
			right++;
	}
	equal(right, calls, "answers from the other clan's server, under its own id");
	equal(chief.out, calls, "each call went out through the chief");
	equal(chief.in, calls, "each answer came in through the chief");
	m = (struct ipc){
		.tag = TAGMA_T_LONG | TAGMA_T_TIMED | TAGMA_T_WORDS(1),
		.w = { FORBIDDEN, 0, (uint32_t)(uintptr_t)&msg },
	};
	msg.snd_us = TAGMA_NEVER;
	msg.rcv_us = PATIENCE_US;
	test_equal(ipc_call(&m, server), -ETIMEDOUT, "what the chief drops gets no answer");
	equal(chief.dropped, 1, "it was the chief who dropped it");
	m = (struct ipc){ .tag = TAGMA_T_WORDS(3) };
	ipc_call(&m, server);
	equal(m.w[2], calls + 1, "and never reached the server");
	test_done();
}

void guest_main(struct start_info *si)
{
	uint32_t server = (uint32_t)guest_option_u64("server", 0);

	(void)si;
	event_disable();
	start_chief((uint32_t)guest_option_u64("chief", 0));
	if (server)
		run_client(server, (uint32_t)guest_option_u64("calls", 100));
	server = start(server_main, stacks[1], NULL);
	printf("clan: server=%u chief=%u\n", server, chief.id);
	event_enable();
	for (;;)
		event_wait();
}
