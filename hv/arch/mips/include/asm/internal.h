/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of hv/arch/mips offer each other. */
#ifndef ASM_INTERNAL_H
#define ASM_INTERNAL_H

#include <asm/mips.h>
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/thread.h>

/* --- entry.S, hv.lds */
extern char vectors[], image_end[], text_start[], text_end[];
extern char boot_cpu_area[CPU_AREA_SIZE];
extern uint32_t idle_insn[1];	       /* the one that waits */
extern char idle_wait[], idle_done[];  /* an interrupt between these ends the wait */
extern uint32_t *const refill_mask[2]; /* instructions that mask the software TLB's index */

/* --- boot.c */
_Noreturn void boot_start(uint32_t argc, uint32_t argv, uint32_t envp, uint32_t memsize);

/* --- cpu.c */
extern bool cpu_has_fpu, cpu_has_userlocal, cpu_has_xi;
void cpu_init(void);
void cache_sync_code(const void *code, size_t len); /* what was written here will be executed */

/* --- tag.c */
uint32_t tag_asid(struct space *s); /* its ASID; a fresh one if it has none that is good */
bool tag_good(const struct space *s);
void tag_forget(struct space *s);

/* --- vtlb.c */
void vtlb_load_space(struct space *s);	     /* its ASID goes into EntryHi */
void vtlb_drop_all(void);		     /* ASIDs get new owners: both TLBs forget all */
bool vtlb_write(struct space *s, vpn_t vpn); /* a write to it: true if it may go on */
void tlb_init(void);

/* --- thread.c, fpu.S */
struct thread *thread_load_regs(
	struct thread *t); /* t's ASID, FPU right and UserLocal; returns t */
void fpu_not_available(struct thread *t);
void fpu_save(uint64_t fpr[16], uint32_t *fcsr);
void fpu_restore(const uint64_t fpr[16], uint32_t fcsr);

/* --- io.c */
bool io_access(struct thread *t); /* AdEL, AdES: true if it was a port, and is done */

/* --- irq.c */
void pic_init(void);
void irq_handle(uint32_t cause);

/* --- time.c */
void time_init(void);
void timer_acknowledge(void); /* the interrupt goes; the next one comes in half a round at last */

/* --- trap.c */
struct thread *trap_user(struct thread *t);
void trap_kernel(struct arch_regs *f);
void backtrace_from(unsigned long pc, unsigned long sp, unsigned long ra); /* backtrace.c */

#endif
