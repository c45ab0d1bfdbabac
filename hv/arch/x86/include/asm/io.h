/* SPDX-License-Identifier: GPL-2.0-only */
/* I/O ports: what the drivers in hv/pc, and they alone, need of a machine like the PC. */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <hv/types.h>

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;
	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

#endif
