/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <tagma/arch.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/time.h>

#include "srm/uart.h"

enum { RBR = 0, THR = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };

#define IER_RX 0x01u
#define IER_TX 0x02u
#define IER_LINE 0x04u
#define IIR_NONE 0x01u
#define IIR_CAUSE 0x0fu
#define IIR_RX_LEVEL 0x04u
#define RX_LEVEL 14
#define FCR_ON 0xc7u /* on, cleared, interrupt at 14 bytes (or when the line pauses) */
#define LCR_8N1 0x03u
#define LCR_DLAB 0x80u
#define MCR_ON 0x0bu /* DTR, RTS, OUT2: the interrupt line is connected */
#define LSR_DATA 0x01u
#define LSR_ERRORS 0x1eu
#define LSR_THRE 0x20u
#define FIFO 16
#define BURST 512   /* bytes read before others get a turn */
#define TX_BURSTS 8 /* FIFOs filled before we look for input again */
#define QUEUE 32768u

static uint16_t base;
static uint32_t irq_line;
static uint8_t ier;
static uint8_t queue[QUEUE];
static uint32_t head, tail; /* bytes [tail, head) wait; both only grow */
uint64_t uart_errors;

static uint8_t reg_read(uint16_t reg) { return arch_in8((uint16_t)(base + reg)); }

static void reg_write(uint16_t reg, uint32_t v) { arch_out8((uint16_t)(base + reg), (uint8_t)v); }

/* The scratch register is there, and the FIFO says that it works. */
static bool uart_probe(void)
{
	reg_write(SCR, 0x5a);
	if (reg_read(SCR) != 0x5a)
		return false;
	reg_write(SCR, 0xa5);
	if (reg_read(SCR) != 0xa5)
		return false;
	reg_write(FCR, FCR_ON);
	return (reg_read(IIR) & 0xc0u) == 0xc0u;
}

int uart_init(uint16_t port, uint32_t irq)
{
	struct ipc m = { 0 };
	int err;

	base = port;
	if (!uart_probe())
		return -ENODEV;
	reg_write(IER, 0);
	reg_write(LCR, LCR_DLAB | LCR_8N1);
	reg_write(RBR, 1); /* divisor 1: 115200 */
	reg_write(IER, 0);
	reg_write(LCR, LCR_8N1);
	reg_write(MCR, MCR_ON);
	for (int i = 0; i < FIFO && (reg_read(LSR) & LSR_DATA); i++)
		reg_read(RBR);
	/* A first send to the interrupt attaches it to us. */
	err = ipc_send(&m, TAGMA_IRQ_ID(irq));
	if (err)
		return err;
	irq_line = irq;
	ier = IER_RX | IER_LINE;
	reg_write(IER, ier);
	return 0;
}

uint32_t uart_irq(void) { return irq_line; }

/* Takes what the FIFO holds. At its trigger level no status is read for each byte:
 * port accesses are what a UART's speed is made of. */
static size_t uart_take(uint8_t *buf)
{
	size_t n = 0;
	uint8_t lsr;

	if ((reg_read(IIR) & IIR_CAUSE) == IIR_RX_LEVEL) {
		for (; n < RX_LEVEL; n++)
			buf[n] = reg_read(RBR);
		return n;
	}
	while (n < FIFO && ((lsr = reg_read(LSR)) & LSR_DATA)) {
		if (lsr == 0xff)
			break; /* nobody drives the bus */
		if (lsr & LSR_ERRORS)
			uart_errors++;
		buf[n++] = reg_read(RBR);
	}
	return n;
}

static bool uart_receive(void (*received)(const uint8_t *data, size_t len))
{
	uint8_t buf[BURST + FIFO];
	size_t n = 0, got;

	do {
		got = uart_take(buf + n);
		n += got;
	} while (got && n < BURST);
	if (n)
		received(buf, n);
	return n > 0;
}

static void uart_transmit(void)
{
	uint8_t want = IER_RX | IER_LINE;

	for (int bursts = 0; tail != head && bursts < TX_BURSTS && (reg_read(LSR) & LSR_THRE);
	     bursts++)
		for (int i = 0; i < FIFO && tail != head; i++)
			reg_write(THR, queue[tail++ % QUEUE]);
	if (tail != head)
		want |= IER_TX;
	if (want != ier) {
		ier = want;
		reg_write(IER, ier);
	}
}

bool uart_service(void (*received)(const uint8_t *data, size_t len))
{
	bool came;

	if (!irq_line)
		return false;
	/* The interrupt is an edge: it must be seen to go away, or the next never comes. */
	for (int i = 0; i < 8 && !(reg_read(IIR) & IIR_NONE); i++) {
		came = uart_receive(received);
		uart_transmit();
		if (came)
			return true;
	}
	came = uart_receive(received);
	uart_transmit();
	/* With the FIFO free there will be no interrupt: go on at once. */
	return came || (tail != head && (reg_read(LSR) & LSR_THRE));
}

size_t uart_room(void) { return irq_line ? QUEUE - (head - tail) : 0; }

bool uart_send(const uint8_t *data, size_t len)
{
	if (len > uart_room())
		return false;
	for (size_t i = 0; i < len; i++)
		queue[head++ % QUEUE] = data[i];
	uart_transmit();
	return true;
}

void uart_flush(void)
{
	uint64_t until = time_ns() + 2 * NSEC_PER_SEC;

	while (tail != head && time_ns() < until)
		uart_transmit();
}
