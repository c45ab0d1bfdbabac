/* SPDX-License-Identifier: GPL-2.0-only */
/* Words shared by all of the hypervisor; addresses that must not mix are wrapped. */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/errno.h>

#define XEN_EINTR 4 /* which Xen keeps from its guests, but our IPC returns */

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PAGE_MASK (PAGE_SIZE - 1)

typedef uint64_t paddr_t; /* machine address */
typedef struct {
	uint32_t n;
} mfn_t; /* machine frame number; 0 is never allocated: "none" */
typedef struct {
	uint64_t a;
} gva_t;		/* address in a guest's space */
typedef uint32_t vpn_t; /* virtual page number in a space */

typedef uint64_t u64_32bit __attribute__((aligned(4))); /* in a structure of 32-bit callers */

#define MFN_NONE ((mfn_t){ 0 })
#define GVA(x) ((gva_t){ (x) })

static inline bool mfn_ok(mfn_t m) { return m.n != 0; }
static inline bool mfn_eq(mfn_t a, mfn_t b) { return a.n == b.n; }

/* On the short paths a call costs as much as what it does. */
#define INLINE static inline __attribute__((always_inline))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

struct domain;
struct space;
struct thread;
struct cpu;

#endif
