/* SPDX-License-Identifier: GPL-2.0-only */
/* The end: registers, a backtrace with symbols, and a stop (or reboot with panic=reboot). */
#ifndef HV_PANIC_H
#define HV_PANIC_H

_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void panic_init(void); /* after option_init */

/* The machine can not go on, but has nothing more to say: as panic= tells. */
_Noreturn void machine_stop(void);

/* For what only a bug of the hypervisor can break; never for what a guest sends. */
#define ASSERT(c)                                                                     \
	do {                                                                          \
		if (__builtin_expect(!(c), 0))                                        \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #c); \
	} while (0)

#endif
