/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCG plugin: how often each instruction runs between the marks that a guest sets (long NOPs,
 * guests/bench/x86/stamp_asm.h). Argument: out=FILE, which gets a line "address count" for
 * each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"
#include "../../../guests/bench/x86/stamp_asm.h"

#define BUCKETS 65536u

int qemu_plugin_version = 1;

/* One per address; it outlives the translations, which know it by pointer. */
struct site {
	struct site *next;
	uint64_t address, count;
};

static struct site *sites[BUCKETS];
static bool on;
static char *out_name;

static struct site *site_of(uint64_t address)
{
	struct site **head = &sites[(address ^ address >> 16) % BUCKETS], *s;

	for (s = *head; s; s = s->next)
		if (s->address == address)
			return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->address = address;
	s->next = *head;
	*head = s;
	return s;
}

static void count(unsigned int cpu, void *arg)
{
	struct site *s = arg;

	(void)cpu;
	s->count += on;
}

static void start(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	on = true;
}

static void stop(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	on = false;
}

static uint32_t mark_of(const struct qemu_plugin_insn *insn)
{
	static const uint8_t nop[] = { 0x0f, 0x1f, 0x84, 0x00 };
	const uint8_t *p = qemu_plugin_insn_data(insn);
	uint32_t mark = 0;

	if (qemu_plugin_insn_size(insn) == 8 && !memcmp(p, nop, sizeof(nop)))
		memcpy(&mark, p + sizeof(nop), sizeof(mark));
	return mark;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t mark = mark_of(insn);
		exec_fn *fn = mark == MARK_START ? start : mark == MARK_STOP ? stop : count;
		struct site *s = fn == count ? site_of(qemu_plugin_insn_vaddr(insn)) : NULL;

		qemu_plugin_register_vcpu_insn_exec_cb(insn, fn, 0, s);
	}
}

static void finish(plugin_id id, void *arg)
{
	FILE *f = fopen(out_name, "w");

	(void)id;
	(void)arg;
	if (!f) {
		perror(out_name);
		return;
	}
	for (unsigned int b = 0; b < BUCKETS; b++)
		for (const struct site *s = sites[b]; s; s = s->next)
			if (s->count)
				fprintf(f, "%llx %llu\n", (unsigned long long)s->address,
					(unsigned long long)s->count);
	fclose(f);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out_name = strdup(argv[i] + 4);
	if (!out_name) {
		fprintf(stderr, "profile: out=FILE is missing\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
