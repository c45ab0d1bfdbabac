/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal's driver: the domain's Xen console ring. */
#include <tagma/console.h>
#include "tty.h"

static void (*listener)(void);

static void console_changed(void *arg)
{
	(void)arg;
	listener();
}

void console_listen(void (*fn)(void))
{
	listener = fn;
	console_set_handler(console_changed, NULL);
}

static void driver_write(const char *p, size_t n) { console_put(p, n); }

const struct tty_driver console_driver = {
	.room = console_room,
	.write = driver_write,
	.read = console_get,
	.kick = console_notify,
};
