/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tagma's guest ABI: what a native guest needs beyond Xen's public headers.
 *
 * Hypercalls follow Xen's 32-bit convention: number in eax, arguments in ebx,
 * ecx, edx, esi, edi (a0..a3, t0 on MIPS), result in eax (v0), a negative
 * result is a Xen errno. IPC alone returns more registers; see below. All
 * structures here have the same layout for 32- and 64-bit compilers.
 */
#ifndef PUBLIC_TAGMA_H
#define PUBLIC_TAGMA_H

#include <stdint.h>

#define TAGMA_ABI_VERSION 1

/* Xen reserves 48..55 for the architecture; these are its users. */
#define __HYPERVISOR_tagma_ipc 48    /* synchronous IPC, register convention of its own */
#define __HYPERVISOR_tagma_map 49    /* (cmd, struct tagma_map *ops, count) */
#define __HYPERVISOR_tagma_space 50  /* (cmd, arg *) */
#define __HYPERVISOR_tagma_thread 51 /* (cmd, arg *) */
#define __HYPERVISOR_tagma_domain 52 /* (cmd, arg *) */
#define __HYPERVISOR_tagma_colour 53 /* (cmd, arg *) */
#define __HYPERVISOR_tagma_swap 54   /* (cmd, arg *) */
#define __HYPERVISOR_tagma_debug 55  /* (cmd, arg *) */

/*
 * Identifiers (seed L4-7): version << 14 | type << 12 | slot. The version
 * counts the loads of a slot and is never 0, so no id is 0 and a stale id
 * names nothing (-ESRCH). A version can recur only after 2^18 loads of one
 * slot; slots are reused in FIFO order.
 */
#define TAGMA_NIL 0u
#define TAGMA_ANY 0xffffffffu  /* open receive */
#define TAGMA_SELF 0xfffffffeu /* the caller's own thread, space or domain's root space */
#define TAGMA_ID_SLOT(id) ((id)&0xfffu)
#define TAGMA_ID_TYPE(id) (((id) >> 12) & 3u)
#define TAGMA_ID_VERSION(id) ((id) >> 14)
#define TAGMA_ID(ver, type, slot) ((uint32_t)(ver) << 14 | (uint32_t)(type) << 12 | (slot))
#define TAGMA_TYPE_HW 0u /* hardware threads: slot is the IRQ, or TAGMA_HW_EVENT */
#define TAGMA_TYPE_SPACE 1u
#define TAGMA_TYPE_THREAD 2u
#define TAGMA_TYPE_DOMAIN 3u /* in records; a domain's name is its domid */
#define TAGMA_HW_EVENT 0xfffu
#define TAGMA_HW_SIGNAL 0xffeu
#define TAGMA_IRQ_ID(irq) TAGMA_ID(1, TAGMA_TYPE_HW, irq)
#define TAGMA_EVENT_ID TAGMA_IRQ_ID(TAGMA_HW_EVENT)   /* "an event channel is pending" */
#define TAGMA_SIGNAL_ID TAGMA_IRQ_ID(TAGMA_HW_SIGNAL) /* memory-based messaging; see below */

/*
 * Flexpages (L4-2): base | log2(size) << 6 | type << 4 | rights. Memory: base
 * is the address of a page, 12 <= log2(size) <= 32, aligned to its size.
 * Ports (L4-3): base is the port << 16, 0 <= log2(size) <= 16.
 */
#define TAGMA_R 1u
#define TAGMA_W 2u
#define TAGMA_X 4u
#define TAGMA_RW (TAGMA_R | TAGMA_W)
#define TAGMA_RWX (TAGMA_R | TAGMA_W | TAGMA_X)
#define TAGMA_FP_MEM 0u
#define TAGMA_FP_PORT 1u
#define TAGMA_FPAGE(base, log2, rights) ((uint32_t)(base) | (uint32_t)(log2) << 6 | (rights))
#define TAGMA_FPORT(port, log2) \
	((uint32_t)(port) << 16 | (uint32_t)(log2) << 6 | TAGMA_FP_PORT << 4 | TAGMA_RW)
#define TAGMA_FP_LOG2(fp) (((fp) >> 6) & 0x3fu)
#define TAGMA_FP_TYPE(fp) (((fp) >> 4) & 3u)
#define TAGMA_FP_RIGHTS(fp) ((fp)&7u)
#define TAGMA_FP_BASE(fp) ((fp)&0xfffff000u)
#define TAGMA_FP_FIRST_PORT(fp) ((fp) >> 16)
/* A whole space; as a window: accept anything. */
#define TAGMA_FP_ALL TAGMA_FPAGE(0, 32, TAGMA_RWX)

/*
 * IPC (L4-4). One hypercall is an optional send phase to `dest` followed by an
 * optional receive phase from `from` (an id, TAGMA_ANY, or TAGMA_NIL for none):
 * send, receive, call (dest == from) and reply-and-wait (from == TAGMA_ANY).
 * Switching from the send to the receive phase is atomic. A *reply* is a send
 * with TAGMA_T_SND_ZERO: it never waits for a receiver that is not there.
 *
 * On MIPS: in v0 number, a0 dest, a1 from, a2 tag, a3 t0 t1 words; out v0 tag, a0 sender, words.
 *
 *          in                                  out
 *   eax    tag | number                        tag, or -errno
 *   ebx    dest                                sender (true id, set by the hypervisor)
 *   ecx    from                                -
 *   esi    w[0]                                w[0]
 *   edi    w[1]                                w[1]
 *   edx    w[2], or &struct tagma_msg (LONG)   w[2]
 *
 * With TAGMA_T_LONG in the sent tag edx points to a struct tagma_msg in the
 * caller's space that describes all the rest for both phases: w[2] and up are
 * then taken from msg->w (w[0], w[1] stay in registers); on return the received
 * w[2..] stand in msg->w, msg->strlen tells the bytes received by string copy
 * and the returned tag has TAGMA_T_LONG set. A receiver without LONG gets three
 * words, no strings, no maps; what did not fit is -EMSGSIZE at both ends. After an error
 * sender and words are undefined.
 *
 * Without LONG, too, one item may be sent: w[0] is its flexpage, w[1] its hint. A pager that
 * answers a fault with it needs no buffer at all.
 */
#define TAGMA_T_NR(tag) ((tag)&0xffu)
#define TAGMA_T_WORDS(n) ((uint32_t)(n) << 8) /* 0..64 */
#define TAGMA_T_NWORDS(tag) (((tag) >> 8) & 0x7fu)
#define TAGMA_T_ITEMS(n) ((uint32_t)(n) << 15) /* map items, 0..15 */
#define TAGMA_T_NITEMS(tag) (((tag) >> 15) & 0xfu)
#define TAGMA_T_LONG (1u << 19)		       /* edx is a struct tagma_msg * */
#define TAGMA_T_SND_ZERO (1u << 20)	       /* do not wait for the receiver: -EAGAIN */
#define TAGMA_T_RCV_ZERO (1u << 21)	       /* do not wait for a sender: -EAGAIN */
#define TAGMA_T_TIMED (1u << 22)	       /* finite timeouts, in the message buffer */
#define TAGMA_T_STRING (1u << 23)	       /* a string is sent / was received */
#define TAGMA_T_LABEL(l) ((uint32_t)(l) << 24) /* 0..7 free for users */
#define TAGMA_T_LABELOF(tag) (((tag) >> 24) & 7u)
#define TAGMA_T_KERNEL (1u << 27)	 /* out only: made by the hypervisor, label is TAGMA_K_* */
#define TAGMA_T_REDIRECTED (1u << 28)	 /* out: came through a chief, or comes to one (L4-13) */
#define TAGMA_T_ALIAS TAGMA_T_REDIRECTED /* in, from a chief: as if msg->via had sent it */
#define TAGMA_T_GRANTED (1u << 29)	 /* in: items are granted, not mapped */

#define TAGMA_MSG_WORDS 64
#define TAGMA_MSG_ITEMS 15
#define TAGMA_NEVER 0xffffffffu

/* Errors of IPC beyond Xen's usual: -EAGAIN (zero timeout), -ETIMEDOUT,
 * -ESRCH (no such thread, or it went away while we waited), -EINTR (aborted
 * by tagma_thread TAGMA_THREAD_cancel), -EMSGSIZE, -EFAULT (xfer timeout). */

/* One mapping handed over in a message (L4-2). The receiver's page for the
 * sender's page base+o is window_base + ((hint + o) mod window size). */
struct tagma_item {
	uint32_t fpage; /* sender's flexpage and the rights given */
	uint32_t hint;
};

struct tagma_msg {
	uint32_t snd_us; /* µs, TAGMA_NEVER; used if TAGMA_T_TIMED */
	uint32_t rcv_us;
	uint32_t xfer_us; /* for page faults during the transfer, both directions */
	uint32_t window;  /* flexpage where received items may go; 0: none accepted */
	uint32_t snd_str; /* with TAGMA_T_STRING: address and length sent */
	uint32_t snd_len;
	uint32_t rcv_str; /* where a string may be received; rcv_len 0: none */
	uint32_t rcv_len;
	uint32_t strlen; /* out: bytes received */
	/* In, with TAGMA_T_ALIAS: the sender that shall be seen. Out, in a chief: for whom it was;
	 * else TAGMA_NIL. */
	uint32_t via;
	uint32_t w[TAGMA_MSG_WORDS];
	struct tagma_item item[TAGMA_MSG_ITEMS];
};

/*
 * Messages made by the hypervisor (TAGMA_T_KERNEL). The sender is the faulting
 * thread; it waits for a reply from exactly that handler.
 *
 * TAGMA_K_FAULT (L4-6): to the thread's pager. w[0] fault address, w[1] ip,
 *   w[2] wanted rights | TAGMA_FAULT_*. The reply maps something (items) or
 *   nothing; either way the access is retried. "One call loads the mapping and
 *   resumes" (CK-4) is that reply.
 * TAGMA_K_TRAP: to the thread's handler: system calls by trap instruction,
 *   exceptions, privileged instructions. Words are struct tagma_regs in full.
 *   A reply of TAGMA_REGS_WORDS words sets the registers and resumes; a reply
 *   with 0 words resumes as is.
 * TAGMA_K_IRQ: w[0] irq, from TAGMA_IRQ_ID(irq). Masked until the handler's
 *   next IPC sends to TAGMA_IRQ_ID(irq).
 * TAGMA_K_EVENT: from TAGMA_EVENT_ID: an unmasked event channel of the domain is
 *   pending; look at shared_info. Sent only to the domain's vCPU thread, when it
 *   receives from TAGMA_ANY or TAGMA_EVENT_ID.
 * TAGMA_K_SIGNAL: from TAGMA_SIGNAL_ID: w[0] an address in a message page of which the
 *   receiver is the signal thread, w[1] signals lost before it, w[2] signals waiting.
 * TAGMA_K_WRITEBACK: reserved. Writeback (CK-2) comes by a ring and TAGMA_VIRQ_WRITEBACK:
 *   struct tagma_ring below.
 */
#define TAGMA_K_FAULT 0u
#define TAGMA_K_TRAP 1u
#define TAGMA_K_IRQ 2u
#define TAGMA_K_EVENT 3u
#define TAGMA_K_WRITEBACK 4u
#define TAGMA_K_SIGNAL 5u

#define TAGMA_FAULT_PRESENT 0x100u /* mapped, but not with the right wanted */

/* User-visible registers of a native thread. */
#if defined(__mips__)
struct tagma_regs {
	uint32_t trap, code; /* Cause.ExcCode; syscall code or BadVAddr */
	uint32_t ip;
	uint32_t flags;	  /* bit 0: ip is in a branch delay slot's branch */
	uint32_t gpr[32]; /* gpr[0] is unused */
	uint32_t hi, lo;
	uint32_t tls; /* UserLocal */
};
#define TAGMA_REG_SP gpr[29] /* the stack pointer, by the same name everywhere */
#define TAGMA_TRAP_FAULT 2u  /* `trap` of a forwarded page fault; code: rights wanted */
#else
struct tagma_regs {
	uint32_t trap, code; /* vector; error code (cr2 for 14) */
	uint32_t ip;
	uint32_t flags;
	uint32_t sp;
	uint32_t ax, bx, cx, dx, si, di, bp;
	uint32_t tls; /* gs selector | fs selector << 16 */
};
#define TAGMA_REG_SP sp
#define TAGMA_TRAP_FAULT 14u
#endif
#define TAGMA_REGS_WORDS (sizeof(struct tagma_regs) / 4)

/* --- __HYPERVISOR_tagma_map (cmd, ops, count): returns operations done, or
 * -errno of the first when none was. Long flexpages may be done in part: then
 * ops[done].progress tells how far; call again with the rest. */
#define TAGMA_MAP_map 0
#define TAGMA_MAP_grant 1
#define TAGMA_MAP_flush 2   /* src_space, src: take `rights` from all who got it; see flags */
#define TAGMA_MAP_status 3  /* fills rights (0: nothing mapped) and the TAGMA_MAP_*D bits */
#define TAGMA_MAP_message 4 /* src in message mode; dst_space: signal thread, or NIL: off */

#define TAGMA_MAP_F_SELF 1u	 /* flush: from src_space itself too (unmap) */
#define TAGMA_MAP_ACCESSED 0x10u /* status, out, since the last status: cleared by reading */
#define TAGMA_MAP_DIRTY 0x20u

struct tagma_map {
	uint32_t src_space; /* TAGMA_SELF: the domain's root space */
	uint32_t dst_space; /* map, grant */
	uint32_t src;	    /* flexpage; its rights are what is given, or taken by flush */
	uint32_t dst;	    /* map, grant: destination address (page aligned; port << 16) */
	uint32_t flags;	    /* in: TAGMA_MAP_F_*; out of status: rights | TAGMA_MAP_*D */
	uint32_t progress;  /* in and out: pages of src already done; start with 0 */
};
/*
 * Both spaces must belong to the caller's domain, or to a domain it controls
 * (srm controls all). Between domains that do not control each other, map and
 * grant travel in IPC only.
 */

/*
 * Memory-based messaging (CK-5). A mapping in message mode has a signal thread. Any thread,
 * in any space, that can write the frame signals an address in it: an IPC whose send phase
 * goes to TAGMA_SIGNAL_ID with the address in w[0]. The signal threads of all *other*
 * message mappings of the frame get TAGMA_K_SIGNAL with the address as they have it, when
 * they wait for it (TAGMA_ANY or TAGMA_SIGNAL_ID); 16 wait for a thread, all different,
 * more are lost and counted. A vCPU that does not wait in IPC may bind TAGMA_VIRQ_SIGNAL and
 * take them with TAGMA_T_RCV_ZERO. -ESRCH: nobody listens on that page (any more): when one
 * message mapping of a frame goes, or its thread does, the others' message mode goes too.
 */
#define TAGMA_VIRQ_SIGNAL 17u /* VIRQ_ARCH_1 */

/* --- __HYPERVISOR_tagma_space (cmd, arg) */
#define TAGMA_SPACE_load 0   /* struct tagma_space: returns 0 and fills id */
#define TAGMA_SPACE_unload 1 /* uint32_t *id: its threads and mappings go first */
#define TAGMA_SPACE_info 2   /* struct tagma_space: fills all from id */
#define TAGMA_SPACE_F_LOCKED 1u
/* May live in a small space of `size` bytes, 4 to 512 MB (L4-10): a hint. Info: it does; it no
 * longer does once it was promoted. */
#define TAGMA_SPACE_F_SMALL 2u
struct tagma_space {
	uint32_t id;
	uint32_t flags;
	uint32_t cookie; /* the guest's own name for it, returned in writeback */
	uint32_t size;
	uint32_t nr_mappings; /* info */
	uint32_t nr_threads;  /* info */
};

/* --- __HYPERVISOR_tagma_thread (cmd, arg) */
#define TAGMA_THREAD_load 0   /* struct tagma_thread: fills id; starts it unless F_STOPPED */
#define TAGMA_THREAD_unload 1 /* struct tagma_thread: by id; fills the rest (its state) */
#define TAGMA_THREAD_info 2   /* struct tagma_thread: by id; fills the rest */
#define TAGMA_THREAD_modify 3 /* struct tagma_thread: sets what `set` names */
/* uint32_t *id: abort its IPC with -EINTR; a fault or trap message of its is withdrawn, and it
 * becomes stopped. */
#define TAGMA_THREAD_cancel 4
#define TAGMA_THREAD_copy_fpu 5 /* uint32_t id[2]: from, to */
#define TAGMA_THREAD_set_tls 6	/* struct tagma_tls */
#define TAGMA_THREAD_reload 7	/* struct tagma_saved_thread: load, with FPU and TLS as they were */

#define TAGMA_THREAD_F_STOPPED 1u
#define TAGMA_THREAD_F_LOCKED 2u
#define TAGMA_SET_REGS 0x01u
#define TAGMA_SET_PRIO 0x02u
#define TAGMA_SET_SLICE 0x04u
#define TAGMA_SET_PAGER 0x08u
#define TAGMA_SET_HANDLER 0x10u
/* From flags: stop or start. A thread that waits for a fault or trap reply stays in that wait;
 * stopping holds it there. */
#define TAGMA_SET_STOPPED 0x20u
#define TAGMA_SET_COOKIE 0x40u
#define TAGMA_SET_ALL 0x7fu

/* state, in info and unload */
#define TAGMA_TS_READY 0u
#define TAGMA_TS_STOPPED 1u
#define TAGMA_TS_SENDING 2u /* waits to send */
#define TAGMA_TS_RECEIVING 3u
#define TAGMA_TS_HANDLED 4u /* waits for its pager's or handler's reply */
#define TAGMA_TS_BLOCKED 5u /* SCHEDOP_block, SCHEDOP_poll */

struct tagma_thread {
	uint32_t id;
	uint32_t space;
	uint32_t set; /* modify */
	uint32_t flags;
	uint32_t prio;	   /* 0 (idle class) .. 255, at most the domain's top priority */
	uint32_t slice_us; /* 0: the default, 10 ms */
	uint32_t pager;	   /* thread id that gets TAGMA_K_FAULT; TAGMA_NIL: forwarded trap */
	uint32_t handler;  /* thread id that gets TAGMA_K_TRAP; TAGMA_NIL: forwarded trap */
	uint32_t cookie;
	uint32_t state;				     /* out: TAGMA_TS_* */
	uint64_t run_ns __attribute__((aligned(8))); /* out: CPU time used */
	struct tagma_regs regs;
};

/* Load an x86 GDT TLS slot (0..2; selectors 0x33, 0x3b, 0x43), or MIPS UserLocal.
 * id TAGMA_SELF: the calling thread. limit in pages if F_PAGES; size 0 clears. */
struct tagma_tls {
	uint32_t id;
	uint32_t slot;
	uint32_t base;
	uint32_t limit;
	uint32_t flags;
};
#define TAGMA_TLS_PAGES 1u
#define TAGMA_TLS_SEL(slot) (0x33u + 8u * (slot))

/* What a thread has beyond struct tagma_regs. To its owner it is opaque: it comes in a
 * record of writeback and goes back with a reload. Anything in it is made harmless. */
struct tagma_ext {
#if defined(__mips__)
	uint64_t fpr[32] __attribute__((aligned(8)));
	uint32_t fcsr, pad;
#else
	uint64_t tls[3] __attribute__((aligned(8))); /* GDT descriptors */
	uint8_t fpu[512];			     /* as fxsave lays it out */
#endif
};

struct tagma_saved_thread {
	struct tagma_thread t;
	struct tagma_ext ext;
};

/*
 * Writeback (CK-2): a load that finds no free descriptor takes one from a domain that
 * has more than its share, often the loader itself. The object then stands in a record in
 * its owner's ring; its id is stale (-ESRCH). Threads are written before their space.
 * Mappings have no records: what was mapped is asked for again by a fault, and
 * accessed and dirty bits stay with the page that it was mapped from (TAGMA_MAP_status).
 *
 * The ring lies in the root space. The hypervisor writes rec[prod % nr], then prod;
 * the owner reads rec[cons % nr], then moves cons on. TAGMA_VIRQ_WRITEBACK tells that there
 * are records. Every space and thread that is loaded has a place in the ring kept for it:
 * a load for which there is none fails with -EAGAIN until records have been taken out.
 */
#define TAGMA_VIRQ_WRITEBACK 16u /* VIRQ_ARCH_0 */

#define TAGMA_PENDING_FAULT 1u	 /* its fault, or */
#define TAGMA_PENDING_TRAP 2u	 /* trap, was not answered */
#define TAGMA_PENDING_SENT 0x10u /* and its pager or handler has had the message */

/* A port as its domain's record has it; remote_*: of an interdomain one, or who may bind. */
struct tagma_port {
	uint8_t state;	/* 0 free, 1 unbound, 2 interdomain, 3 virq, 4 pirq, 5 ipi */
	uint8_t unsent; /* an event for the peer waits until that is loaded */
	uint16_t remote_domid, remote_port;
	uint16_t irq; /* virq, pirq */
};
#define TAGMA_PORTS 256u

/*
 * A domain, written back to its controller; TAGMA_DOMAIN_reload takes it as it is. Its memory
 * stays where it is and its own. What it had loaded went to its own ring before. Ids of its
 * vCPU and root space are new after a reload: a record that names its vCPU as pager or
 * handler says TAGMA_SELF.
 */
struct tagma_saved_domain {
	uint32_t domid;
	uint32_t flags;	      /* TAGMA_DOMAIN_F_*, TAGMA_SAVED_* */
	uint32_t pause_count; /* reload adds one, for the controller to take back */
	uint32_t shutdown;    /* reason + 1; 0: it has not shut down */
	uint32_t top_prio, cpu_percent;
	uint32_t nr_pages; /* for the controller to know; counted anew by reload */
	uint32_t max_pages;
	uint32_t chief;		/* thread id */
	uint32_t shared_info;	/* page of the root space; 0: not started */
	uint32_t lock_quota[3]; /* spaces, threads, mappings */
	uint32_t ring, ring_nr, ring_prod;
	uint32_t upcall_ip, trap_ip, entry_sp;
	uint32_t pad;
	uint64_t colours __attribute__((aligned(8)));
	uint64_t run_ns;
	uint64_t wake_ns; /* the first of its timers; ~0: none */
	uint64_t timer_ns, periodic_ns, period_ns;
	uint8_t handle[16], irq_allowed[32];
	struct tagma_saved_thread vcpu;
	struct tagma_port port[TAGMA_PORTS];
};
#define TAGMA_SAVED_RUNNABLE 0x100u /* something of it could run */
#define TAGMA_SAVED_IMPOSED 0x200u  /* its chief is the controller's choice */
#define TAGMA_PART_SIZE sizeof(struct tagma_saved_thread)
#define TAGMA_DOMAIN_PARTS \
	((uint32_t)((sizeof(struct tagma_saved_domain) + TAGMA_PART_SIZE - 1) / TAGMA_PART_SIZE))

struct tagma_record {
	uint32_t type; /* TAGMA_TYPE_SPACE, _THREAD, _DOMAIN */
	uint32_t id;   /* as it was; of a domain: its domid */
	uint32_t cookie;
	/* Of a thread: TAGMA_PENDING_*. With 0, a reload resumes it: it goes on where it was, or
	 * makes its send or open receive again; a closed receive from a thread has failed with
	 * -EINTR. */
	uint32_t pending;
	uint32_t w[2]; /* pending fault: address, rights | TAGMA_FAULT_*; trap: number, code */
	union {
		struct tagma_space space;
		struct tagma_saved_thread thread;
		/* A domain takes TAGMA_DOMAIN_PARTS records: w[0] is the part's number. */
		uint8_t part[TAGMA_PART_SIZE];
	};
};

struct tagma_ring {
	uint32_t prod; /* written by the hypervisor */
	uint32_t cons; /* by the owner */
	uint32_t pad[14];
	struct tagma_record rec[];
};
#define TAGMA_RING_MAX 8192u

/* --- __HYPERVISOR_tagma_domain (cmd, arg) */
/* struct tagma_entry: the calling vCPU's upcall and trap entries. */
#define TAGMA_DOMAIN_set_entry 0
#define TAGMA_DOMAIN_info 1 /* struct tagma_domain_info */
/* struct tagma_domain_start: first registers of vCPU 0 (controller). */
#define TAGMA_DOMAIN_start 2
#define TAGMA_DOMAIN_setup 3	 /* struct tagma_domain_setup: limits (controller) */
#define TAGMA_DOMAIN_iret 4	 /* NULL: leave a forwarded trap or upcall; see below */
#define TAGMA_DOMAIN_channel 5	 /* struct tagma_channel: where the caller's writeback goes */
#define TAGMA_DOMAIN_set_chief 6 /* struct tagma_clan: make a domain a clan */
#define TAGMA_DOMAIN_reload 7	 /* struct tagma_saved_domain (controller) */
#define TAGMA_DOMAIN_wanted 8	 /* struct tagma_wanted: see there */

/*
 * Forwarded traps and upcalls (CK-4, Xen's bounce). A thread with no pager or
 * handler, and a vCPU with a pending unmasked event, is made to run its
 * domain's entry in the root space, on the entry stack when it came from
 * another space and on its own stack otherwise. The hypervisor pushes a
 * struct tagma_frame there (sp points at it), sets evtchn_upcall_mask to 1 and
 * jumps. TAGMA_DOMAIN_iret with sp at that frame restores it all: registers,
 * space and upcall mask, atomically, and delivers what became pending. An entry
 * of 0 means: a trap crashes the domain (SHUTDOWN_crash), an event stays pending.
 *
 * Who came to the entry stack from another space has it until it leaves the root space, or
 * is unloaded. Traps of other threads that need it wait for that (TAGMA_TS_BLOCKED) in the
 * order they came, and upcalls stay pending. A kernel that has many such threads, or wants
 * priorities among them, gives them pagers and handlers.
 */
struct tagma_entry {
	uint32_t upcall_ip; /* event channel upcall */
	uint32_t trap_ip;   /* page faults, traps, system calls */
	uint32_t sp;	    /* entry stack, used when coming from another space */
};

struct tagma_frame {
	struct tagma_regs regs; /* trap is TAGMA_FRAME_UPCALL for an upcall */
	uint32_t fault;		/* fault address of page faults */
	uint32_t space;		/* where the thread was running */
	uint32_t mask;		/* evtchn_upcall_mask before */
};
#define TAGMA_FRAME_UPCALL 0xffffffffu

struct tagma_domain_info {
	uint32_t domid; /* in; DOMID_SELF */
	uint32_t root_space;
	uint32_t vcpu0; /* thread id */
	uint32_t top_prio;
	uint32_t nr_pages; /* frames held */
	uint32_t max_pages;
	uint32_t nr_spaces, nr_threads, nr_mappings;
	uint32_t flags;
	/* Bitmap of LLC colours, as many as there are up to 64. */
	uint64_t colours __attribute__((aligned(8)));
};

struct tagma_domain_start {
	uint32_t domid;
	uint32_t ip, sp;
	uint32_t start_info;	 /* address in the root space, passed in esi (a0) */
	uint32_t shared_info;	 /* page of the root space that becomes shared_info */
	uint32_t hypercall_page; /* page of the root space to fill with stubs */
	uint32_t prio;
};

struct tagma_domain_setup {
	uint32_t domid;
	uint32_t top_prio;
	uint32_t cpu_percent; /* of each processor; 0: no limit. Beyond, its threads run only
			       * when nobody else would (CK-6) */
	uint32_t flags;	      /* TAGMA_DOMAIN_F_* */
	uint64_t colours __attribute__((aligned(8))); /* 0: all */
	/* How many objects of each type it may lock (CK-3). -ENOSPC: all quotas together would
	 * leave too little to replace; -EBUSY: it has locked more than that already. */
	uint32_t lock_spaces, lock_threads;
	/* In its root space and in locked ones; those beyond are not locked. */
	uint32_t lock_mappings;
	uint32_t pad;
};

/*
 * Something sent to an object that was written back: its owner shall load it again, and then
 * it is delivered. TAGMA_VIRQ_WRITEBACK tells that there is news, each call tells one,
 * once; -ESRCH: no more. A domain (controller): an event for it, at the port of another.
 * A thread: a signal (CK-8). A reload with the old id in t.id delivers it.
 */
struct tagma_wanted {
	uint32_t type, id, cookie; /* as in the record */
};

struct tagma_channel {
	uint32_t ring; /* address of a struct tagma_ring, page aligned, all of it mapped */
	uint32_t nr;   /* records: a power of two, enough for what is loaded; 0: no channel */
};
#define TAGMA_DOMAIN_F_CONTROL 1u /* may use domctl, sysctl, foreign maps: srm */
#define TAGMA_DOMAIN_F_SMALL 2u	  /* info: the root space is small at present */
#define TAGMA_DOMAIN_F_LOCKED 4u  /* setup: never written back; -ENOSPC: two must stay that can */

/*
 * Clans and chiefs (L4-13). Messages between a thread of this domain and one of another go
 * to the chief instead, who must receive with a struct tagma_msg: the tag says
 * TAGMA_T_REDIRECTED, the sender is the true one, msg->via is for whom it was. A chief of
 * either side passes a message on with TAGMA_T_ALIAS. The chief's own messages and those to
 * it cross freely. A domain may name a thread of its own; its controller any thread, and
 * then the domain itself can't change it.
 */
struct tagma_clan {
	uint32_t domid; /* DOMID_SELF */
	uint32_t chief; /* thread id; TAGMA_NIL: no clan any more */
};

/* --- __HYPERVISOR_tagma_debug (cmd, arg) */
/* struct tagma_counters: the caller's domain may read all (no secrets). */
#define TAGMA_DEBUG_counters 0
#define TAGMA_DEBUG_check 1   /* run all invariant checks: 0, or -EILSEQ after a log line */
#define TAGMA_DEBUG_trace 2   /* struct tagma_trace_read (controller) */
#define TAGMA_DEBUG_machine 3 /* struct tagma_machine */
#define TAGMA_DEBUG_mark 4    /* arg: TAGMA_MARK_*, for a simulator that watches; 0 */

/* The hypervisor executes a no-op that says: the instruction behind me reads so many bytes
 * behind my own address as the mark's number is. */
#define TAGMA_MARK_NOP 0x74000003 /* x86: 0f 1f 84 00 and this */
#define TAGMA_MARK_stop 0	  /* of what is measured */
#define TAGMA_MARK_start 1
#define TAGMA_MARK_cold 2	       /* empty the caches and TLBs */
#define TAGMA_MARK_flush 3	       /* empty the TLBs */
#define TAGMA_MARK_owner(n) (16 + (n)) /* n < 16: whose the cache lines are from now on */
#define TAGMA_MARK_space(n) (32 + (n)) /* n < 32: the TLBs' tag from now on */

#define TAGMA_MAX_COUNTERS 64
struct tagma_counter {
	char name[24];
	uint64_t value __attribute__((aligned(8)));
};
struct tagma_counters {
	uint32_t nr; /* out */
	uint32_t pad;
	struct tagma_counter c[TAGMA_MAX_COUNTERS];
};

/* The trace is a ring per CPU, on if the hypervisor was booted with trace=ENTRIES. */
#define TAGMA_TRACE_hypercall 1 /* a: number, b: first argument */
#define TAGMA_TRACE_fault 2	/* a: address, b: rights wanted */
#define TAGMA_TRACE_trap 3	/* a: vector, b: error code */
#define TAGMA_TRACE_irq 4	/* a: irq */
#define TAGMA_TRACE_timer 5
#define TAGMA_TRACE_switch 6 /* a: id of the thread that runs now, 0 idle */
#define TAGMA_TRACE_ipc 7    /* a: tag, b: destination */
struct tagma_trace_entry {
	uint64_t time_ns __attribute__((aligned(8)));
	uint32_t event;	 /* TAGMA_TRACE_* */
	uint32_t thread; /* id of the thread that entered, 0 idle */
	uint32_t a, b;
};

/* Returns the entries copied, oldest first; -ENODEV if the trace is off. */
struct tagma_trace_read {
	uint64_t index __attribute__((aligned(8))); /* in: first entry wanted; out: the next one */
	uint32_t cpu;
	uint32_t max;  /* entries that buf takes; at most 256 come in one call */
	uint32_t buf;  /* struct tagma_trace_entry * */
	uint32_t lost; /* out: entries from index on that were overwritten */
};

/* What `tagma info` says about the machine beyond Xen's physinfo. */
struct tagma_machine {
	uint32_t abi; /* TAGMA_ABI_VERSION */
	uint32_t nr_colours;
	uint32_t llc_size, llc_ways, llc_line; /* 0: unknown */
	uint32_t nr_irqs;
	char cpu[96];
	uint32_t nr_domains, nr_spaces, nr_threads, nr_mappings; /* descriptors */
};

#endif
