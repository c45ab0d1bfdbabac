/* SPDX-License-Identifier: GPL-2.0-only */
/* From the first instruction in C to guest_main(), and the end of the domain. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/control.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/mem.h>
#include <tagma/start.h>

struct start_info *start_info;
struct shared_info *shared_info;

_Noreturn void guest_start(struct start_info *si);

_Noreturn void guest_start(struct start_info *si)
{
	start_info = si;
	shared_info = (struct shared_info *)si->shared_info;
	arch_tls_init();
	mem_init(si);
	event_init();
	console_init(si);
	control_init(si);
	guest_main(si);
	guest_shutdown(SHUTDOWN_poweroff);
}

_Noreturn void guest_shutdown(unsigned int reason)
{
	struct sched_shutdown s = { .reason = reason };

	for (;;)
		HYPERVISOR_sched_op(SCHEDOP_shutdown, &s);
}

_Noreturn void abort(void)
{
	hv_printf("guest: abort\n");
	guest_shutdown(SHUTDOWN_crash);
}

_Noreturn void assert_fail(const char *what, const char *file, int line);

_Noreturn void assert_fail(const char *what, const char *file, int line)
{
	hv_printf("guest: %s:%d: assertion failed: %s\n", file, line, what);
	guest_shutdown(SHUTDOWN_crash);
}

const char *guest_cmdline(void) { return (const char *)start_info->cmd_line; }

bool guest_option(const char *name, char *buf, size_t size)
{
	size_t n = strlen(name);
	const char *p = guest_cmdline();

	for (;;) {
		size_t len;

		while (isspace(*p))
			p++;
		if (!*p)
			return false;
		len = strcspn(p, " \t\n");
		if (len >= n && !memcmp(p, name, n) && (len == n || p[n] == '=')) {
			size_t skip = len == n ? n : n + 1;

			len = len - skip < size ? len - skip : size - 1;
			memcpy(buf, p + skip, len);
			buf[len] = 0;
			return true;
		}
		p += len;
	}
}

uint64_t guest_option_u64(const char *name, uint64_t def)
{
	char buf[24], *end;
	uint64_t v;

	if (!guest_option(name, buf, sizeof(buf)) || !isdigit(buf[0]))
		return def;
	v = strtoull(buf, &end, 0);
	return *end ? def : v;
}
