/* SPDX-License-Identifier: GPL-2.0-only */
/* srm's shutdown requests. */
#include <tagma/control.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>

static volatile struct tagma_control *page;
static control_fn *control_handler;
static void *control_arg;

static void control_answer(uint32_t port, uint32_t ack)
{
	page->ack = ack;
	arch_barrier();
	event_send(port);
}

static void control_event(void *arg, uint32_t port)
{
	uint32_t req = page->request, what = TAGMA_CONTROL_WHAT(req);
	bool known = what == TAGMA_CONTROL_POWEROFF || what == TAGMA_CONTROL_REBOOT;

	(void)arg;
	if (!req || req == (page->ack & ~TAGMA_CONTROL_REFUSED))
		return;
	if (!known || (control_handler && !control_handler(control_arg, what))) {
		control_answer(port, req | TAGMA_CONTROL_REFUSED);
		return;
	}
	control_answer(port, req);
	if (!control_handler)
		guest_shutdown(what == TAGMA_CONTROL_REBOOT ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

void control_init(const struct start_info *si)
{
	/* The control domain, and a domain of another toolstack, have no such page. */
	if (!si->store_mfn || !si->store_evtchn)
		return;
	page = (volatile struct tagma_control *)(si->store_mfn << PAGE_SHIFT);
	if (page->magic != TAGMA_CONTROL_MAGIC || page->version != TAGMA_CONTROL_VERSION)
		return;
	if (event_set_handler(si->store_evtchn, control_event, 0) >= 0)
		event_unmask(si->store_evtchn);
}

void control_set_handler(control_fn *fn, void *arg)
{
	control_handler = fn;
	control_arg = arg;
}
