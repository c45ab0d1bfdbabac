/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory-based messaging and channels, tested where they run. */
#ifndef TEST_SIGNAL_H
#define TEST_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

/* A space with this kernel's image at the same addresses; a thread that runs fn there. */
uint32_t make_space(void);
uint32_t make_thread(uint32_t space, void (*fn)(void *arg), void *arg);
uint32_t self_prio(void);
/* Lets the others run until *flag is `value`; false if it never is. */
bool wait_for(const volatile uint32_t *flag, uint32_t value);
uint64_t counter(const char *name);

void test_signals(void);
void test_channels(void);
void test_peer(uint32_t nr); /* serves so many other domains */
_Noreturn void peer_main(uint32_t server);

#endif
