/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control protocol between the host (CLI, daemon) and srm on the target.
 *
 * The line is a byte stream (a UART) that may lose or garble bytes. All integers
 * are little endian. A frame is
 *
 *	0  u8[2] magic 0xa7 'T'
 *	2  u16   channel
 *	4  u16   sequence number: one more than the sender's last frame
 *	6  u16   length of the payload, 0..PROTO_MAX_PAYLOAD
 *	8  u32   CRC-32 (IEEE) of the header with this field 0, and the payload
 *	12 u8[]  payload
 *
 * A receiver drops what is no valid frame byte by byte until one begins. Nothing
 * is acknowledged at this level: a request that is not answered is sent again
 * with the same id (srm keeps its last answers and repeats them), and streams
 * (consoles, uploads) carry positions and are resent from the last one acknowledged.
 *
 * Both sides treat what arrives as hostile: every message is read through a bounded
 * cursor (struct pbuf), which turns "bad" instead of running over.
 */
#ifndef TOOLSTACK_PROTO_H
#define TOOLSTACK_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTO_VERSION 1u
#define PROTO_MAGIC0 0xa7u
#define PROTO_MAGIC1 0x54u
#define PROTO_HEADER 12u
#define PROTO_MAX_PAYLOAD 2048u
#define PROTO_MAX_FRAME (PROTO_HEADER + PROTO_MAX_PAYLOAD)

#define PROTO_CH_RPC 0u	     /* requests and replies */
#define PROTO_CH_EVENT 1u    /* target to host: struct proto_event */
#define PROTO_CH_UPLOAD 2u   /* streams of image data; stream number = upload id */
#define PROTO_CH_CONSOLE 16u /* + domid: the two streams of a domain's console */

/* --- frames (proto.c) */
uint32_t proto_crc32(uint32_t crc, const void *data, size_t len); /* start with 0 */

/* Build a frame around `len` bytes of payload in out[PROTO_MAX_FRAME]; returns its size. */
size_t proto_frame(uint8_t *out, uint16_t channel, uint16_t seq, const void *payload, size_t len);

struct proto_rx {
	uint8_t buf[PROTO_MAX_FRAME];
	size_t len;
	uint16_t next_seq;
	bool synced;	  /* a frame was seen: next_seq is meaningful */
	uint64_t frames;  /* good ones */
	uint64_t garbage; /* bytes dropped */
	uint64_t lost;	  /* frames missed, by sequence number */
};

typedef void proto_frame_fn(void *arg, uint16_t channel, const uint8_t *payload, size_t len);

/* Feed received bytes; calls fn for each good frame. fn must not feed the same rx. */
void proto_rx_feed(struct proto_rx *rx, const uint8_t *data, size_t len, proto_frame_fn *fn,
		   void *arg);
void proto_rx_reset(struct proto_rx *rx);

/* --- cursors: one function per message both writes and reads it (proto_msg.c) */
struct pbuf {
	uint8_t *data;
	size_t size, pos;
	bool write; /* else read */
	bool bad;   /* ran over, or a value that cannot be; sticky */
};

struct pbuf pbuf_writer(uint8_t *data, size_t size);
struct pbuf pbuf_reader(const uint8_t *data, size_t size); /* data is not changed */
void pbuf_u8(struct pbuf *b, uint8_t *v);
void pbuf_u16(struct pbuf *b, uint16_t *v);
void pbuf_u32(struct pbuf *b, uint32_t *v);
void pbuf_u64(struct pbuf *b, uint64_t *v);
void pbuf_bytes(struct pbuf *b, void *p, size_t n);
/* u16 length and bytes; `s` holds at most size - 1 of them and is always terminated.
 * A longer string, or one with a NUL inside, is bad. */
void pbuf_str(struct pbuf *b, char *s, size_t size);
static inline bool pbuf_done(const struct pbuf *b) { return !b->bad && b->pos == b->size; }

/* --- streams: go-back-N with positions counted in bytes from 0 */
#define PROTO_STREAM_DATA 0u
#define PROTO_STREAM_ACK 1u
#define PROTO_STREAM_HEADER 20u
#define PROTO_STREAM_MAX (PROTO_MAX_PAYLOAD - PROTO_STREAM_HEADER)
#define PROTO_STREAM_F_EOF 1u  /* DATA: nothing follows after these bytes */
#define PROTO_STREAM_F_LOST 2u /* DATA: bytes before pos are gone: expect pos from now on */

/* Payload of channels UPLOAD and CONSOLE. DATA: `pos` is that of the first byte
 * after this header. ACK: all before pos arrived, and `window` bytes from there may
 * be sent. */
struct proto_stream {
	uint8_t kind, flags;
	uint16_t error; /* ACK: the stream is dead, Xen errno */
	uint32_t id;	/* upload id; 0 on consoles */
	uint64_t pos;
	uint32_t window;
};
void proto_stream(struct pbuf *b, struct proto_stream *m);

#define PROTO_RESEND_NS 1000000000ull

struct proto_tx_stream {
	uint64_t una;	  /* first byte not acknowledged */
	uint64_t nxt;	  /* first byte to send next */
	uint64_t max;	  /* first byte never sent */
	uint64_t limit;	  /* the receiver takes bytes before this */
	uint64_t sent_ns; /* when something last moved */
};
/* Bytes that may be sent from nxt on, if `end` is where the data ends now. */
uint64_t proto_tx_ready(const struct proto_tx_stream *t, uint64_t end);
void proto_tx_sent(struct proto_tx_stream *t, uint64_t n, uint64_t now);
/* False if the ack is nonsense (positions never sent); it is then ignored. */
bool proto_tx_ack(struct proto_tx_stream *t, uint64_t pos, uint32_t window, uint64_t now);
/* True if data was outstanding too long: nxt went back to una, send again. */
bool proto_tx_timeout(struct proto_tx_stream *t, uint64_t now);

/* Data of `len` bytes at `pos` came while `next` is expected: bytes that are new, and
 * how many old ones to skip before them. 0 for a gap or a repetition. */
size_t proto_rx_new(uint64_t next, uint64_t pos, size_t len, size_t *skip);

/* --- requests */
#define PROTO_NAME 32
#define PROTO_CMDLINE 1024
#define PROTO_ERROR 160
#define PROTO_MAX_UPLOAD (64u << 20)

enum proto_op {
	PROTO_HELLO = 1, /* proto_hello both ways; a new session: open uploads are dropped and
			  * consoles detached */
	PROTO_LIST,	/* proto_index -> proto_list; for all: again from list.next until it is 0 */
	PROTO_CREATE,	/* proto_create -> proto_domid */
	PROTO_DESTROY,	/* proto_domid -> - */
	PROTO_PAUSE,	/* proto_domid -> - */
	PROTO_UNPAUSE,	/* proto_domid -> - */
	PROTO_SHUTDOWN, /* proto_shutdown -> - ; answered when the guest took the request, or
			 * with ETIMEDOUT; its end is told by an event */
	PROTO_RENAME,	/* proto_rename -> - */
	PROTO_SYSINFO,	/* - -> proto_sysinfo */
	PROTO_COUNTERS, /* proto_index -> proto_counters */
	PROTO_DMESG,	/* proto_dmesg -> proto_text */
	PROTO_VCPU_LIST,   /* proto_domid -> proto_vcpus */
	PROTO_DEBUG_CHECK, /* - -> - ; EILSEQ if the hypervisor found a broken invariant */
	PROTO_POWEROFF,	   /* proto_poweroff -> - ; the machine ends after the reply */
	PROTO_ATTACH, /* proto_attach -> proto_attach: from now on the console's output comes */
	PROTO_DETACH, /* proto_domid -> - */
	PROTO_UPLOAD, /* proto_upload -> proto_upload with its id */
	PROTO_UPLOAD_DROP, /* proto_domid (an upload id) -> - */
	PROTO_OPS
};

/* Payload of channel RPC: this, then the body. A reply has the request's id and op;
 * with status != 0 (a Xen errno) its body is one string, a line for the user. */
struct proto_rpc {
	uint32_t id; /* chosen by the host, different for each request of a session */
	uint16_t op;
	uint16_t status; /* request: 0 */
};
void proto_rpc(struct pbuf *b, struct proto_rpc *m);
#define PROTO_REPLY 0x8000u /* set in op of replies */

struct proto_hello {
	uint32_t version, session;
	char banner[64];
};
struct proto_index {
	uint32_t first;
};
struct proto_domid {
	uint32_t domid;
};
struct proto_rename {
	uint32_t domid;
	char name[PROTO_NAME];
};
struct proto_poweroff {
	uint32_t reboot;
};

/* Xen's state letters, as xl shows them: r b p s c d */
#define PROTO_DOM_RUNNING 1u
#define PROTO_DOM_BLOCKED 2u
#define PROTO_DOM_PAUSED 4u
#define PROTO_DOM_SHUTDOWN 8u /* see reason */
#define PROTO_DOM_CRASHED 16u
#define PROTO_DOM_DYING 32u
#define PROTO_DOM_GONE 64u   /* destroyed; only its console is still kept here */
#define PROTO_DOM_SMALL 128u /* its kernel runs in a small space */
#define PROTO_DOM_AWAY 256u  /* written back: in the hands of srm until it has something to do */

struct proto_domain {
	uint32_t domid;
	char name[PROTO_NAME];
	uint32_t state;	 /* PROTO_DOM_* */
	uint32_t reason; /* Xen's SHUTDOWN_*, if SHUTDOWN */
	uint64_t mem_kb, max_kb;
	uint32_t vcpus;
	uint32_t prio, cap;
	uint64_t cpu_ns;
	uint64_t colours;     /* bitmap, 0: all */
	uint64_t console_end; /* bytes ever written to its console */
	uint64_t cookie;      /* as given at create */
};
#define PROTO_LIST_MAX 12
struct proto_list {
	uint32_t nr, next;
	struct proto_domain d[PROTO_LIST_MAX];
};

enum proto_action { PROTO_ON_DESTROY, PROTO_ON_RESTART, PROTO_ON_PRESERVE, PROTO_ACTIONS };

struct proto_create {
	char name[PROTO_NAME];
	uint32_t mem_kb;
	uint32_t vcpus;
	uint32_t prio;	  /* the domain's top priority and its vCPU's; 0: the default */
	uint32_t cap;	  /* percent of the processor; 0: no limit */
	uint64_t colours; /* 0: all */
	uint64_t cookie;
	uint8_t on_poweroff, on_reboot, on_crash; /* enum proto_action */
	uint8_t paused;
	uint32_t kernel; /* upload ids; ramdisk 0: none. Both are used up, also by a failure */
	uint32_t ramdisk;
	char cmdline[PROTO_CMDLINE];
};

struct proto_shutdown {
	uint32_t domid, reboot;
};

struct proto_sysinfo {
	char version[64]; /* of the hypervisor */
	char caps[64];
	char cpu[96];
	char cmdline[256];
	uint32_t nr_cpus, cpu_khz;
	uint64_t total_kb, free_kb, outstanding_kb;
	uint32_t nr_domains, max_domains;
	uint32_t nr_colours; /* 0: unknown */
	uint64_t uptime_ns;
	uint64_t rx_frames, rx_garbage, rx_lost; /* of this line, as srm saw it */
};

#define PROTO_COUNTERS_MAX 32
struct proto_counter {
	char name[24];
	uint64_t value;
};
struct proto_counters {
	uint32_t nr, next;
	struct proto_counter c[PROTO_COUNTERS_MAX];
};

struct proto_dmesg {
	uint32_t index, clear;
}; /* index 0: from the oldest; then text.next */
#define PROTO_TEXT 1536
struct proto_text {
	uint32_t next;
	uint16_t len;
	char text[PROTO_TEXT + 1];
}; /* len 0: no more */

#define PROTO_VCPUS_MAX 32
struct proto_vcpu {
	uint32_t vcpu, cpu, online, blocked, running;
	uint64_t cpu_ns;
};
struct proto_vcpus {
	uint32_t nr;
	struct proto_vcpu v[PROTO_VCPUS_MAX];
};

/* Request: output from `from` on (0: the oldest kept), bytes kept until acknowledged.
 * Reply: where output starts, where it stands now, and where input stands. */
struct proto_attach {
	uint32_t domid;
	uint64_t from;
	uint64_t end;
	uint64_t input;
	uint32_t window;
};

/* size and SHA-256 of what will come; reply: id and the first window, or an error (too big,
 * no memory). The data follows on PROTO_CH_UPLOAD and is acknowledged there; the hash is
 * checked by PROTO_CREATE. */
struct proto_upload {
	uint32_t id;
	uint32_t size;
	uint8_t sha256[32];
	char name[64]; /* for messages: the file's name */
	uint32_t window;
};

/* --- events */
enum proto_event_kind {
	PROTO_EV_LOG = 1,   /* text */
	PROTO_EV_CREATED,   /* domid, name */
	PROTO_EV_SHUTDOWN,  /* domid, arg: SHUTDOWN_*; action: what srm does about it */
	PROTO_EV_DESTROYED, /* domid; arg: reason + 1 of its shutdown, 0 if it was destroyed */
	PROTO_EV_RESTARTED, /* domid is gone, arg is its successor */
	PROTO_EV_PAUSED,
	PROTO_EV_UNPAUSED,
	PROTO_EV_RENAMED,
};
struct proto_event {
	uint16_t kind, action;
	uint32_t domid, arg;
	char text[PROTO_ERROR]; /* name of the domain, or the log line */
};

void proto_hello(struct pbuf *b, struct proto_hello *m);
void proto_index(struct pbuf *b, struct proto_index *m);
void proto_domid(struct pbuf *b, struct proto_domid *m);
void proto_rename(struct pbuf *b, struct proto_rename *m);
void proto_poweroff(struct pbuf *b, struct proto_poweroff *m);
void proto_list(struct pbuf *b, struct proto_list *m);
void proto_create(struct pbuf *b, struct proto_create *m);
void proto_shutdown(struct pbuf *b, struct proto_shutdown *m);
void proto_sysinfo(struct pbuf *b, struct proto_sysinfo *m);
void proto_counters(struct pbuf *b, struct proto_counters *m);
void proto_dmesg(struct pbuf *b, struct proto_dmesg *m);
void proto_text(struct pbuf *b, struct proto_text *m);
void proto_vcpus(struct pbuf *b, struct proto_vcpus *m);
void proto_attach(struct pbuf *b, struct proto_attach *m);
void proto_upload(struct pbuf *b, struct proto_upload *m);
void proto_event(struct pbuf *b, struct proto_event *m);

#endif
