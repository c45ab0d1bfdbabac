/* SPDX-License-Identifier: GPL-2.0-only */
/* What Xen's tools ask about a domain; shared by domctl and sysctl. */
#ifndef HV_DOMAIN_INFO_H
#define HV_DOMAIN_INFO_H

#include <hv/domain.h>

struct xen_domctl_getdomaininfo;

struct domain *domain_next(uint32_t domid); /* the first one at or above domid, dying ones too */
bool domain_is_running(const struct domain *d); /* some thread of it is ready and may run */
void domain_fill_info(const struct domain *d, struct xen_domctl_getdomaininfo *i);

#endif
