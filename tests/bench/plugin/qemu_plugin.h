/* SPDX-License-Identifier: GPL-2.0-only */
/* What is used here of QEMU's plugin API 1; Debian ships no header of it. */
#ifndef QEMU_PLUGIN_H
#define QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define MEM_RW 3

typedef uint64_t plugin_id;
typedef uint32_t mem_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
typedef void tb_fn(plugin_id id, struct qemu_plugin_tb *tb);
typedef void exec_fn(unsigned int cpu, void *arg); /* of an instruction, or a block */
typedef void mem_fn(unsigned int cpu, mem_info info, uint64_t vaddr, void *arg);
typedef void exit_fn(plugin_id id, void *arg);
typedef void flush_fn(plugin_id id);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, tb_fn *fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_fn *fn, int flags,
					  void *arg);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_fn *fn, int flags,
					    void *arg);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_fn *fn, int flags, int rw,
				      void *arg);
void qemu_plugin_register_atexit_cb(plugin_id id, exit_fn *fn, void *arg);
void qemu_plugin_register_flush_cb(plugin_id id, flush_fn *fn);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
unsigned int qemu_plugin_mem_size_shift(mem_info info);
bool qemu_plugin_mem_is_store(mem_info info);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(mem_info info, uint64_t vaddr);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *h);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *h);

EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

#endif
