/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A one-application kernel: a key-value store on its console, on nothing but
 * guests/lib. Its main loop is the whole scheduler: wait for an event, handle it. Its store is
 * a region of its own space (<tagma/vm.h>), paged by its own trap handler: save puts a
 * copy-on-write copy on top of what there is, undo takes it off again.
 *
 *	set NAME VALUE	get NAME	del NAME	list	save	undo
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
#include <tagma/upcall.h>
#include <tagma/vm.h>

#define STORE 0x40000000u
#define STORE_END 0x50000000u
#define STORE_SIZE 0x400000u
#define SAVES_MAX 16u
#define SPARE 16u /* free pages that faults may need */

struct pair {
	char name[32], value[96];
};

struct store {
	uint32_t used, saves;
	struct pair pair[(STORE_SIZE - 8) / sizeof(struct pair)];
};

static struct store *const store = (struct store *)STORE;
static struct vm_space vm;
static struct vm_object *top; /* what the store shows; top->below is what was saved */

static struct pair *pair_find(const char *name)
{
	for (uint32_t i = 0; i < store->used; i++)
		if (!strcmp(store->pair[i].name, name))
			return &store->pair[i];
	return 0;
}

static void cmd_set(char **w)
{
	struct pair *p = pair_find(w[0]);

	if (strlen(w[0]) >= sizeof(p->name) || strlen(w[1]) >= sizeof(p->value) ||
	    store->used == ARRAY_SIZE(store->pair) || mem_free_pages() < SPARE) {
		puts("too long, or no memory");
		return;
	}
	if (!p) {
		p = &store->pair[store->used++];
		strcpy(p->name, w[0]);
	}
	strcpy(p->value, w[1]);
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
		*p = store->pair[--store->used];
	else
		puts("no such name");
}

static void cmd_list(char **w)
{
	(void)w;
	for (uint32_t i = 0; i < store->used; i++)
		printf("%s = %s\n", store->pair[i].name, store->pair[i].value);
}

static bool store_show(struct vm_object *o)
{
	uint32_t at = STORE;

	top = o;
	return o && !vm_unmap(&vm, STORE, STORE_SIZE) &&
	       !vm_map(&vm, &at, STORE_SIZE, TAGMA_RW, VM_AUTO, o, 0);
}

static void cmd_save(char **w)
{
	struct vm_object *o = store->saves < SAVES_MAX && mem_free_pages() >= SPARE
				      ? vm_copy(top, 0, top->pages)
				      : 0;

	(void)w;
	if (o && store_show(o))
		store->saves++;
	else
		puts("no memory");
}

static void cmd_undo(char **w)
{
	struct vm_object *o = top;

	(void)w;
	if (!o->below)
		puts("nothing saved");
	else if (!store_show(o->below) || vm_put(o))
		puts("no memory");
}

static void cmd_shutdown(char **w) { guest_shutdown((unsigned int)atoi(w[0])); }

static const struct {
	const char *name;
	void (*run)(char **w);
} commands[] = {
	{ "set", cmd_set },	      { "get", cmd_get },   { "del", cmd_del },
	{ "list", cmd_list },	      { "save", cmd_save }, { "undo", cmd_undo },
	{ "shutdown", cmd_shutdown },
};

static void run_line(char *line)
{
	char *save, *cmd = strtok_r(line, " ", &save);
	char *name = cmd ? strtok_r(0, " ", &save) : 0;
	char *w[2] = { name ? name : "", name ? save : "" };
	size_t i = 0;

	while (cmd && i < ARRAY_SIZE(commands) && strcmp(cmd, commands[i].name))
		i++;
	if (cmd && i < ARRAY_SIZE(commands))
		commands[i].run(w);
	else if (cmd)
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

/* The kernel is its own pager. */
static void on_trap(struct tagma_frame *f)
{
	if (f->regs.trap == TAGMA_TRAP_FAULT && !vm_touch(&vm, f->fault, f->regs.code))
		return;
	upcall_dump(f);
	guest_shutdown(SHUTDOWN_crash);
}

void guest_main(struct start_info *si)
{
	(void)si;
	trap_init(on_trap);
	vm_init(&vm, TAGMA_SELF, STORE, STORE_END);
	if (!store_show(vm_zero(STORE_SIZE / PAGE_SIZE)))
		abort();
	printf("example: a kernel of one application; try: set a 1, save, get a, undo\n> ");
	console_set_handler(console_input, 0);
	for (;;) {
		event_dispatch();
		console_input(0);
		event_wait();
	}
}
