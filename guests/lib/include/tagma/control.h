/* SPDX-License-Identifier: GPL-2.0-only */
/* srm's requests to this domain (public/control.h): power off, reboot. */
#ifndef TAGMA_CONTROL_H
#define TAGMA_CONTROL_H

#include <stdbool.h>
#include <public/control.h>
#include <tagma/arch.h>

/* Called from event_dispatch() with TAGMA_CONTROL_*; true: the domain will do it. */
typedef bool control_fn(void *arg, unsigned int what);

/* Without a handler, requests are taken at once: guest_shutdown(). */
void control_init(const struct start_info *si);
void control_set_handler(control_fn *fn, void *arg);

#endif
