/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiled to assembler only: rules.mk turns the ".ascii" lines into asm-offsets.h. */
#include <asm/internal.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/ipc_impl.h>
#include <hv/shared_info.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <hv/version.h>

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"((long)(value)))
#define FIELD(name, type, member) DEFINE(name, offsetof(struct type, member))
/* From the top of the empty kernel stack, where entries start. */
#define CPU(name, member) DEFINE(name, (long)offsetof(struct cpu, member) - (long)CPU_AREA_SIZE)
#define REG(r) offsetof(struct thread, arch.regs.r)

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(THREAD_KSTACK, offsetof(struct thread, arch.kstack));
	DEFINE(THREAD_REGS, offsetof(struct thread, arch.regs));
	DEFINE(THREAD_SPACE, offsetof(struct thread, space));
	DEFINE(THREAD_BP, REG(bp));
	DEFINE(THREAD_BX, REG(bx));
	DEFINE(THREAD_AX, REG(ax));
	DEFINE(THREAD_CX, REG(cx));
	DEFINE(THREAD_DX, REG(dx));
	DEFINE(THREAD_SI, REG(si));
	DEFINE(THREAD_DI, REG(di));
	DEFINE(THREAD_IP, REG(ip));
	DEFINE(THREAD_FLAGS, REG(flags));
	DEFINE(THREAD_SP, REG(sp));
	DEFINE(THREAD_SS, REG(ss));
	DEFINE(THREAD_REGS_END, offsetof(struct thread, arch.regs) + sizeof(struct arch_regs));
	FIELD(THREAD_DS, thread, arch.ds);
	FIELD(THREAD_ES, thread, arch.es);
	FIELD(THREAD_FS, thread, arch.fs);
	FIELD(THREAD_GS, thread, arch.gs);
	FIELD(THREAD_KEY, thread, arch.key);
	FIELD(THREAD_VIEW, thread, arch.view);
	FIELD(THREAD_TLS_IN, thread, arch.tls_in);
	FIELD(THREAD_OBJ, thread, obj);
	FIELD(THREAD_DOMAIN, thread, domain);
	FIELD(THREAD_STATE, thread, state);
	FIELD(THREAD_PRIO, thread, prio);
	FIELD(THREAD_BASE_PRIO, thread, base_prio);
	FIELD(THREAD_IRQS_PENDING, thread, nr_irqs_pending);
	FIELD(THREAD_PARTNER, thread, ipc.partner);
	FIELD(THREAD_IPC_TAG, thread, ipc.tag);
	FIELD(THREAD_SENDERS, thread, ipc.senders);
	FIELD(THREAD_VCPU, thread, vcpu);
	DEFINE(THREAD_SIZE, sizeof(struct thread));
	DEFINE(RECEIVING, THREAD_RECEIVING);
	DEFINE(READY, THREAD_READY);
	DEFINE(TAG_SHORT, IPC_SHORT);
	DEFINE(TAG_PASSED, IPC_PASSED);
	DEFINE(TAG_LONG, TAGMA_T_LONG);
	FIELD(OBJECT_ID, object, id);
	FIELD(OBJECT_FLAGS, object, flags);
	DEFINE(OBJECT_REF, OBJ_REF);
	FIELD(POOL_BASE, pool, base);
	FIELD(POOL_MASK, pool, mask);
	FIELD(DOMAIN_ROOT, domain, root);
	FIELD(DOMAIN_PAUSE, domain, pause_count);
	FIELD(DOMAIN_CHIEF, domain, chief);
	FIELD(VCPU_INFO, vcpu, info);
	FIELD(SI_UPCALL_PENDING, si_vcpu, upcall_pending);
	FIELD(SPACE_GENERATION, space, arch.tag.generation);
	FIELD(SPACE_CR3, space, arch.tag.cr3);
	FIELD(SPACE_CODE, space, arch.code);
	FIELD(SPACE_DATA, space, arch.data);
	FIELD(SPACE_BASE, space, arch.base);
	FIELD(SPACE_LIMIT, space, arch.limit);
	FIELD(SPACE_IOMAP, space, arch.iomap);
	FIELD(TSS_RSP0, tss, rsp[0]);
	FIELD(TSS_IOMAP, tss, iomap);
	DEFINE(XEN_ABI_VERSION, XEN_ABI_VERSION);
	CPU(CPU_LOADED, arch.loaded);
	CPU(CPU_SPACE, arch.space);
	CPU(CPU_CURRENT, current);
	CPU(CPU_TOP, rq.top);
	CPU(CPU_HYPERCALLS, counter[COUNTER_hypercall]);
	CPU(CPU_IPC_FAST, counter[COUNTER_ipc_fast]);
	CPU(CPU_SPACE_SWITCH, counter[COUNTER_space_switch]);
	CPU(CPU_CR3_LOAD, counter[COUNTER_cr3_load]);
	CPU(CPU_TAG_KEPT, counter[COUNTER_tag_kept]);
	CPU(CPU_SMALL_SWITCH, counter[COUNTER_small_switch]);
	CPU(CPU_CR3, arch.cr3);
	DEFINE(IPC_NUMBER, __HYPERVISOR_tagma_ipc);
}

/* What ipc_fast.S takes for granted. */
_Static_assert(offsetof(struct arch_thread, gs) == offsetof(struct arch_thread, ds) + 6,
	       "the selectors are compared as one word");
_Static_assert(offsetof(struct thread, boosts) == offsetof(struct thread, state) + 4 &&
		       sizeof(enum thread_state) == 1,
	       "all that a receiver must not be is one word");
