/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's domain and system controls as functions: 0 (or a count) or -errno. */
#ifndef SRM_XENCTL_H
#define SRM_XENCTL_H

#include <tagma/hypercall.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

int xc_create(uint32_t *domid); /* in: the one wanted, 0: any */
int xc_destroy(uint32_t domid);
int xc_pause(uint32_t domid);
int xc_unpause(uint32_t domid);
int xc_max_mem(uint32_t domid, uint64_t kb);
int xc_info(uint32_t domid, struct xen_domctl_getdomaininfo *out); /* -ESRCH: not that one */
int xc_vcpu(uint32_t domid, uint32_t vcpu, struct xen_domctl_getvcpuinfo *out);

/* Pages first .. first + nr - 1 of the domain: all, or -errno and none are added. */
int xc_populate(uint32_t domid, uint32_t first, uint32_t nr);
void xc_release(uint32_t domid, uint32_t first, uint32_t nr);

int xc_physinfo(struct xen_sysctl_physinfo *out);
uint64_t xc_free_kb(void);
/* Bytes of the hypervisor's log from *index on (the oldest if `first`); *index moves. */
int xc_readconsole(char *buf, uint32_t size, uint32_t *index, bool first, bool clear);

#endif
