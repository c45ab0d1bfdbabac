/* SPDX-License-Identifier: GPL-2.0-only */
/* Malta's I/O ports are memory: PCI's, as the firmware has mapped them. */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <asm/layout.h>
#include <hv/types.h>

#define IO_PHYS 0x18000000ul
#define IO_PORTS 0x10000u

static inline volatile uint8_t *io_port(uint16_t port)
{
	return (volatile uint8_t *)(KSEG1 + IO_PHYS + port);
}

static inline uint8_t inb(uint16_t port) { return *io_port(port); }
static inline void outb(uint16_t port, uint8_t v) { *io_port(port) = v; }

#endif
