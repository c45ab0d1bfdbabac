/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCG plugin: caches and TLBs that a program might have met, and the hypervisor's share of
 * the instructions. Whatever is not asked for is not modelled.
 *
 *   out=FILE             a line for each interval between two marks, and one for the whole run
 *   hv=ADDR              where the hypervisor's addresses begin; its entries are global
 *   image=ADDR           where its image's physical address 0 would be
 *   direct=ADDR          its map of memory, in pages of 2 MB, for 512 GB
 *   l1i=SIZE:WAYS:LINE   l1d=, l2=    in bytes; l2 is unified, all are write-back
 *   tlb=NAME:ENTRIES:WAYS[:i|:d]      up to 4; of instructions, data, or both in one
 *   boot=ADDR            totals and stays count from when this was first passed
 *   watch=NAME:ADDR      up to 8: stays in the hypervisor that pass this instruction
 *
 * Caches are indexed by physical address, TLBs by linear address. Each TLB is there twice, on
 * one trace: `flushed` loses all but the global entries at each load of CR3, `tagged` knows the
 * space by where the hypervisor keeps the value that it loads, and loses nothing.
 * An invlpg is counted, and takes nothing: its address is not to be had.
 *
 * Marks (TAGMA_MARK_*) count only if the hypervisor makes them. Nothing is modelled before
 * the first. Not modelled: page walks, what the CPU pushes and pops by itself, DMA, prefetching.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../hv/include/public/tagma.h"
#include "hierarchy.h"
#include "qemu_plugin.h"

#define MAX_WATCHES 8u
#define NR_REGS 16u

int qemu_plugin_version = 1;

struct watch {
	char name[16];
	uint64_t address, stays, instructions;
	bool passed;
};

/* A translated block; it lives as long as QEMU's translations. */
struct block {
	struct block *next;
	uint32_t instructions, nr_lines;
	bool hv;
	struct {
		uint64_t vaddr, paddr;
	} line[]; /* of the instruction cache */
};

static char *out_name;
static uint64_t image;	   /* where physical address 0 of the hypervisor's image would be */
static uint64_t host_base; /* of physical address 0 */
static struct block *blocks;
static struct watch watches[MAX_WATCHES];
static uint32_t nr_watches;
static uint64_t loaded_from[NR_REGS]; /* by the hypervisor, since CR3 was loaded last */
static uint64_t hv_instructions, entered_at;
static uint64_t boot, booted_at; /* an address; when it was first passed */

/* --- what QEMU calls when code runs */

/* arg: the address of the mark, which is that much below the one read. */
static void on_mark(unsigned int cpu, mem_info info, uint64_t vaddr, void *arg)
{
	(void)cpu;
	(void)info;
	model_mark(vaddr - (uint64_t)(uintptr_t)arg);
}

static void on_memory(unsigned int cpu, mem_info info, uint64_t vaddr, void *arg)
{
	uint64_t bytes = 1ull << qemu_plugin_mem_size_shift(info), last = vaddr + bytes - 1;
	struct qemu_plugin_hwaddr *h;

	(void)cpu;
	if (arg)
		loaded_from[(uintptr_t)arg - 1] = vaddr;
	if (!model.on)
		return;
	model_translate(vaddr, TLB_DATA);
	if (last >> PAGE_SHIFT != vaddr >> PAGE_SHIFT)
		model_translate(last, TLB_DATA);
	h = model.l1d.entry ? qemu_plugin_get_hwaddr(info, vaddr) : NULL;
	if (h && !qemu_plugin_hwaddr_is_io(h))
		model_data(qemu_plugin_hwaddr_phys_addr(h), bytes, qemu_plugin_mem_is_store(info));
}

static void stay_ends(void)
{
	uint64_t n = model.instructions - entered_at;

	entered_at = model.instructions;
	hv_instructions += n;
	for (uint32_t i = 0; i < nr_watches; i++) {
		if (!watches[i].passed)
			continue;
		watches[i].passed = false;
		watches[i].stays++;
		watches[i].instructions += n;
	}
}

/* A guest whose first instruction faults executes nothing between two stays. */
static void on_leave(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	if (booted_at)
		stay_ends();
}

static void on_boot(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	if (!booted_at)
		entered_at = booted_at = model.instructions;
}

static void on_block(unsigned int cpu, void *arg)
{
	const struct block *b = arg;

	(void)cpu;
	if (b->hv != model.in_hv) {
		model.in_hv = b->hv;
		if (model.in_hv)
			entered_at = model.instructions;
		else if (booted_at)
			stay_ends();
	}
	model.instructions += b->instructions;
	for (uint32_t i = 0; model.on && i < b->nr_lines; i++)
		model_fetch(b->line[i].vaddr, b->line[i].paddr);
}

static void on_watch(unsigned int cpu, void *arg)
{
	(void)cpu;
	((struct watch *)arg)->passed = booted_at != 0;
}

/* arg: the register whose value is the new CR3. */
static void on_cr3(unsigned int cpu, void *arg)
{
	(void)cpu;
	model_space(loaded_from[(uintptr_t)arg]);
	memset(loaded_from, 0, sizeof(loaded_from));
}

static void on_invlpg(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	model.invlpg++;
}

/* --- what QEMU calls when it translates */

static uint64_t physical(uint64_t vaddr, const void *host)
{
	uint64_t h = (uint64_t)(uintptr_t)host;

	if (!host_base && vaddr >= model.global_from && vaddr - image < 1u << 22)
		host_base = h - (vaddr - image);
	return h - host_base;
}

static bool is_mark(const struct qemu_plugin_insn *insn)
{
	static const uint32_t imm = TAGMA_MARK_NOP;
	const uint8_t *p = qemu_plugin_insn_data(insn);

	return qemu_plugin_insn_size(insn) == 8 && !memcmp(p, "\x0f\x1f\x84", 4) &&
	       !memcmp(p + 4, &imm, sizeof(imm)) &&
	       qemu_plugin_insn_vaddr(insn) >= model.global_from;
}

/* 1 + the register that a 64-bit `mov mem, reg` loads; 0: it is something else. */
static uintptr_t loads_register(const uint8_t *p, size_t size)
{
	if (size < 3 || (p[0] & 0xf8) != 0x48 || p[1] != 0x8b || p[2] >= 0xc0)
		return 0;
	return 1u + (p[2] >> 3 & 7u) + (p[0] & 4 ? 8u : 0u);
}

/* iretq, sysret, sysexit */
static bool leaves_hv(const uint8_t *p, size_t size)
{
	return size == 2 && (!memcmp(p, "\x48\xcf", 2) || !memcmp(p, "\x0f\x07", 2) ||
			     !memcmp(p, "\x0f\x35", 2));
}

/* Instructions of the hypervisor that change address spaces, or end its stay. */
static void translate_hv(struct qemu_plugin_insn *insn, const uint8_t *p, size_t size)
{
	size_t rex = size == 4 && p[0] == 0x41;

	if (size == 3 + rex && p[rex] == 0x0f && p[rex + 1] == 0x22 && (p[rex + 2] & 0xf8) == 0xd8)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_cr3, 0,
						       (void *)((p[rex + 2] & 7u) + 8 * rex));
	if (size >= 3 && p[0] == 0x0f && p[1] == 0x01 && (p[2] & 0xf8) == 0x38)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_invlpg, 0, NULL);
	if (leaves_hv(p, size))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_leave, 0, NULL);
}

static void translate_insn(struct qemu_plugin_insn *insn, const struct qemu_plugin_insn *before)
{
	uint64_t vaddr = qemu_plugin_insn_vaddr(insn);
	const uint8_t *p = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn);
	uintptr_t reg = vaddr >= model.global_from ? loads_register(p, size) : 0;

	if (before && is_mark(before)) {
		qemu_plugin_register_vcpu_mem_cb(insn, on_mark, 0, MEM_RW,
						 (void *)(uintptr_t)qemu_plugin_insn_vaddr(before));
		return;
	}
	if (model.nr_tlbs || model.l1d.entry)
		qemu_plugin_register_vcpu_mem_cb(insn, on_memory, 0, MEM_RW, (void *)reg);
	if (vaddr >= model.global_from)
		translate_hv(insn, p, size);
	if (vaddr == boot)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_boot, 0, NULL);
	for (uint32_t i = 0; i < nr_watches; i++)
		if (watches[i].address == vaddr)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_watch, 0, &watches[i]);
}

/* The cache lines that the block's instructions lie in, each once in a row. */
static void add_lines(struct block *b, const struct qemu_plugin_insn *insn)
{
	uint32_t shift = model.l1i.entry ? model.l1i.shift : PAGE_SHIFT;
	uint64_t v = qemu_plugin_insn_vaddr(insn);
	uint64_t p = physical(v, qemu_plugin_insn_haddr(insn));
	uint64_t end = v + qemu_plugin_insn_size(insn);

	for (uint64_t at = v; at < end; at = ((at >> shift) + 1) << shift) {
		uint32_t n = b->nr_lines;

		if (n && b->line[n - 1].vaddr >> shift == at >> shift)
			continue;
		b->line[n].vaddr = at;
		b->line[n].paddr = p + (at - v);
		b->nr_lines++;
	}
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	struct block *b = malloc(sizeof(*b) + 2 * n * sizeof(b->line[0]));
	const struct qemu_plugin_insn *before = NULL;

	(void)id;
	if (!b)
		abort();
	*b = (struct block){
		.next = blocks,
		.instructions = (uint32_t)n,
		.hv = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)) >= model.global_from,
	};
	blocks = b;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		add_lines(b, insn);
		translate_insn(insn, before);
		before = insn;
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, 0, b);
}

/* QEMU throws all its translations away: nobody knows our blocks any more. */
static void on_flush(plugin_id id)
{
	(void)id;
	while (blocks) {
		struct block *b = blocks;

		blocks = b->next;
		free(b);
	}
}

static void finish(plugin_id id, void *arg)
{
	(void)id;
	(void)arg;
	if (model.in_hv)
		stay_ends();
	fprintf(model.out, "total");
	model_print("all", "instructions", model.instructions - booted_at);
	model_print("hv", "instructions", hv_instructions);
	for (uint32_t i = 0; i < nr_watches; i++) {
		model_print(watches[i].name, "stays", watches[i].stays);
		model_print(watches[i].name, "instructions", watches[i].instructions);
	}
	fprintf(model.out, "\n");
	fclose(model.out);
}

/* --- options */

static bool set_cache(struct cache *c, const char *value)
{
	unsigned long size, ways, line;

	return sscanf(value, "%lu:%lu:%lu", &size, &ways, &line) == 3 && line &&
	       !(line & (line - 1)) && size % line == 0 &&
	       cache_make(c, size / line, ways, (uint32_t)__builtin_ctzl(line));
}

static bool set_tlb(const char *value)
{
	struct tlb *t = &model.tlb[model.nr_tlbs];
	unsigned long entries, ways;
	char kind = 0;

	if (model.nr_tlbs == MAX_TLBS ||
	    sscanf(value, "%15[a-z0-9]:%lu:%lu:%c", t->name, &entries, &ways, &kind) < 3 ||
	    (kind && kind != 'i' && kind != 'd'))
		return false;
	t->kind = (kind == 'd' ? 0 : TLB_FETCH) | (kind == 'i' ? 0 : TLB_DATA);
	model.nr_tlbs++;
	return cache_make(&t->flushed, entries, ways, PAGE_SHIFT) &&
	       cache_make(&t->tagged, entries, ways, PAGE_SHIFT);
}

static bool set_watch(const char *value)
{
	struct watch *w = &watches[nr_watches];
	unsigned long long address;

	if (nr_watches == MAX_WATCHES || sscanf(value, "%15[a-z0-9_]:%llx", w->name, &address) != 2)
		return false;
	w->address = address;
	nr_watches++;
	return true;
}

static bool set_address(uint64_t *to, const char *value)
{
	char *end;

	*to = strtoull(value, &end, 16);
	return *value && !*end;
}

static bool set_option(const char *arg)
{
	const char *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value - arg) : 0;

#define IS(name) (len == sizeof(name) - 1 && !memcmp(arg, name, len))
	value++;
	if (IS("out"))
		return (out_name = strdup(value)) != NULL;
	if (IS("hv"))
		return set_address(&model.global_from, value);
	if (IS("image"))
		return set_address(&image, value);
	if (IS("boot"))
		return set_address(&boot, value);
	if (IS("direct"))
		return set_address(&model.direct, value);
	if (IS("l1i"))
		return set_cache(&model.l1i, value);
	if (IS("l1d"))
		return set_cache(&model.l1d, value);
	if (IS("l2"))
		return set_cache(&model.l2, value);
	if (IS("tlb"))
		return set_tlb(value);
	return IS("watch") && set_watch(value);
#undef IS
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!set_option(argv[i])) {
			fprintf(stderr, "model: bad option %s\n", argv[i]);
			return -1;
		}
	}
	model.out = out_name ? fopen(out_name, "w") : NULL;
	if (!model.out) {
		perror(out_name ? out_name : "model: out=FILE is missing");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_flush_cb(id, on_flush);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
