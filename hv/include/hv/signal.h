/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory-based messaging (seed CK-5). A mapping may be in *message mode*: then it has a
 * signal thread. Who can write the frame by any other mapping signals an address in it,
 * and each of these threads is told that address as its own mapping has it.
 *
 *	sender ── page ──> frame ──> its message mappings ──> signal threads' queues
 *	             reverse TLB (per CPU): frame and sender ──> thread and page
 *
 * Invariants: a message mapping is mapped, and its thread is alive (or written back, with
 * its domain's vCPU in its place) and of the space's domain; a frame has FRAME_MESSAGE iff it has
 *message mappings, and at most SIGNAL_RECEIVERS of them. When one of them goes against its owner's
 *will (flushed, its thread unloaded, itself replaced), all of the frame's go: a sender then hears
 *that nobody listens, and never signals past somebody (multi-mapping consistency). Lock: the kernel
 *lock. A signal is O(SIGNAL_RECEIVERS * SIGNAL_QUEUE).
 */
#ifndef HV_SIGNAL_H
#define HV_SIGNAL_H

#include <hv/frame.h>
#include <hv/list.h>
#include <public/tagma.h>

#define SIGNAL_QUEUE 16u     /* signals that wait for a thread */
#define SIGNAL_RECEIVERS 16u /* message mappings of a frame */

/* In struct thread. */
struct signal_queue {
	uint32_t addr[SIGNAL_QUEUE]; /* a ring: all different */
	uint32_t head, nr;
	uint32_t lost;	   /* came when it was full, since the last one was taken */
	struct list marks; /* message mappings with this thread */
};

/* Reverse TLB (seed CK-5): of a frame with one receiver besides the sender. Two ways. */
#define RTLB_SETS 32u
struct rtlb_entry {
	mfn_t mfn;	/* MFN_NONE: free */
	uint32_t space; /* the sender's */
	vpn_t vpn;
	uint32_t thread; /* the receiver's, and where it has the frame */
	vpn_t to;
};
struct rtlb {
	struct rtlb_entry way[RTLB_SETS][2];
};

/* --- signal.c: message mappings */
void signal_init(uint32_t nr);
void signal_init_thread(struct thread *t);

/* The thread that caller names for pages of s: TAGMA_NIL is NULL. *err: -ESRCH, -EPERM. */
struct thread *signal_thread(struct domain *caller, const struct space *s, uint32_t id, int *err);
/* Message mode on, with t as signal thread (moves there if it was on), or off if t is NULL.
 * -EINVAL not mapped, -ENOENT off already, -ENOSPC too many of this frame, -ENOMEM. */
int signal_mark(struct space *s, vpn_t vpn, struct thread *t);

/* The mapping goes. Call it if the frame has FRAME_MESSAGE. */
void signal_unmapped(const struct space *s, vpn_t vpn, mfn_t m);
void signal_release_thread(struct thread *t); /* O(message mappings) */
bool signal_check(void);

/* t is written back. Its message mappings stay; what is signalled there waits, and the domain
 * hears of it by signal_wanted() until it reloads t, or gives them to another. O(mappings) */
void signal_thread_away(struct thread *t);
void signal_thread_back(struct thread *t, uint32_t old); /* t was `old` when it went */
bool signal_wanted(const struct domain *d, struct tagma_wanted *w);

/* Calls fn for each message mapping of m but the one at (s, vpn), if its thread is loaded; else
 * offset waits there. Returns how many there are. */
uint32_t signal_for_others(mfn_t m, const struct space *s, vpn_t vpn, uint32_t offset,
			   void (*fn)(void *arg, uint32_t thread, vpn_t to), void *arg);

/* --- signal_send.c: signals */
/* -EFAULT the sender cannot write there, -ESRCH nobody listens. */
int signal_send(struct thread *s, gva_t va);
/* The oldest waiting signal as the words of its message; false: none. It stays until taken. */
bool signal_first(const struct thread *t, uint32_t w[3]);
void signal_take(struct thread *t);
void signal_post(struct thread *t, uint32_t addr);
void rtlb_forget(mfn_t m);

#endif
