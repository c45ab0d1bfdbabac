/* SPDX-License-Identifier: GPL-2.0-only */
/* Typed requests to srm. All return 0, or -1 with *e set. */
#ifndef CLI_QUERY_H
#define CLI_QUERY_H

#include "cli/client.h"

struct domains {
	struct proto_domain *d;
	size_t nr;
};

int query_domains(struct conn *c, struct domains *out, struct err *e);
void domains_free(struct domains *l);
/* By name or decimal domid. */
int query_domain(struct conn *c, const char *who, struct proto_domain *out, struct err *e);
int query_sysinfo(struct conn *c, struct proto_sysinfo *out, struct err *e);
int query_vcpus(struct conn *c, uint32_t domid, struct proto_vcpus *out, struct err *e);
/* Requests that carry one domid and answer nothing. */
int query_domain_op(struct conn *c, uint16_t op, uint32_t domid, struct err *e);

/* xl's six letters, as in "r-----"; out has room for 7. */
void state_letters(const struct proto_domain *d, char *out);
const char *shutdown_name(uint32_t reason); /* of Xen's SHUTDOWN_* */

#endif
