/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system resource manager: domain 0 on the target. One thread, one loop: it
 * waits for a message (an interrupt of the UART, an event of a domain) and then gives
 * each part a bounded turn, until nobody has anything left to do.
 *
 *	uart.c    bytes of the control line
 *	line.c    frames on it                       (lib/proto.h)
 *	rpc.c     requests and their answers         rpc_info.c  queries
 *	console.c consoles of the domains            upload.c    images sent by the host
 *	domains.c the domains' lives and deaths      shutdown.c  asking them to end
 *	build.c   a domain from its images           boot.c      those of the boot image
 *	image.c   kernels and ramdisks in memory     xenctl.c    the hypervisor's controls
 *	swap.c    domains that are not loaded
 */
#ifndef SRM_H
#define SRM_H

#include <list.h>
#include <public/control.h>
#include <public/tagma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/domctl.h>
#include <xen/io/console.h>

#include "hv/fit.h"
#include "lib/proto.h"

#define SRM_DOMAINS 32 /* records; with more, those of dead domains go */
#define SRM_PRIO 200u  /* our own: a domain above it could not wait for us to load it */
#define SRM_DEFAULT_PRIO 100u
#define SRM_MAX_PRIO 254u
#define CONSOLE_RING 16384u /* output kept of each console */
#define CONSOLE_INPUT 1024u
#define NS_PER_MS 1000000ull

/* --- main.c */
uint64_t now_ns(void);
void need_time(uint64_t ns); /* run the loop again then, or before; good for one turn */
void need_tick(void);	     /* soon */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- image.c: a file in memory. References: whoever may still build from it. */
struct image {
	unsigned int refs;
	char name[64];
	const uint8_t *data;
	uint32_t size;
	int slot;     /* of our own memory; -1: in the boot image */
	bool checked; /* its hash was */
	uint8_t sha256[32];
};
void image_init(void);
struct image *image_new(const char *name, uint32_t size); /* memory of its own; NULL: too little */
struct image *image_at(const char *name, const void *data, uint32_t size);
struct image *image_get(struct image *i); /* NULL stays NULL */
void image_put(struct image *i);
int image_verify(struct image *i, struct fit_error *e);

/* --- a domain */
struct console {
	volatile struct xencons_interface *page; /* our page, mapped to the domain */
	uint32_t port;				 /* 0: the domain is gone */
	uint8_t *ring; /* bytes [start, end), each at its position modulo the size */
	uint64_t start, end;
	struct proto_tx_stream tx;
	bool attached;
	bool lost;	   /* tx was moved on: the host must be told */
	bool over;	   /* all was fetched after the end */
	uint32_t eof_sent; /* times */
	uint64_t heard_ns; /* the host's last acknowledgement */
	uint64_t probe_ns;
	uint64_t in_next; /* input position expected */
	uint8_t in[CONSOLE_INPUT];
	uint32_t in_len;
	uint32_t in_window; /* as last told to the host */
};

struct dom_config {
	struct proto_create c;
	struct image *kernel, *ramdisk;
};

struct dom {
	struct list link; /* dom_list, by age */
	uint32_t domid;
	struct dom_config cfg;
	struct console con;
	volatile struct tagma_control *control; /* our page, mapped to the domain */
	uint32_t control_port;
	uint32_t request_seq;
	uint32_t top_gpn; /* the console ring's page, behind its memory; then the control page */
	bool away;	  /* written back: it is in `saved`, not in the hypervisor */
	bool wanted;	  /* an event waits for it */
	int swap_err;	  /* of the last try to load it */
	uint64_t away_ns; /* since when */
	struct tagma_saved_domain saved;
	bool paused;
	bool ended;	 /* its shutdown was seen */
	bool reap;	 /* goes, once its console is drained */
	bool gone;	 /* only the console is left */
	uint32_t reason; /* SHUTDOWN_*, if ended */
	uint32_t action; /* enum proto_action, if ended */
	uint64_t started_ns;
	struct {
		uint32_t rpc_id; /* 0: none */
		uint16_t op;
		uint32_t request;
		uint64_t deadline;
	} shutdown;
};

extern struct list dom_list;

void domains_init(void);
struct dom *dom_find(uint32_t domid);	  /* one that lives */
struct dom *dom_find_any(uint32_t domid); /* dead ones too */
struct dom *dom_by_name(const char *name);
struct dom *dom_next(uint32_t domid); /* the first at or above it, dead ones too */
int dom_info(const struct dom *d, struct xen_domctl_getdomaininfo *out); /* loaded or not */
/* Takes the images' references of cfg, whatever comes. Returns the domain, or NULL with *e. */
struct dom *dom_create(const struct dom_config *cfg, uint32_t domid, struct fit_error *e, int *err);
int dom_destroy(struct dom *d, uint32_t event_arg);
bool domains_work(void);
void dom_event(const struct dom *d, enum proto_event_kind kind, uint32_t arg, uint32_t action);

/* --- build.c: memory, images, pages and channels of d->cfg; undone if it fails */
int build_domain(struct dom *d, uint32_t wanted_domid, struct fit_error *e);

/* --- swap.c */
void swap_init(void);
int swap_in(struct dom *d);		    /* now; 0 if it is loaded already */
void swap_pause(struct dom *d, bool pause); /* one that is away */
void swap_forget(uint32_t domid);	    /* that domain is no more: nobody has ports to it */
void swap_work(void);			    /* loads those that have something to do, one by one */
uint64_t swap_kb(void); /* what the tables of those that are away will take again */

/* --- boot.c */
void boot_domains(const void *fit_image, uint32_t size);

/* --- console.c */
void con_init(struct console *c);
void con_free(struct console *c);
int con_attach(struct dom *d, struct proto_attach *a);
void con_detach(struct console *c);
bool con_work(struct dom *d);	 /* true: has more to do */
bool con_drained(struct dom *d); /* nothing is left in the domain's own ring */
void con_frame(uint32_t domid, const uint8_t *payload, size_t len);
bool con_wants_tick(const struct console *c);

/* --- shutdown.c */
int shutdown_request(struct dom *d, const struct proto_shutdown *s, uint32_t rpc_id, uint16_t op);
void shutdown_check(struct dom *d); /* answered? too late? */
void shutdown_ended(struct dom *d);

/* --- upload.c */
int upload_open(struct proto_upload *u, struct fit_error *e);
int upload_drop(uint32_t id);
void upload_drop_all(void);
void upload_frame(const uint8_t *payload, size_t len);
/* Takes a finished upload's image; NULL with *e. id 0: NULL and no error. */
struct image *upload_take(uint32_t id, struct fit_error *e, int *err);

/* --- line.c */
void line_received(const uint8_t *data, size_t len);
bool line_send(uint16_t channel, const void *payload, size_t len);
bool line_idle(void); /* room enough that bulk data may go */
const struct proto_rx *line_rx(void);

/* --- rpc.c */
void rpc_frame(const uint8_t *payload, size_t len);
void rpc_reply(uint32_t id, uint16_t op, int err, const char *text);
void rpc_event(const struct proto_event *ev);

/* --- rpc_info.c: bodies of replies; 0 or -errno */
int info_list(struct pbuf *in, struct pbuf *out);
int info_sysinfo(struct pbuf *out);
int info_counters(struct pbuf *in, struct pbuf *out);
int info_dmesg(struct pbuf *in, struct pbuf *out);
int info_vcpus(struct pbuf *in, struct pbuf *out);

#endif
