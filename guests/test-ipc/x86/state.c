/* SPDX-License-Identifier: GPL-2.0-only */
#include "state.h"
#include <tagma/arch.h>

#define FLAT_DS 0xe02bu

static void set_es(uint32_t sel) { __asm__ volatile("mov %w0, %%es" ::"r"(sel)); }

void state_init(struct state *s)
{
	if (s->tls)
		__asm__ volatile("mov %w0, %%fs" ::"r"(TAGMA_TLS_SEL(STATE_TLS_SLOT)));
	if (s->fpu)
		__asm__ volatile("fninit; fildl %0" ::"m"(s->number));
}

void state_enter(struct state *s)
{
	if (s->es)
		set_es(TAGMA_TLS_SEL(STATE_TLS_SLOT));
}

bool state_leave(struct state *s)
{
	uint32_t es, ds, fs, mark = s->mark, number = s->number;

	__asm__ volatile("mov %%es, %0" : "=r"(es));
	set_es(FLAT_DS);
	__asm__ volatile("mov %%ds, %0" : "=r"(ds));
	__asm__ volatile("mov %%fs, %0" : "=r"(fs));
	if (s->tls)
		__asm__ volatile("movl %%fs:0, %0" : "=r"(mark));
	if (s->fpu)
		__asm__ volatile("fistl %0" : "=m"(number));
	return (es & 0xffff) == (s->es ? TAGMA_TLS_SEL(STATE_TLS_SLOT) : FLAT_DS) &&
	       (ds & 0xffff) == FLAT_DS &&
	       (fs & 0xffff) == (s->tls ? TAGMA_TLS_SEL(STATE_TLS_SLOT) : 0) && mark == s->mark &&
	       number == s->number;
}
