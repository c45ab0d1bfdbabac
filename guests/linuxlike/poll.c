/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for several files: poll, select and their kin. */
#include "fs.h"

#define WAITERS_PER_PAGE ((FS_PAGE - sizeof(void *)) / sizeof(struct waiter))
#define MAX_POLL 1024u /* as many as there can be descriptors */
#define NSEC 1000000000ull

struct waiter_page {
	struct waiter_page *next;
	struct waiter w[WAITERS_PER_PAGE];
};
_Static_assert(sizeof(struct waiter_page) <= FS_PAGE, "one page");

struct poll_table {
	struct waiter_page *pages;
	size_t used; /* in the first page */
	int err;
};

void poll_wait(struct poll_table *pt, struct waitq *q)
{
	if (!pt || pt->err)
		return;
	if (!pt->pages || pt->used == WAITERS_PER_PAGE) {
		struct waiter_page *p = page_alloc();

		if (!p) {
			pt->err = -ENOMEM;
			return;
		}
		p->next = pt->pages;
		pt->pages = p;
		pt->used = 0;
	}
	waitq_add(q, &pt->pages->w[pt->used++]);
}

static void poll_end(struct poll_table *pt)
{
	struct waiter_page *p;

	while ((p = pt->pages)) {
		for (size_t i = 0; i < pt->used; i++)
			waitq_remove(&p->w[i]);
		pt->used = WAITERS_PER_PAGE; /* only the first page can be part full */
		pt->pages = p->next;
		page_free(p);
	}
}

static uint32_t file_poll(struct file *f, struct poll_table *pt)
{
	/* Regular files and directories are always ready. */
	return f->ops->poll ? f->ops->poll(f, pt) : POLL_READ | POLL_WRITE;
}

/* Files stay referenced from the first look to the end: a queue must not vanish under a waiter. */
struct polled {
	struct file *file;
	uint32_t want, got;
};

static int poll_scan(struct polled *p, uint32_t n, struct poll_table *pt)
{
	int ready = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (p[i].file)
			p[i].got = file_poll(p[i].file, ready ? NULL : pt) &
				   (p[i].want | POLLERR | POLLHUP);
		ready += p[i].got != 0;
	}
	return ready;
}

/* Number ready, 0 at the deadline, -EINTR, -ENOMEM. */
static int poll_loop(struct polled *p, uint32_t n, uint64_t deadline)
{
	struct poll_table pt = { 0 };
	int ready = poll_scan(p, n, deadline ? &pt : NULL);

	while (!ready && !pt.err && deadline) {
		int err = wait_any(deadline);

		ready = poll_scan(p, n, NULL);
		if (err == -ETIMEDOUT)
			break;
		if (err && !ready)
			pt.err = -ERESTARTNOHAND;
	}
	poll_end(&pt);
	return ready ? ready : pt.err;
}

static void polled_put(struct polled *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (p[i].file)
			file_put(p[i].file);
	kfree(p);
}

/* --- poll */

static int32_t do_poll(uptr_t fds, uint32_t n, uint64_t deadline)
{
	struct pollfd_abi u;
	struct polled *p;
	int ready;

	if (n > MAX_POLL)
		return -EINVAL;
	p = kmalloc((n ? n : 1) * sizeof(*p));
	if (!p)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		if (copy_from_user(&u, fds + i * (uptr_t)sizeof(u), sizeof(u))) {
			polled_put(p, i);
			return -EFAULT;
		}
		p[i].want = (uint16_t)u.events;
		p[i].file = u.fd >= 0 ? fd_get(u.fd) : NULL;
		p[i].got = u.fd >= 0 && !p[i].file ? POLLNVAL : 0;
	}
	ready = poll_loop(p, n, deadline);
	for (uint32_t i = 0; i < n && ready >= 0; i++) {
		int16_t got = (int16_t)p[i].got;
		uptr_t to =
			fds + i * (uptr_t)sizeof(u) + (uptr_t)offsetof(struct pollfd_abi, revents);

		if (copy_to_user(to, &got, sizeof(got)))
			ready = -EFAULT;
	}
	polled_put(p, n);
	return ready;
}

static uint64_t deadline_in(int64_t sec, int64_t nsec)
{
	uint64_t now = time_ns();

	if (sec == 0 && nsec == 0)
		return 0;
	if ((uint64_t)sec > (UINT64_MAX - now) / NSEC - 2)
		return NO_DEADLINE;
	return now + (uint64_t)sec * NSEC + (uint64_t)nsec;
}

int32_t sys_poll(const uint32_t a[6])
{
	int32_t ms = (int32_t)a[2], ret;
	uint64_t deadline = 0;

	if (ms)
		deadline = syscall_deadline(ms < 0 ? NO_DEADLINE : (uint64_t)ms * 1000000u);
	ret = do_poll(a[0], a[1], deadline);
	return ret == -ERESTARTNOHAND ? syscall_restart_timed(deadline) : ret;
}

/* A struct timespec of either width, or none; what is left is written back. */
struct user_time {
	uptr_t at;
	bool wide;
	uint64_t deadline;
};

static int user_time_get(struct user_time *t)
{
	struct timespec64_abi w;
	struct timespec32_abi s;

	t->deadline = NO_DEADLINE;
	if (!t->at)
		return 0;
	if (t->wide) {
		if (copy_from_user(&w, t->at, sizeof(w)))
			return -EFAULT;
	} else {
		if (copy_from_user(&s, t->at, sizeof(s)))
			return -EFAULT;
		w = (struct timespec64_abi){ s.sec, s.nsec, 0 };
	}
	if (w.sec < 0 || w.nsec < 0 || (uint32_t)w.nsec >= NSEC)
		return -EINVAL;
	t->deadline = deadline_in(w.sec, w.nsec);
	return 0;
}

static void user_time_put(const struct user_time *t)
{
	uint64_t now = time_ns();
	uint64_t left = t->deadline > now ? t->deadline - now : 0;
	struct timespec64_abi w = { (int64_t)(left / NSEC), (int32_t)(left % NSEC), 0 };
	struct timespec32_abi s = { (int32_t)w.sec, w.nsec };

	/* As on Linux, a failure to tell is no failure of the call. */
	if (!t->at || t->deadline == NO_DEADLINE)
		return;
	if (t->wide)
		(void)copy_to_user(t->at, &w, sizeof(w));
	else
		(void)copy_to_user(t->at, &s, sizeof(s));
}

static int32_t ppoll_as(const uint32_t a[6], bool wide)
{
	struct user_time t = { .at = a[2], .wide = wide };
	int32_t ret = user_time_get(&t);

	if (!ret && a[3])
		ret = signal_mask_until_return(a[3], a[4]);
	if (ret)
		return ret;
	ret = do_poll(a[0], a[1], t.deadline);
	user_time_put(&t);
	return ret;
}

int32_t sys_ppoll(const uint32_t a[6]) { return ppoll_as(a, false); }

int32_t sys_ppoll_time64(const uint32_t a[6]) { return ppoll_as(a, true); }

/* --- select: three bit maps of descriptors, in words of 32 bits */

#define SET_WORDS (MAX_POLL / 32)
#define SELECT_IN (POLL_READ | POLLRDBAND | POLLHUP | POLLERR)
#define SELECT_OUT (POLL_WRITE | POLLWRBAND | POLLERR)
#define SELECT_EX POLLPRI

struct fdsets {
	uint32_t set[3][SET_WORDS];
};
static const uint32_t select_mask[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };

static int sets_get(struct fdsets *s, const uptr_t at[3], size_t bytes)
{
	for (int k = 0; k < 3; k++)
		if (at[k] && copy_from_user(s->set[k], at[k], bytes))
			return -EFAULT;
	return 0;
}

static int sets_put(const struct fdsets *s, const uptr_t at[3], size_t bytes)
{
	for (int k = 0; k < 3; k++)
		if (at[k] && copy_to_user(at[k], s->set[k], bytes))
			return -EFAULT;
	return 0;
}

/* The files that any set names, in *list with their descriptors in fd. */
static int sets_files(const struct fdsets *s, uint32_t n, struct polled *list, uint16_t *fd)
{
	int count = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t want = 0;

		for (int k = 0; k < 3; k++)
			if (s->set[k][i / 32] & 1u << i % 32)
				want |= select_mask[k];
		if (!want)
			continue;
		list[count].file = fd_get((int)i);
		if (!list[count].file)
			return -EBADF;
		list[count].want = want;
		fd[count++] = (uint16_t)i;
	}
	return count;
}

static int sets_result(struct fdsets *s, const struct polled *list, const uint16_t *fd, int n)
{
	int bits = 0;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < 3; k++) {
			uint32_t *word = &s->set[k][fd[i] / 32], bit = 1u << fd[i] % 32;

			if (!(*word & bit))
				continue;
			if (list[i].got & select_mask[k])
				bits++;
			else
				*word &= ~bit;
		}
	return bits;
}

static int32_t select_loop(uint32_t n, struct fdsets *s, uint64_t deadline)
{
	struct polled *list = kmalloc(MAX_POLL * sizeof(*list));
	uint16_t *fd = kmalloc(MAX_POLL * sizeof(*fd));
	int count = -ENOMEM;

	if (list && fd) {
		count = sets_files(s, n, list, fd);
		if (count >= 0) {
			int err = poll_loop(list, (uint32_t)count, deadline);

			count = err < 0 ? err : sets_result(s, list, fd, count);
		}
	}
	kfree(fd);
	if (list)
		polled_put(list, MAX_POLL);
	return count;
}

static int32_t do_select(int32_t n, const uptr_t at[3], uint64_t deadline)
{
	struct fdsets *s;
	size_t bytes;
	int32_t ret;

	if (n < 0)
		return -EINVAL;
	if (n > (int32_t)MAX_POLL)
		n = (int32_t)MAX_POLL;
	bytes = ((size_t)n + 31) / 32 * 4;
	s = kmalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	ret = sets_get(s, at, bytes);
	if (!ret)
		ret = select_loop((uint32_t)n, s, deadline);
	if (ret >= 0 && sets_put(s, at, bytes))
		ret = -EFAULT;
	kfree(s);
	return ret;
}

int32_t sys_newselect(const uint32_t a[6])
{
	uint64_t deadline = NO_DEADLINE, now = time_ns();
	struct timeval32_abi tv;
	int32_t ret;

	if (a[4]) {
		if (copy_from_user(&tv, a[4], sizeof(tv)))
			return -EFAULT;
		if (tv.sec < 0 || tv.usec < 0)
			return -EINVAL;
		deadline = deadline_in(tv.sec, tv.usec * 1000LL);
	}
	ret = do_select((int32_t)a[0], &a[1], deadline);
	if (a[4] && deadline != NO_DEADLINE) {
		now = time_ns();
		now = deadline > now ? deadline - now : 0;
		tv = (struct timeval32_abi){ (int32_t)(now / NSEC), (int32_t)(now % NSEC / 1000) };
		(void)copy_to_user(a[4], &tv, sizeof(tv));
	}
	return ret;
}

/* The first select: its arguments lie in memory. */
int32_t sys_select(const uint32_t a[6])
{
	uint32_t args[6] = { 0 };

	if (copy_from_user(args, a[0], 5 * sizeof(args[0])))
		return -EFAULT;
	return sys_newselect(args);
}

static int32_t pselect_as(const uint32_t a[6], bool wide)
{
	struct user_time t = { .at = a[4], .wide = wide };
	uint32_t mask[2] = { 0, 0 }; /* address and size */
	int32_t ret = user_time_get(&t);

	if (!ret && a[5] && copy_from_user(mask, a[5], sizeof(mask)))
		ret = -EFAULT;
	if (!ret && mask[0])
		ret = signal_mask_until_return(mask[0], mask[1]);
	if (ret)
		return ret;
	ret = do_select((int32_t)a[0], &a[1], t.deadline);
	user_time_put(&t);
	return ret;
}

int32_t sys_pselect6(const uint32_t a[6]) { return pselect_as(a, false); }

int32_t sys_pselect6_time64(const uint32_t a[6]) { return pselect_as(a, true); }
