/* SPDX-License-Identifier: GPL-2.0-only */
/* The messages of the control protocol: each function both writes and reads one. */
#include <string.h>

#include "lib/proto.h"

struct pbuf pbuf_writer(uint8_t *data, size_t size)
{
	return (struct pbuf){ .data = data, .size = size, .write = true };
}

struct pbuf pbuf_reader(const uint8_t *data, size_t size)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} u = { .in = data };

	return (struct pbuf){ .data = u.out, .size = size };
}

void pbuf_bytes(struct pbuf *b, void *p, size_t n)
{
	if (b->bad || b->size - b->pos < n) {
		b->bad = true;
		if (!b->write)
			memset(p, 0, n);
		return;
	}
	if (b->write)
		memcpy(b->data + b->pos, p, n);
	else
		memcpy(p, b->data + b->pos, n);
	b->pos += n;
}

static uint64_t pbuf_int(struct pbuf *b, uint64_t v, unsigned int n)
{
	uint8_t raw[8];

	for (unsigned int i = 0; i < n; i++)
		raw[i] = (uint8_t)(v >> (8 * i));
	pbuf_bytes(b, raw, n);
	v = 0;
	for (unsigned int i = 0; i < n; i++)
		v |= (uint64_t)raw[i] << (8 * i);
	return v;
}

void pbuf_u8(struct pbuf *b, uint8_t *v) { *v = (uint8_t)pbuf_int(b, *v, 1); }
void pbuf_u16(struct pbuf *b, uint16_t *v) { *v = (uint16_t)pbuf_int(b, *v, 2); }
void pbuf_u32(struct pbuf *b, uint32_t *v) { *v = (uint32_t)pbuf_int(b, *v, 4); }
void pbuf_u64(struct pbuf *b, uint64_t *v) { *v = pbuf_int(b, *v, 8); }

void pbuf_str(struct pbuf *b, char *s, size_t size)
{
	uint16_t n = b->write ? (uint16_t)strnlen(s, size - 1) : 0;

	pbuf_u16(b, &n);
	if (n >= size)
		b->bad = true;
	if (b->bad) {
		n = 0;
	} else {
		pbuf_bytes(b, s, n);
		if (!b->write && memchr(s, 0, n))
			b->bad = true;
	}
	if (!b->write)
		s[b->bad ? 0 : n] = 0;
}

/* A count of array elements that follow. */
static uint32_t pbuf_count(struct pbuf *b, uint32_t *nr, uint32_t max)
{
	pbuf_u32(b, nr);
	if (*nr > max)
		b->bad = true;
	if (b->bad && !b->write)
		*nr = 0;
	return b->bad ? 0 : *nr;
}

void proto_rpc(struct pbuf *b, struct proto_rpc *m)
{
	pbuf_u32(b, &m->id);
	pbuf_u16(b, &m->op);
	pbuf_u16(b, &m->status);
}

void proto_stream(struct pbuf *b, struct proto_stream *m)
{
	pbuf_u8(b, &m->kind);
	pbuf_u8(b, &m->flags);
	pbuf_u16(b, &m->error);
	pbuf_u32(b, &m->id);
	pbuf_u64(b, &m->pos);
	pbuf_u32(b, &m->window);
}

void proto_hello(struct pbuf *b, struct proto_hello *m)
{
	pbuf_u32(b, &m->version);
	pbuf_u32(b, &m->session);
	pbuf_str(b, m->banner, sizeof(m->banner));
}

void proto_index(struct pbuf *b, struct proto_index *m) { pbuf_u32(b, &m->first); }
void proto_domid(struct pbuf *b, struct proto_domid *m) { pbuf_u32(b, &m->domid); }
void proto_poweroff(struct pbuf *b, struct proto_poweroff *m) { pbuf_u32(b, &m->reboot); }

void proto_rename(struct pbuf *b, struct proto_rename *m)
{
	pbuf_u32(b, &m->domid);
	pbuf_str(b, m->name, sizeof(m->name));
}

static void proto_domain(struct pbuf *b, struct proto_domain *d)
{
	pbuf_u32(b, &d->domid);
	pbuf_str(b, d->name, sizeof(d->name));
	pbuf_u32(b, &d->state);
	pbuf_u32(b, &d->reason);
	pbuf_u64(b, &d->mem_kb);
	pbuf_u64(b, &d->max_kb);
	pbuf_u32(b, &d->vcpus);
	pbuf_u32(b, &d->prio);
	pbuf_u32(b, &d->cap);
	pbuf_u64(b, &d->cpu_ns);
	pbuf_u64(b, &d->colours);
	pbuf_u64(b, &d->console_end);
	pbuf_u64(b, &d->cookie);
}

void proto_list(struct pbuf *b, struct proto_list *m)
{
	uint32_t n = pbuf_count(b, &m->nr, PROTO_LIST_MAX);

	pbuf_u32(b, &m->next);
	for (uint32_t i = 0; i < n; i++)
		proto_domain(b, &m->d[i]);
}

void proto_create(struct pbuf *b, struct proto_create *m)
{
	pbuf_str(b, m->name, sizeof(m->name));
	pbuf_u32(b, &m->mem_kb);
	pbuf_u32(b, &m->vcpus);
	pbuf_u32(b, &m->prio);
	pbuf_u32(b, &m->cap);
	pbuf_u64(b, &m->colours);
	pbuf_u64(b, &m->cookie);
	pbuf_u8(b, &m->on_poweroff);
	pbuf_u8(b, &m->on_reboot);
	pbuf_u8(b, &m->on_crash);
	pbuf_u8(b, &m->paused);
	pbuf_u32(b, &m->kernel);
	pbuf_u32(b, &m->ramdisk);
	pbuf_str(b, m->cmdline, sizeof(m->cmdline));
	if (m->on_poweroff >= PROTO_ACTIONS || m->on_reboot >= PROTO_ACTIONS ||
	    m->on_crash >= PROTO_ACTIONS)
		b->bad = true;
}

void proto_shutdown(struct pbuf *b, struct proto_shutdown *m)
{
	pbuf_u32(b, &m->domid);
	pbuf_u32(b, &m->reboot);
}

void proto_sysinfo(struct pbuf *b, struct proto_sysinfo *m)
{
	pbuf_str(b, m->version, sizeof(m->version));
	pbuf_str(b, m->caps, sizeof(m->caps));
	pbuf_str(b, m->cpu, sizeof(m->cpu));
	pbuf_str(b, m->cmdline, sizeof(m->cmdline));
	pbuf_u32(b, &m->nr_cpus);
	pbuf_u32(b, &m->cpu_khz);
	pbuf_u64(b, &m->total_kb);
	pbuf_u64(b, &m->free_kb);
	pbuf_u64(b, &m->outstanding_kb);
	pbuf_u32(b, &m->nr_domains);
	pbuf_u32(b, &m->max_domains);
	pbuf_u32(b, &m->nr_colours);
	pbuf_u64(b, &m->uptime_ns);
	pbuf_u64(b, &m->rx_frames);
	pbuf_u64(b, &m->rx_garbage);
	pbuf_u64(b, &m->rx_lost);
}

void proto_counters(struct pbuf *b, struct proto_counters *m)
{
	uint32_t n = pbuf_count(b, &m->nr, PROTO_COUNTERS_MAX);

	pbuf_u32(b, &m->next);
	for (uint32_t i = 0; i < n; i++) {
		pbuf_str(b, m->c[i].name, sizeof(m->c[i].name));
		pbuf_u64(b, &m->c[i].value);
	}
}

void proto_dmesg(struct pbuf *b, struct proto_dmesg *m)
{
	pbuf_u32(b, &m->index);
	pbuf_u32(b, &m->clear);
}

void proto_text(struct pbuf *b, struct proto_text *m)
{
	pbuf_u32(b, &m->next);
	pbuf_u16(b, &m->len);
	if (m->len > PROTO_TEXT)
		b->bad = true;
	if (b->bad)
		m->len = 0;
	pbuf_bytes(b, m->text, m->len);
	if (!b->write)
		m->text[m->len] = 0;
}

void proto_vcpus(struct pbuf *b, struct proto_vcpus *m)
{
	uint32_t n = pbuf_count(b, &m->nr, PROTO_VCPUS_MAX);

	for (uint32_t i = 0; i < n; i++) {
		pbuf_u32(b, &m->v[i].vcpu);
		pbuf_u32(b, &m->v[i].cpu);
		pbuf_u32(b, &m->v[i].online);
		pbuf_u32(b, &m->v[i].blocked);
		pbuf_u32(b, &m->v[i].running);
		pbuf_u64(b, &m->v[i].cpu_ns);
	}
}

void proto_attach(struct pbuf *b, struct proto_attach *m)
{
	pbuf_u32(b, &m->domid);
	pbuf_u64(b, &m->from);
	pbuf_u64(b, &m->end);
	pbuf_u64(b, &m->input);
	pbuf_u32(b, &m->window);
}

void proto_upload(struct pbuf *b, struct proto_upload *m)
{
	pbuf_u32(b, &m->id);
	pbuf_u32(b, &m->size);
	pbuf_bytes(b, m->sha256, sizeof(m->sha256));
	pbuf_str(b, m->name, sizeof(m->name));
	pbuf_u32(b, &m->window);
}

void proto_event(struct pbuf *b, struct proto_event *m)
{
	pbuf_u16(b, &m->kind);
	pbuf_u16(b, &m->action);
	pbuf_u32(b, &m->domid);
	pbuf_u32(b, &m->arg);
	pbuf_str(b, m->text, sizeof(m->text));
}
