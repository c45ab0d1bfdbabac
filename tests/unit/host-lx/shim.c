/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include "arch_file.h"
#include "host.h"
#include "shim.h"
#include <tagma/vm.h>

struct task {
	struct files *files;
	struct fsctx *fs;
	struct file *tty;
};

static struct task the_task;
struct task *current;
uint8_t shim_user[USER_SIZE];
static size_t user_at;
uint64_t shim_now;
uint32_t shim_uid, shim_gid;
pid_t shim_pid, shim_pgid, shim_sid;
size_t shim_page_limit, shim_pages;
int shim_last_signal;
pid_t shim_last_pgrp;
bool shim_blocked, shim_orphaned;
bool (*shim_sleep)(uint64_t deadline);
char uts_nodename[65], uts_domainname[65];

pid_t task_tid(const struct task *t) { return (void)t, shim_pid; }
pid_t task_pid(const struct task *t) { return (void)t, shim_pid; }
pid_t task_ppid(const struct task *t) { return (void)t, 0; }
pid_t task_pgid(const struct task *t) { return (void)t, shim_pgid; }
pid_t task_sid(const struct task *t) { return (void)t, shim_sid; }
struct files *task_files(struct task *t) { return t->files; }
struct fsctx *task_fs(struct task *t) { return t->fs; }
struct file *task_tty(struct task *t) { return t->tty; }
struct task *task_find(pid_t tid) { return tid == shim_pid ? &the_task : NULL; }
struct task *task_next(struct task *t) { return t ? NULL : &the_task; }
uint32_t task_uid(const struct task *t) { return (void)t, shim_uid; }
uint32_t task_gid(const struct task *t) { return (void)t, shim_gid; }

void task_set_tty(struct task *t, struct file *f)
{
	if (f)
		file_get(f);
	if (t->tty)
		file_put(t->tty);
	t->tty = f;
}

bool signal_pending(void) { return false; }
bool signal_ignored_or_blocked(struct task *t, int sig) { return (void)t, (void)sig, shim_blocked; }
bool pgrp_orphaned(pid_t pgid) { return (void)pgid, shim_orphaned; }

void signal_send(struct task *t, int sig)
{
	(void)t;
	shim_last_signal = sig;
}

int signal_send_pgrp(pid_t pgid, int sig)
{
	shim_last_pgrp = pgid;
	shim_last_signal = sig;
	return 0;
}

int signal_mask_until_return(uptr_t set, size_t size) { return (void)set, (void)size, 0; }

void waitq_init(struct waitq *q) { list_init(&q->head); }

void waitq_add(struct waitq *q, struct waiter *w)
{
	w->q = q;
	list_add_tail(&q->head, &w->link);
}

void waitq_remove(struct waiter *w) { list_del(&w->link); }
void waitq_wake(struct waitq *q) { (void)q; }
int waitq_sleep(struct waitq *q, uint64_t deadline) { return (void)q, wait_any(deadline); }

int wait_any(uint64_t deadline)
{
	if (!shim_sleep || !shim_sleep(deadline))
		return -EINTR;
	return deadline <= shim_now ? -ETIMEDOUT : 0;
}

uint64_t syscall_deadline(uint64_t ns) { return ns == NO_DEADLINE ? ns : shim_now + ns; }
int syscall_restart_timed(uint64_t deadline) { return (void)deadline, -EINTR; }
uint64_t time_ns(void) { return shim_now; }
uint64_t time_real_ns(void) { return shim_now; }

uint32_t shim_random(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void *user_ptr(uptr_t p, size_t n)
{
	if (p < USER_BASE || p - USER_BASE > USER_SIZE || n > USER_SIZE - (p - USER_BASE))
		return NULL;
	return shim_user + (p - USER_BASE);
}

int copy_from_user(void *dst, uptr_t src, size_t n)
{
	void *p = user_ptr(src, n);

	if (p)
		memcpy(dst, p, n);
	return p ? 0 : -EFAULT;
}

int copy_to_user(uptr_t dst, const void *src, size_t n)
{
	void *p = user_ptr(dst, n);

	if (p)
		memcpy(p, src, n);
	return p ? 0 : -EFAULT;
}

int strncpy_from_user(char *dst, uptr_t src, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (copy_from_user(dst + i, src + (uptr_t)i, 1))
			return -EFAULT;
		if (!dst[i])
			return (int)i;
	}
	return -ENAMETOOLONG;
}

uptr_t shim_buf(size_t n)
{
	if (user_at + n > USER_SIZE)
		user_at = 0;
	user_at += (n + 7) & ~7ul;
	return USER_BASE + (uptr_t)(user_at - ((n + 7) & ~7ul));
}

uptr_t shim_str(const char *s)
{
	uptr_t p = shim_buf(strlen(s) + 1);

	memcpy(shim_at(p), s, strlen(s) + 1);
	return p;
}

void *shim_at(uptr_t p) { return shim_user + (p - USER_BASE); }

/* A page's count stands before it. */
struct counted {
	uint64_t refs, pad;
	uint8_t page[4096];
};

void *page_alloc(void)
{
	struct counted *c;

	if (shim_pages >= shim_page_limit)
		return NULL;
	c = host_alloc(sizeof(*c));
	c->refs = 1;
	shim_pages++;
	return c->page;
}

void page_get(void *page) { list_entry((uint8_t(*)[4096])page, struct counted, page)->refs++; }

void page_free(void *page)
{
	struct counted *c = list_entry((uint8_t(*)[4096])page, struct counted, page);

	if (--c->refs)
		return;
	host_free(c);
	shim_pages--;
}

size_t page_count_total(void) { return shim_page_limit; }
size_t page_count_free(void) { return shim_page_limit - shim_pages; }

/* Nothing is ever mapped here. */
struct vm_object *vm_zero(uint32_t pages) { return (void)pages, NULL; }
void vm_get(struct vm_object *o) { (void)o; }
void vm_changed(struct vm_object *o, uint32_t n) { (void)o, (void)n; }
void vm_revoke(const void *frame) { (void)frame; }
struct vm_object *vm_object_new(const struct vm_ops *ops, uint32_t pages, struct vm_object *below,
				uint32_t first)
{
	return (void)ops, (void)pages, (void)below, (void)first, NULL;
}

void *kmalloc(size_t n) { return host_alloc(n); }
void kfree(void *p) { host_free(p); }

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

char shim_out[16384];
size_t shim_out_len, shim_out_room;
static char typed[16384];
static size_t typed_at, typed_len;

void shim_type(const char *s)
{
	memcpy(typed + typed_len, s, strlen(s));
	typed_len += strlen(s);
}

void shim_type_reset(void) { typed_at = typed_len = 0; }

static size_t host_room(void) { return shim_out_room; }
static void host_kick(void) {}

static void host_write(const char *p, size_t n)
{
	assert_true(n <= shim_out_room && shim_out_len + n < sizeof(shim_out));
	memcpy(shim_out + shim_out_len, p, n);
	shim_out_len += n;
	shim_out[shim_out_len] = 0;
	shim_out_room -= n;
}

static size_t host_read(char *p, size_t n)
{
	if (n > typed_len - typed_at)
		n = typed_len - typed_at;
	memcpy(p, typed + typed_at, n);
	typed_at += n;
	return n;
}

const struct tty_driver console_driver = { host_room, host_write, host_read, host_kick };
void console_listen(void (*fn)(void)) { (void)fn; }
uint32_t arch_entropy(void) { return 0x12345678; }

/* /proc needs the process half. */
static int no_fill(struct super *sb, const char *options)
{
	return (void)sb, (void)options, -ENODEV;
}
struct fs_type proc_type = { .name = "proc", .nodev = true, .fill = no_fill };

void shim_init(const void *cpio, size_t len)
{
	current = NULL;
	shim_uid = shim_gid = 0;
	shim_pid = shim_pgid = shim_sid = 1;
	shim_page_limit = 4096;
	shim_now = 1000000000000ull;
	shim_sleep = NULL;
	shim_last_signal = 0;
	shim_last_pgrp = 0;
	shim_blocked = shim_orphaned = false;
	user_at = 0;
	typed_at = typed_len = shim_out_len = 0;
	shim_out[0] = 0;
	shim_out_room = sizeof(shim_out) - 1;
	tty_init();
	if (list_empty(&mounts))
		assert_int_equal(vfs_init(cpio, len, false), 0);
	the_task.files = files_new();
	the_task.fs = fs_new();
	current = &the_task;
}

/* The mounts stay, as they do in the server; their contents go. */
static void empty_dir(struct dentry *dir)
{
	list_for_each_safe (l, &dir->children) {
		struct dentry *d =
			list_entry(list_entry(l, struct dir_link, link), struct dentry, in_dir);

		if (S_ISDIR(d->inode->mode))
			empty_dir(d);
		assert_int_equal(dir->inode->ops->unlink(d), 0);
	}
}

void shim_done(void)
{
	task_set_tty(current, NULL);
	files_put(the_task.files);
	fs_put(the_task.fs);
	current = NULL;
	empty_dir(mount_root()->root);
	assert_int_equal(shim_pages, 0);
}

void shim_boot(bool on) { current = on ? NULL : &the_task; }
