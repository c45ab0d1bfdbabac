/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen's public headers ask of an architecture, for MIPS32; the build has them include
 * this file. shared_info, start_info and vcpu_info are laid out as on x86-32, so that the
 * hypervisor has one description of them. 64-bit fields are aligned to 8 bytes.
 */
#ifndef PUBLIC_ARCH_MIPS_H
#define PUBLIC_ARCH_MIPS_H

#ifndef __ASSEMBLY__
#include <stdint.h>

#define int64_aligned_t int64_t __attribute__((aligned(8)))
#define uint64_aligned_t uint64_t __attribute__((aligned(8)))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define XEN_HANDLE_64(type)  \
	struct {             \
		type *p;     \
		uint32_t hi; \
	}
#else
#define XEN_HANDLE_64(type)  \
	struct {             \
		uint32_t hi; \
		type *p;     \
	}
#endif

#define ___DEFINE_XEN_GUEST_HANDLE(name, type) \
	typedef struct {                       \
		type *p;                       \
	} __guest_handle_##name;               \
	typedef struct {                       \
		union {                        \
			XEN_HANDLE_64(type);   \
			uint64_aligned_t q;    \
		};                             \
	} __guest_handle_64_##name
#define __DEFINE_XEN_GUEST_HANDLE(name, type)   \
	___DEFINE_XEN_GUEST_HANDLE(name, type); \
	___DEFINE_XEN_GUEST_HANDLE(const_##name, const type)
#define DEFINE_XEN_GUEST_HANDLE(name) __DEFINE_XEN_GUEST_HANDLE(name, name)
#define XEN_GUEST_HANDLE(name) __guest_handle_##name
#define XEN_GUEST_HANDLE_64(name) __guest_handle_64_##name
#define XEN_GUEST_HANDLE_PARAM(name) XEN_GUEST_HANDLE(name)
#define set_xen_guest_handle_raw(hnd, val)                        \
	do {                                                      \
		if (sizeof(hnd) == 8)                             \
			__builtin_memset(&(hnd), 0, sizeof(hnd)); \
		(hnd).p = (val);                                  \
	} while (0)
#define set_xen_guest_handle(hnd, val) set_xen_guest_handle_raw(hnd, val)

typedef uint32_t xen_pfn_t;
#define PRI_xen_pfn "x"
#define PRIu_xen_pfn "u"
typedef uint32_t xen_ulong_t;
#define PRI_xen_ulong "x"
typedef uint32_t xen_callback_t;

struct arch_vcpu_info {
	uint32_t reserved[6];
};
typedef struct arch_vcpu_info arch_vcpu_info_t;

struct arch_shared_info {
	uint32_t reserved[6];
	uint32_t wc_sec_hi;
};
typedef struct arch_shared_info arch_shared_info_t;

/* Registers travel in struct tagma_thread: Xen's calls for them are not offered. */
struct vcpu_guest_context {
	uint32_t flags;
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

struct xen_arch_domainconfig {
	uint32_t reserved;
};
#endif

#define XEN_HAVE_PV_UPCALL_MASK 1
#define XEN_HAVE_PV_GUEST_ENTRY 1
#define XEN_LEGACY_MAX_VCPUS 32
#define MAX_GUEST_CMDLINE 1024

#endif
