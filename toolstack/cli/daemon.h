/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process behind each machine. It started QEMU, owns both serial lines and
 * serves the verbs of the CLI over a socket:
 *
 *	verb --+                 +--> line (COM2) --> srm on the target
 *	verb --+--> daemon ------+--> consoles, kept here, also of dead domains
 *	console+                 +<-- hv.log (COM1)
 *
 * Verbs speak the target's own protocol (lib/proto.h) to the daemon, which gives
 * their requests ids of its own and passes them on. What the daemon answers
 * itself is in daemon_proto.h. Everything happens in one poll loop, so no data
 * here needs a lock.
 */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <poll.h>
#include <sys/types.h>

#include "cli/clock.h"
#include "cli/daemon_proto.h"
#include "cli/machine.h"
#include "lib/queue.h"

#define CONSOLE_RING (1u << 20)	  /* output kept of each console */
#define CONSOLE_INPUT (64u << 10) /* typed ahead of the guest */
#define CONSOLE_WINDOW (64u << 10)
#define CONSOLES_GONE 32 /* dead domains whose consoles are kept */
#define CLIENT_BACKLOG (256u << 10)
#define LINE_BACKLOG (128u << 10)
#define MAX_CLIENTS 64
#define MAX_UPLOADS 16
#define MAX_SEEN 128
#define SRM_LOGS 32

struct console {
	struct console *next; /* newest first */
	uint32_t domid;
	char name[PROTO_NAME];
	bool gone;	    /* the domain has ended: nothing more will be typed */
	bool settling;	    /* ended, but some of its output may still be on the way */
	bool over;	    /* ended, and all its output is here */
	uint32_t end_code;  /* SHUTDOWN_* + 1; 0: destroyed */
	uint32_t action;    /* enum proto_action */
	uint32_t successor; /* domid after a restart; 0: none */
	uint64_t settle_ns; /* when settling began */
	bool asked_end;	    /* a domain that is kept sends no end mark: the target was asked */
	uint64_t final;	    /* where its output will end, once known */
	bool final_known;
	uint8_t *ring;
	uint64_t start, end; /* stream positions of what the ring holds */
	uint64_t shown;	     /* all before was sent to some client */
	uint32_t window;     /* as last acknowledged */
	struct proto_tx_stream in;
	uint64_t in_end;
	uint8_t input[CONSOLE_INPUT]; /* of positions [in.una, in_end), by position modulo size */
};

struct client {
	struct client *next;
	int fd;
	struct proto_rx rx;
	struct queue out;
	uint16_t seq;
	bool events;
	bool dead; /* freed at the end of the round */
	struct console *console;
	uint64_t pos; /* of the console: next byte to send */
	bool told_over;
	bool dump; /* wants only what is there */
	bool tied; /* the machine ends with this connection */
};

struct request {
	struct request *next;
	uint32_t id;	       /* on the line */
	uint32_t client_id;    /* as the client called it */
	struct client *client; /* NULL: the daemon's own, or its client is gone */
	void (*done)(struct daemon *d, struct request *r, uint16_t status, struct pbuf *body);
	uint32_t domid; /* for done() */
	uint64_t first_ns, sent_ns;
	uint16_t op;
	size_t len;
	uint8_t payload[]; /* ready to be sent again */
};

struct upload {
	uint32_t id;
	struct client *client;
};

struct daemon {
	struct machine *m;
	pid_t qemu;
	uint64_t started_ns;
	int status_fd; /* to the `up` that waits; -1 once it was told */
	int listen_fd, signal_fd, log_fd;
	int com1_listen, com2_listen, com1, com2;
	uint64_t log_size;
	struct proto_rx rx;
	struct queue out;
	uint16_t seq;
	uint32_t next_id;
	uint64_t lost; /* frames, when the domains were last compared */
	bool ready;    /* srm said hello */
	bool listing;
	uint32_t nr_seen, seen[MAX_SEEN]; /* domains of the list being read */
	uint64_t hello_ns;
	bool stopping;
	uint64_t stop_ns;
	int kills; /* signals sent to QEMU so far */
	bool qemu_gone;
	int qemu_status;
	struct client *clients;
	struct console *consoles;
	struct request *requests;
	struct upload uploads[MAX_UPLOADS];
	char logs[SRM_LOGS][PROTO_ERROR]; /* srm's last lines, for whoever asks why */
	unsigned nr_logs;
};

/* To whoever waits in `up`: 'S' state, 'R' ready, 'E' error. */
void daemon_tell(struct daemon *d, char kind, const char *text);

/* daemon_line.c: the line to srm */
void line_start(struct daemon *d);
void line_receive(struct daemon *d); /* com2 is readable */
void line_tick(struct daemon *d);
void line_send(struct daemon *d, uint16_t channel, const void *payload, size_t len);
/* Sends a request; the reply goes to client (under its own id), or to done(). */
struct request *line_request(struct daemon *d, uint16_t op, const void *body, size_t len);
void line_forget_client(struct daemon *d, struct client *c);

/* daemon_sync.c: what happens to domains */
void sync_event(struct daemon *d, const struct proto_event *ev);
void sync_start(struct daemon *d); /* srm has said hello */
void sync_list(struct daemon *d);  /* compare with the target's list */
void sync_tick(struct daemon *d);
const char *sync_log_about(const struct daemon *d, const char *name); /* "" if there is none */

/* daemon_client.c */
void client_accept(struct daemon *d);
void client_receive(struct daemon *d, struct client *c);
void client_frame(struct client *c, uint16_t channel, const void *payload, size_t len);
void client_reply(struct client *c, uint32_t id, uint16_t op, uint16_t status, const void *body,
		  size_t len);
void client_event(struct daemon *d, const struct proto_event *ev); /* to all that listen */
void client_reap(struct daemon *d);
void daemon_stop(struct daemon *d); /* power off; QEMU is ended if that does not help */
struct client *client_of_upload(struct daemon *d, uint32_t id);
void client_own_upload(struct daemon *d, struct client *c, uint32_t id);

/* daemon_console.c */
struct console *console_find(struct daemon *d, uint32_t domid); /* not one that is gone */
struct console *console_by_name(struct daemon *d, const char *name);
struct console *console_add(struct daemon *d, uint32_t domid, const char *name);
void console_stream(struct daemon *d, uint32_t domid, const struct proto_stream *s,
		    const uint8_t *data, size_t len);
size_t console_input(struct console *c, const uint8_t *data, size_t len);
void console_input_at(struct console *c, uint64_t pos); /* the target takes input from pos on */
size_t console_input_room(const struct console *c);
void console_pump(struct daemon *d); /* ring to clients, input to the target */
void console_ack(struct daemon *d, struct console *c, bool always);
void console_free_all(struct daemon *d);

#endif
