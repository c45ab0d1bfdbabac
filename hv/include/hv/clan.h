/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clans and chiefs (L4-13; docs/ipc.md). A domain with a chief is a clan: a user message
 * across its border goes to the chief instead, who sees the true sender and the intended
 * receiver, and may pass it on under the sender's name. Who is its own chief's partner, or
 * has no chief on either side, pays two loads and a jump.
 */
#ifndef HV_CLAN_H
#define HV_CLAN_H

#include <hv/domain.h>
#include <hv/thread.h>

/* Who gets what s sends to r. Sets s->ipc.intended if it is a chief in r's place; NULL:
 * that chief is gone. */
struct thread *clan_route(struct thread *s, struct thread *r);

/* s wants to send to r under the name ipc.alias: 0, -ESRCH, -EPERM. */
int clan_check_alias(const struct thread *s, const struct thread *r);

long clan_set_chief(struct thread *t, void *arg);

static inline bool clan_border(const struct thread *s, const struct thread *r)
{
	return s->domain != r->domain && (s->domain->chief | r->domain->chief) != TAGMA_NIL;
}

#endif
