/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of hv/arch/x86 offer each other. */
#ifndef ASM_INTERNAL_H
#define ASM_INTERNAL_H

#include <asm/space.h>
#include <asm/x86.h>
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/thread.h>

/* --- head.S, hv.lds */
extern char image_start[], text_start[], text_end[], rodata_end[], image_end[];
extern uint64_t boot_pml4[512];
extern char boot_cpu_area[CPU_AREA_SIZE];
extern uint64_t tsc_boot; /* at the first instruction; set by head.S */

/* --- boot.c */
_Noreturn void boot_start(uint32_t magic, uint32_t info); /* from head.S, on the kernel stack */

/* --- mm.c */
void mm_init(struct boot_info *b); /* the lasting page tables: W^X, direct map, no identity map */
void mm_map_window(unsigned long va, paddr_t pa, uint64_t flags); /* one page below the image */
extern uint64_t pte_nx; /* PTE_NX, or 0 where the CPU has none */

/* --- desc.c */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap;
	uint8_t io[65536 / 8 + 1]; /* the last byte is all ones, as the CPU wants */
} __attribute__((packed));
#define TSS_IO_OFF 0xffffu /* beyond the limit: no port is allowed */
extern struct tss boot_tss;
extern uint64_t gdt_hv[512], gdt_guest[512]; /* for LOAD_THREAD, too */
void desc_init(void);			     /* GDT, TSS, IDT: exceptions are caught from here on */
void desc_map_gdt(void); /* the GDT moves into its window, once mm_init is done */
void desc_set_tls(const uint64_t tls[GDT_TLS_SLOTS]);
void desc_set_guest(uint64_t code, uint64_t data);	/* what SEL_GUEST_CS32 and _DS select */
void desc_set_trap(unsigned vector, const void *entry); /* NULL: the usual one */

/* --- cpu.c */
enum entry_kind { ENTRY_INT, ENTRY_SYSCALL, ENTRY_SYSENTER };
extern enum entry_kind cpu_entry;
extern bool cpu_is_tcg;
void cpu_init(void);	   /* control registers */
void cpu_init_entry(void); /* picks the hypercall instruction; needs the command line */

/* --- thread.c */
struct thread *thread_load_regs(
	struct thread *t); /* all but the frame: page tables, segments, TSS; returns t */
void fpu_not_available(struct thread *t);

/* --- vtlb.c */
void vtlb_load_space(struct space *s);	 /* segments, and CR3 if it must be */
bool vtlb_forget_space(struct space *s); /* all its tables go, and its TLB entries; in steps */
void vtlb_open_window(void);
uint64_t *vtlb_window_entry(unsigned i); /* the L2 entry of 2 MB of the window */

/* --- tag.c: a root that is loaded gets a good one */
extern uint64_t tag_generation;
void tag_init(void);
bool tag_in_hardware(void);
void tag_load(struct tag *tag, paddr_t root); /* CR3; flushes what the tag does not vouch for */
/* What the TLB has under these tags is stale. Not enough for the one that is loaded: that
 * wants invlpg, or to be forgotten and loaded again. */
void tag_forget(struct tag *tag);
void tag_forget_page(struct tag *tag, unsigned long va);
void tag_forget_all(void);

/* --- small.c */
void small_init(void);
bool small_is_off(void); /* every space has all of linear memory */
/* s has touched something beyond its limit: give it more, if there is more. In steps: true
 * only says that the access is to be tried again. */
bool small_promote(struct space *s);
uint64_t small_move_segment(uint64_t desc, const struct arch_space *a); /* 0: lies outside */

/* --- limits.S */
bool limits_probe(uint32_t ip);
void limits_trap_gp(void);
void limits_trap_other(void);

/* --- io.c */
bool io_fault(struct thread *t); /* #GP: true if the port is now allowed and t can retry */
void io_load_space(const struct space *s);

/* --- irq.c */
void pic_init(void);
void apic_init(void);
uint32_t apic_timer_count(void); /* counts down from apic_init on, for calibration */
void apic_timer_start(void);
extern bool apic_deadline_mode;
void apic_timer_set(uint64_t v);
bool irq_handle(uint32_t vector); /* false: not an interrupt's vector */

/* --- time.c */
void time_init(void);

/* --- trap.c, entry.S */
struct kernel_frame {
	uint64_t gpr[15]; /* r15 to r8, then as in struct arch_regs */
	uint32_t error, vector;
	uint64_t ip, cs, flags, sp, ss;
};
extern const char entry_stubs[]; /* 256 stubs of ENTRY_STUB_SIZE bytes */
#define ENTRY_STUB_SIZE 16
/* Where syscall goes: always right; the short path by iret; by sysret, without segments. */
void entry_syscall(void);
void entry_syscall_fast(void);
void entry_syscall_flat(void);
void ipc_fast(void);
void ipc_slow(void);
extern void (*ipc_entry)(void); /* where int and sysenter go for IPC; cpu.c */
void entry_sysenter(void);
void entry_hypercall_int(void);
struct thread *trap_user(struct thread *t);
void trap_kernel(struct kernel_frame *f);
void symbol_print(unsigned long ip); /* backtrace.c: one line */

#endif
