/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks, counted and printed as TAP; with "log" on the command line also to the
 * hypervisor's log, for machines whose console nobody reads. */
#include <stdarg.h>
#include <stdio.h>
#include <tagma/console.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>
#include <tagma/test.h>

static unsigned int nr_tests, nr_failed;

static void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void print(const char *fmt, ...)
{
	char opt[4];
	va_list ap;

	va_start(ap, fmt);
	if (guest_option("log", opt, sizeof(opt)))
		hv_vprintf(fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static void report(bool pass, const char *fmt, va_list ap)
{
	char name[128];

	vsnprintf(name, sizeof(name), fmt, ap);
	nr_tests++;
	if (!pass)
		nr_failed++;
	print("%s %u - %s\n", pass ? "ok" : "not ok", nr_tests, name);
}

bool test_check(bool pass, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(pass, fmt, ap);
	va_end(ap);
	return pass;
}

bool test_equal(long got, long want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		print("# got %ld (0x%lx), expected %ld (0x%lx)\n", got, (unsigned long)got, want,
		      (unsigned long)want);
	return got == want;
}

void test_note(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	print("# %s\n", line);
}

unsigned int test_failures(void) { return nr_failed; }

_Noreturn void test_done(void)
{
	print("1..%u\n", nr_tests);
	guest_shutdown(nr_failed ? SHUTDOWN_crash : SHUTDOWN_poweroff);
}
