/* SPDX-License-Identifier: GPL-2.0-only */
#include <tagma/map.h>
#include <tagma/signal.h>

int signal_mark(uint32_t space, uint32_t addr, uint32_t len, uint32_t thread)
{
	int err = 0;

	for (; len && !err; addr += PAGE_SIZE, len -= PAGE_SIZE) {
		struct tagma_map op = {
			.src_space = space,
			.dst_space = thread,
			.src = TAGMA_FPAGE(addr, PAGE_SHIFT, TAGMA_R),
		};

		err = map_ops(TAGMA_MAP_message, &op, 1, 0);
	}
	return err;
}

uint32_t signal_wait(uint32_t us, uint32_t *lost, int *err)
{
	struct tagma_msg msg = { .snd_us = TAGMA_NEVER, .rcv_us = us, .xfer_us = TAGMA_NEVER };
	struct ipc m = { .tag = us ? 0 : TAGMA_T_RCV_ZERO };

	if (us && us != TAGMA_NEVER) {
		m.tag = TAGMA_T_LONG | TAGMA_T_TIMED;
		m.w[2] = (uint32_t)(uintptr_t)&msg;
	}
	*err = ipc_receive(&m, TAGMA_SIGNAL_ID);
	if (lost)
		*lost = m.w[1];
	return *err ? 0 : m.w[0];
}
