/* SPDX-License-Identifier: GPL-2.0-only */
/* A 16550 UART, driven from user level: its ports are mapped to us, its interrupt is a message. */
#ifndef SRM_UART_H
#define SRM_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int uart_init(uint16_t base, uint32_t irq); /* 0, or -errno: no such device, or not ours */
uint32_t uart_irq(void);		    /* 0 if there is no UART */

/* Take what was received, and send what was queued. Returns whether bytes came. */
bool uart_service(void (*received)(const uint8_t *data, size_t len));

size_t uart_room(void); /* bytes that uart_send() takes now */
/* Queue all of it: false, and nothing, if there is no room. */
bool uart_send(const uint8_t *data, size_t len);
void uart_flush(void); /* wait until all was sent, some time at most */

extern uint64_t uart_errors; /* bytes received with parity, framing or overrun errors */

#endif
