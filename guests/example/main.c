/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A one-application kernel: a key-value store on its console, on nothing but
 * guests/lib. Its main loop is the whole scheduler: wait for an event, handle it.
 *
 *	set NAME VALUE	get NAME	del NAME	list	time	mem	primes N
 *	shutdown REASON (0: power off, 1: reboot, 3: crash)
 */
#include <list.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/time.h>

struct pair {
	struct list link;
	char *name, *value;
};

#define PRIMES_MAX 10000000u

static struct list pairs = LIST_INIT(pairs);

static struct pair *pair_find(const char *name)
{
	list_for_each (l, &pairs) {
		struct pair *p = list_entry(l, struct pair, link);

		if (!strcmp(p->name, name))
			return p;
	}
	return 0;
}

static void pair_delete(struct pair *p)
{
	list_del(&p->link);
	free(p->name);
	free(p->value);
	free(p);
}

static void cmd_set(char **w)
{
	struct pair *old = pair_find(w[0]), *p = calloc(1, sizeof(*p));

	if (p) {
		list_init(&p->link);
		p->name = strdup(w[0]);
		p->value = strdup(w[1]);
	}
	if (!p || !p->name || !p->value) {
		puts("no memory");
		if (p)
			pair_delete(p);
		return;
	}
	if (old)
		pair_delete(old);
	list_add_tail(&pairs, &p->link);
}

static void cmd_get(char **w)
{
	const struct pair *p = pair_find(w[0]);

	puts(p ? p->value : "no such name");
}

static void cmd_del(char **w)
{
	struct pair *p = pair_find(w[0]);

	if (p)
		pair_delete(p);
	else
		puts("no such name");
}

static void cmd_list(char **w)
{
	(void)w;
	list_for_each (l, &pairs) {
		const struct pair *p = list_entry(l, struct pair, link);

		printf("%s = %s\n", p->name, p->value);
	}
}

static void cmd_time(char **w)
{
	uint64_t ns = time_ns();

	(void)w;
	printf("%llu.%09llu s since boot\n", ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

static void cmd_mem(char **w)
{
	(void)w;
	printf("%zu of %zu pages free\n", mem_free_pages(), mem_total_pages());
}

static void cmd_primes(char **w)
{
	size_t n = strtoul(w[0], 0, 10), count = 0;
	char *composite = n < PRIMES_MAX ? calloc(n + 1, 1) : 0;

	if (!composite) {
		puts("no memory");
		return;
	}
	for (size_t i = 2; i <= n; i++) {
		if (composite[i])
			continue;
		count++;
		for (size_t k = 2 * i; k <= n; k += i)
			composite[k] = 1;
	}
	printf("%zu primes up to %zu\n", count, n);
	free(composite);
}

static void cmd_shutdown(char **w) { guest_shutdown((unsigned int)atoi(w[0])); }

static const struct {
	const char *name;
	void (*run)(char **w);
	int words;
} commands[] = {
	{ "set", cmd_set, 2 },	     { "get", cmd_get, 1 },	      { "del", cmd_del, 1 },
	{ "list", cmd_list, 0 },     { "time", cmd_time, 0 },	      { "mem", cmd_mem, 0 },
	{ "primes", cmd_primes, 1 }, { "shutdown", cmd_shutdown, 1 },
};

static void run_line(char *line)
{
	char *w[2], *save, *cmd = strtok_r(line, " ", &save);
	int words;

	w[0] = strtok_r(0, " ", &save);
	w[1] = save;
	words = w[0] ? 1 + (*w[1] != 0) : 0;
	for (size_t i = 0; cmd && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(cmd, commands[i].name))
			continue;
		if (words < commands[i].words)
			printf("%s wants %d words\n", cmd, commands[i].words);
		else
			commands[i].run(w);
		cmd = 0;
	}
	if (cmd)
		printf("no command %s\n", cmd);
	printf("> ");
}

/* Characters as they come, echoed; a line is run at its end. */
static void console_input(void *arg)
{
	static char line[256];
	static size_t len;
	char c;

	(void)arg;
	while (console_get(&c, 1)) {
		if (c == '\r' || c == '\n') {
			puts("");
			line[len] = 0;
			len = 0;
			run_line(line);
		} else if ((c == '\b' || c == 127) && len) {
			len--;
			printf("\b \b");
		} else if (c >= ' ' && len < sizeof(line) - 1) {
			line[len++] = c;
			putchar(c);
		}
	}
	console_notify();
}

void guest_main(struct start_info *si)
{
	(void)si;
	printf("example: a kernel of one application; try: set a 1, get a, list\n> ");
	console_set_handler(console_input, 0);
	for (;;) {
		event_dispatch();
		console_input(0);
		event_wait();
	}
}
