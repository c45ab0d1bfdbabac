/* SPDX-License-Identifier: GPL-2.0-only */
/* What random arguments are made of. */
#ifndef HOSTILE_ARGS_H
#define HOSTILE_ARGS_H

#include <stddef.h>

#include "hostile.h"

uint32_t rnd(uint32_t n); /* below n; any word if n is 0 */
uint32_t rnd_word(void);  /* one that may hurt */
uint32_t rnd_id(uint32_t type);
uint32_t rnd_domid(void); /* another domain, or none */
uint32_t own_or_other_domid(void);
uint32_t rnd_port(void);
uint32_t rnd_spare_page(void);
uint32_t rnd_arena_page(void);

/* Lays data out in the arena; mostly returns where. */
void *put(const void *data, size_t len);
void *put_random(size_t len);

/* Around each call, so that what it loads is known and can be unloaded. */
void args_begin(uint32_t nr, uint32_t cmd, const void *arg);
void args_done(long ret);

#endif
