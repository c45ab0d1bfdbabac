/* SPDX-License-Identifier: GPL-2.0-only */
/* What `up` needs to know of the daemon. */
#ifndef CLI_DAEMON_MAIN_H
#define CLI_DAEMON_MAIN_H

#include "cli/machine.h"

/*
 * The body of the daemon process; the machine's lock is held and goes with it.
 * Tells status_fd, in lines: 'S' text, what it waits for; 'R', srm has answered;
 * 'E' text, the machine failed or ended. Never returns.
 */
_Noreturn void daemon_main(struct machine *m, struct machine_state *s, char **argv, int status_fd);

#endif
