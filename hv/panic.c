/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/panic.h>
#include <string.h>

static bool panicking;
static char policy[16]; /* panic=halt, reboot or poweroff */

void panic_init(void)
{
	if (!boot_option("panic", policy, sizeof(policy)))
		policy[0] = '\0';
}

_Noreturn void machine_stop(void)
{
	if (!strcmp(policy, "reboot"))
		arch_reboot();
	if (!strcmp(policy, "poweroff"))
		arch_poweroff();
	arch_halt();
}

_Noreturn void panic(const char *fmt, ...)
{
	char text[200];
	va_list ap;

	/* A fault while we report must not report itself for ever. */
	if (panicking)
		arch_halt();
	panicking = true;

	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kprintf("\nPANIC: %s\n", text);
	arch_backtrace();
	machine_stop();
}
