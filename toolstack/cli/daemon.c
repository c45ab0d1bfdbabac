/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon of a machine: starts QEMU, then one poll loop until QEMU ends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/daemon.h"
#include "cli/daemon_main.h"
#include "lib/file.h"

#define LOG_LIMIT (16u << 20) /* of hv.log: a guest can make the hypervisor talk */
#define STOP_TERM_NS 5000000000ull
#define STOP_KILL_NS 8000000000ull
#define LINGER_NS 2000000000ull /* for clients to read what is left */

void daemon_tell(struct daemon *d, char kind, const char *text)
{
	char line[256];
	int n;

	if (d->status_fd < 0)
		return;
	n = snprintf(line, sizeof(line), "%c%s\n", kind, text);
	/* Nobody listens any more: that is no reason to end. */
	if (write(d->status_fd, line, (size_t)n) < 0 || kind != 'S') {
		close(d->status_fd);
		d->status_fd = -1;
	}
}

static int listen_at(const struct machine *m, const char *file)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char *path = machine_path(m, file);
	int fd = -1;

	if (strlen(path) < sizeof(sa.sun_path)) {
		strcpy(sa.sun_path, path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd >= 0 && (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 16))) {
			close(fd);
			fd = -1;
		}
	} else {
		errno = ENAMETOOLONG;
	}
	free(path);
	return fd;
}

/* In the child: becomes QEMU, with its complaints in qemu.log. */
static void exec_qemu(const struct machine *m, char **argv, pid_t parent)
{
	char *path = machine_path(m, "qemu.log");
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	/* No QEMU without its daemon. The daemon may have died before this took hold. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int start_qemu(struct daemon *d, char **argv)
{
	pid_t self = getpid();

	d->qemu = fork();
	if (d->qemu == 0)
		exec_qemu(d->m, argv, self);
	return d->qemu < 0 ? -1 : 0;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_all(struct daemon *d)
{
	char *log = machine_path(d->m, "hv.log");

	d->log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	free(log);
	d->signal_fd = open_signals();
	d->com1_listen = listen_at(d->m, "com1.sock");
	d->com2_listen = listen_at(d->m, "com2.sock");
	d->listen_fd = listen_at(d->m, "ctl");
	return d->log_fd < 0 || d->signal_fd < 0 || d->com1_listen < 0 || d->com2_listen < 0 ||
			       d->listen_fd < 0
		       ? -1
		       : 0;
}

/* QEMU connects once to each; after that nobody else may. */
static void accept_line(struct daemon *d, int *listen_fd, int *fd, const char *file)
{
	char *path;

	*fd = accept4(*listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (*fd < 0)
		return;
	close(*listen_fd);
	*listen_fd = -1;
	path = machine_path(d->m, file);
	unlink(path);
	free(path);
	if (fd == &d->com2)
		line_start(d);
}

static void log_receive(struct daemon *d)
{
	static const char full[] = "\n[hv.log is full: the rest is not kept]\n";
	char buf[16384];
	ssize_t n = recv(d->com1, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(d->com1);
		d->com1 = -1;
	}
	if (n <= 0 || d->log_size > LOG_LIMIT)
		return;
	d->log_size += (uint64_t)n;
	if (fd_write_all(d->log_fd, buf, (size_t)n) || d->log_size <= LOG_LIMIT)
		return;
	if (fd_write_all(d->log_fd, full, sizeof(full) - 1))
		d->log_size = LOG_LIMIT + 1;
}

static void handle_signals(struct daemon *d)
{
	struct signalfd_siginfo si;

	while (read(d->signal_fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			if (waitpid(d->qemu, &d->qemu_status, WNOHANG) == d->qemu)
				d->qemu_gone = true;
		} else if (!d->stopping) {
			d->stopping = true;
			d->stop_ns = now_ns() - STOP_TERM_NS;
		}
	}
}

void daemon_stop(struct daemon *d)
{
	struct proto_poweroff m = { 0 };
	uint8_t body[8];
	struct pbuf b = pbuf_writer(body, sizeof(body));

	if (d->stopping)
		return;
	d->stopping = true;
	d->stop_ns = now_ns();
	proto_poweroff(&b, &m);
	line_request(d, PROTO_POWEROFF, body, b.pos);
}

/* The target was asked to power off. If it does not, QEMU is asked, then not asked. */
static void stop_tick(struct daemon *d)
{
	uint64_t waited;

	if (!d->stopping || d->qemu_gone)
		return;
	waited = now_ns() - d->stop_ns;
	if (d->kills == 0 && waited >= STOP_TERM_NS) {
		kill(d->qemu, SIGTERM);
		d->kills++;
	} else if (d->kills == 1 && waited >= STOP_KILL_NS) {
		kill(d->qemu, SIGKILL);
		d->kills++;
	}
}

#define FIXED_FDS 6

static nfds_t poll_set(struct daemon *d, struct pollfd *p)
{
	bool line_full = d->out.len > LINE_BACKLOG;
	nfds_t n = FIXED_FDS;
	struct client *c;

	p[0] = (struct pollfd){ d->signal_fd, POLLIN, 0 };
	p[1] = (struct pollfd){ d->listen_fd, POLLIN, 0 };
	p[2] = (struct pollfd){ d->com1_listen, POLLIN, 0 };
	p[3] = (struct pollfd){ d->com2_listen, POLLIN, 0 };
	p[4] = (struct pollfd){ d->com1, POLLIN, 0 };
	p[5] = (struct pollfd){ d->com2, (short)(POLLIN | (d->out.len ? POLLOUT : 0)), 0 };
	for (c = d->clients; c; c = c->next, n++) {
		bool deaf = line_full || c->out.len > CLIENT_BACKLOG ||
			    (c->console && console_input_room(c->console) <= c->rx.len);

		p[n] = (struct pollfd){ c->fd,
					(short)((deaf ? 0 : POLLIN) | (c->out.len ? POLLOUT : 0)),
					0 };
	}
	return n;
}

static void poll_clients(struct daemon *d, const struct pollfd *p, nfds_t n)
{
	struct client *c = d->clients;

	for (nfds_t i = FIXED_FDS; i < n; i++, c = c->next) {
		if (p[i].revents & POLLIN)
			client_receive(d, c);
		else if (p[i].revents & (POLLERR | POLLHUP | POLLNVAL))
			c->dead = true;
	}
}

static void flush_clients(struct daemon *d)
{
	struct client *c;

	for (c = d->clients; c; c = c->next)
		if (queue_write(&c->out, c->fd))
			c->dead = true;
	client_reap(d);
}

static void poll_once(struct daemon *d)
{
	struct pollfd p[FIXED_FDS + MAX_CLIENTS];
	nfds_t n = poll_set(d, p);

	if (poll(p, n, 200) < 0)
		return;
	if (p[0].revents)
		handle_signals(d);
	if (p[2].revents)
		accept_line(d, &d->com1_listen, &d->com1, "com1.sock");
	if (p[3].revents)
		accept_line(d, &d->com2_listen, &d->com2, "com2.sock");
	if (p[4].revents)
		log_receive(d);
	if (p[5].revents & (POLLIN | POLLHUP))
		line_receive(d);
	/* Before new clients come: their order must still be that of the poll set. */
	poll_clients(d, p, n);
	if (p[1].revents)
		client_accept(d);
}

static void serve(struct daemon *d)
{
	while (!d->qemu_gone) {
		poll_once(d);
		line_tick(d);
		sync_tick(d);
		stop_tick(d);
		console_pump(d);
		if (d->com2 >= 0 && queue_write(&d->out, d->com2))
			d->out.len = 0; /* QEMU closed it: it is about to end */
		flush_clients(d);
	}
}

/* QEMU is gone, but what it said last may still be in the sockets. */
static void drain(struct daemon *d)
{
	uint64_t until = now_ns() + LINGER_NS;
	struct console *c;
	bool waiting = true;

	while (d->com1 >= 0 && now_ns() < until)
		log_receive(d);
	line_receive(d);
	for (c = d->consoles; c; c = c->next)
		c->over = c->settling = c->gone = true;
	while (waiting && now_ns() < until) {
		struct client *k;

		console_pump(d);
		flush_clients(d);
		waiting = false;
		for (k = d->clients; k; k = k->next)
			waiting |= k->out.len || (k->console && !k->told_over);
		if (waiting)
			poll(NULL, 0, 5);
	}
}

static char *end_text(int status)
{
	if (WIFSIGNALED(status))
		return xasprintf("QEMU was ended by signal %d", WTERMSIG(status));
	return xasprintf("QEMU exited with status %d", WEXITSTATUS(status));
}

/* A machine that was told to stop leaves nothing; one that fell over leaves its logs. */
static void finish(struct daemon *d)
{
	char *text = end_text(d->qemu_status), *path = machine_path(d->m, "end");
	struct err ignored;

	daemon_tell(d, 'E', text);
	if (d->stopping)
		machine_remove(d->m);
	else if (file_write(path, text, strlen(text), &ignored))
		fprintf(stderr, "tagma: %s\n", ignored.text);
	free(text);
	free(path);
	while (d->clients) {
		d->clients->dead = true;
		client_reap(d);
	}
	console_free_all(d);
	queue_free(&d->out);
}

static int start(struct daemon *d, struct machine_state *s, char **argv)
{
	struct err e;

	if (open_all(d)) {
		err_errno(&e, "%s", d->m->dir);
	} else if (start_qemu(d, argv)) {
		err_errno(&e, "fork");
	} else {
		s->daemon = process_of(getpid());
		s->qemu = process_of(d->qemu);
		s->started = time(NULL);
		if (!machine_save(d->m, s, &e))
			return 0;
	}
	daemon_tell(d, 'E', e.text);
	return -1;
}

void daemon_main(struct machine *m, struct machine_state *s, char **argv, int status_fd)
{
	struct daemon *d = xcalloc(1, sizeof(*d));

	d->m = m;
	d->status_fd = status_fd;
	d->com1 = d->com2 = -1;
	d->started_ns = now_ns();
	if (start(d, s, argv)) {
		if (d->qemu > 0)
			kill(d->qemu, SIGTERM);
		_exit(1);
	}
	serve(d);
	drain(d);
	finish(d);
	free(d);
	_exit(0);
}
