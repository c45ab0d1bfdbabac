/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON output and progress lines. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <jansson.h>

#include "lib/config.h"
#include "lib/proto.h"

int out_json(json_t *j); /* prints and frees it; an exit code */
json_t *out_domain(const struct proto_domain *d);
json_t *out_config(const struct config *c);

/* "what: text" on one line of a terminal, rewritten in place; nothing elsewhere. */
void out_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_progress_end(void); /* erases the line */

#endif
