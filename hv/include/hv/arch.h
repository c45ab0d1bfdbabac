/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole contract between portable core and architecture. Unless a line says
 * otherwise: called with the kernel lock held and interrupts off, cannot fail.
 *
 * <asm/cpu.h>    struct arch_cpu, this_cpu()
 * <asm/space.h>  struct arch_space
 * <asm/thread.h> struct arch_thread, and these inlines:
 *     uint32_t arch_hc_number(const struct thread *t)
 *     unsigned long arch_hc_arg(const struct thread *t, unsigned i)      i = 0..4
 *     uint32_t arch_thread_ip(const struct thread *t)
 *     void arch_hc_result(struct thread *t, long v)
 *     void arch_hc_set_arg(struct thread *t, unsigned i, unsigned long v)  progress of a restart
 *     uint32_t arch_ipc_tag(const struct thread *t)                    with the number in it
 *     void arch_ipc_get(const struct thread *t, uint32_t *tag, uint32_t *dest,
 *                       uint32_t *from, uint32_t w[3])                   w[2] = edx
 *     void arch_ipc_put(struct thread *t, uint32_t tag, uint32_t sender, const uint32_t w[3])
 *     void arch_ipc_restart(struct thread *t, uint32_t tag)   run the entry instruction again,
 *                       with this tag: the short path does not keep the one in the register
 *     ARCH_TRAP_PRIVILEGED: of a hypercall that only a guest kernel may make
 * <asm/mm.h>     void *arch_phys_ptr(paddr_t), paddr_t arch_ptr_phys(const void *)
 *                (frame_ptr and frame_mfn use them), ARCH_VPN_BITS, ARCH_ELF_MACHINE
 */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <hv/boot.h>
#include <public/tagma.h>

/* --- machine */
/* libfdt is built with stack protection: make its canary readable. Before the image is read. */
void arch_canary_setup(void);
/* Once, after frame_init: interrupt controller, timer, CPU features. */
void arch_init(const struct boot_info *b);
/* End of boot: leave the boot stack for the thread that sched_exit() picks. */
_Noreturn void arch_start(void);
void arch_console_putc(char c); /* any time, even before arch_init and in panic */
_Noreturn void arch_halt(void);
_Noreturn void arch_reboot(void);
_Noreturn void arch_poweroff(void); /* machine off if it can, else halt */
void arch_idle(void); /* interrupts on, wait for one, off again; returns after it was handled */
void arch_irq_window(void); /* interrupts on for an instant; handlers may make threads ready */
uint64_t arch_time_ns(void);
uint32_t arch_time_khz(void);
uint64_t arch_wall_seconds(void); /* since 1970, UTC, by the machine's clock; 0 if it has none */
void arch_timer_set(uint64_t deadline); /* ns; may fire early, never lost; ~0: none */
void arch_irq_mask(uint32_t irq);
void arch_irq_unmask(uint32_t irq); /* acknowledged by the arch before irq_raised() */
uint32_t arch_nr_irqs(void);
void arch_cpu_info(char *buf, size_t size); /* one line for `tagma info` */
/* Last level; 0 if unknown. */
void arch_cache_geometry(uint32_t *size, uint32_t *ways, uint32_t *line);
const char *arch_caps(void); /* words for Xen's capabilities string: what isolates spaces here */
void arch_backtrace(void);
void arch_mark(uint8_t n); /* TAGMA_MARK_NOP and a read; nothing without a simulator */

/* --- threads. Registers that guests set are made harmless here. */
void arch_thread_init(struct thread *t); /* all zero, user mode, flags sane */
void arch_thread_exit(struct thread *t); /* drop live FPU state and the like */
void arch_thread_get_regs(const struct thread *t, struct tagma_regs *r);
void arch_thread_set_regs(struct thread *t, const struct tagma_regs *r);
void arch_thread_set_start(struct thread *t, uint32_t start_info); /* a0 / esi of a new vCPU */
void arch_thread_restart_hypercall(struct thread *t); /* run the entry instruction again */
int arch_thread_set_tls(struct thread *t, const struct tagma_tls *tls); /* -EINVAL */
void arch_thread_copy_fpu(struct thread *to, struct thread *from);
/* For writeback: TLS, FPU. Restored to a thread that has not run yet. */
void arch_thread_save(struct thread *t, struct tagma_ext *e);
void arch_thread_restore(struct thread *t, const struct tagma_ext *e);
uint32_t arch_thread_sp(const struct thread *t);
void arch_thread_moved(struct thread *t); /* t->space is another one now */

/* --- spaces and the VTLB */
int arch_space_init(struct space *s); /* -ENOMEM */
/* Its hardware structures go; it runs nowhere. In steps: false means call again. */
bool arch_space_exit(struct space *s);
/* s rarely needs more than its first `bytes`: its switches may be made cheaper (L4-10). A
 * hint; false: not taken. What lies beyond goes on working. */
bool arch_space_small(struct space *s, uint32_t bytes);
uint32_t arch_space_small_size(const struct space *s); /* bytes; 0: it is not small (any more) */
/* The pool of page-table pages or TLB entries; 0: default. */
void arch_vtlb_init(uint32_t nr_pages);
void arch_vtlb_enter(struct space *s, vpn_t vpn, mfn_t m, uint32_t rights);
/* Takes rights away (all: drops the entry). Returns TAGMA_MAP_ACCESSED | _DIRTY as they were.
 * The TLB may still hold it until arch_vtlb_sync(). */
uint32_t arch_vtlb_remove(struct space *s, vpn_t vpn, uint32_t rights);
uint32_t arch_vtlb_test_clear(struct space *s, vpn_t vpn); /* read and clear accessed, dirty */
void arch_vtlb_sync(void);
void arch_io_remove(struct space *s, uint32_t port); /* a port mapping goes; x86 */

/* --- guests */
void arch_hypercall_page(void *page); /* the best entry instruction for this CPU, 32 bytes a call */
void arch_vcpu_time(void *vcpu_time_info); /* fills all but version */

/* --- what arch calls in the core: hypercall(t), hc_ipc(t), ipc_fault(), ipc_trap(),
 * vtlb_miss(), irq_raised(), timer_interrupt(), and, leaving: sched_exit(). */

#endif
