/* SPDX-License-Identifier: GPL-2.0-only */
/* Futexes: sleepers in a hash by what they wait on. */
#include "futex.h"
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "timecall.h"
#include <public/tagma.h>

#define BUCKETS 128u
#define ROBUST_LIMIT 2048u
#define ANY_BITS 0xffffffffu

static struct list bucket[BUCKETS];

static struct list *bucket_of(const struct futex_key *k)
{
	uint32_t h = (uint32_t)(uintptr_t)k->object / 64 * 31 + k->offset / 4;
	struct list *b = &bucket[(h ^ h >> 7) % BUCKETS];

	if (!b->next)
		list_init(b);
	return b;
}

static bool key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->offset == b->offset;
}

/* Private memory is named by mm and address, since its page may be copied under a waiter. */
static int key_get(struct futex_key *k, uptr_t addr, bool private)
{
	const struct vm_region *r;
	struct vm_page p;

	if (addr & 3)
		return -EINVAL;
	r = vm_find(&current->mm->vm, addr);
	if (!r)
		return -EFAULT;
	if (private || (r->flags & VM_PRIVATE)) {
		*k = (struct futex_key){ current->mm, addr };
		return 0;
	}
	if (mm_page(current->mm, addr, TAGMA_R, &p))
		return -EFAULT;
	*k = (struct futex_key){ p.frame, addr & PAGE_MASK };
	return 0;
}

/* Wakes up to n; the rest, up to n2, move to `to`. */
static int wake(const struct futex_key *k, uint32_t n, uint32_t bits, const struct futex_key *to,
		uint32_t n2)
{
	int woken = 0;

	list_for_each_safe (l, bucket_of(k)) {
		struct task *t = list_entry(l, struct task, futex_link);

		if (!key_equal(&t->futex_key, k) || !(t->futex_bits & bits))
			continue;
		if (n) {
			n--;
			list_del(&t->futex_link);
			task_wake(t);
		} else if (to && n2) {
			n2--;
			list_del(&t->futex_link);
			t->futex_key = *to;
			list_add_tail(bucket_of(to), &t->futex_link);
		} else {
			break;
		}
		woken++;
	}
	return woken;
}

static int32_t wait_on(const struct futex_key *k, uptr_t addr, uint32_t expected, uint32_t bits,
		       uint64_t deadline)
{
	struct task *t = current;
	uint32_t v;
	int err;

	if (get_user32(&v, addr))
		return -EFAULT;
	if (v != expected)
		return -EAGAIN;
	t->futex_key = *k;
	t->futex_bits = bits;
	list_add_tail(bucket_of(k), &t->futex_link);
	err = task_sleep(deadline, SLEEP_INTERRUPTIBLE);
	if (list_empty(&t->futex_link))
		return 0; /* a waker took us off, whatever else happened too */
	list_del(&t->futex_link);
	if (err != -EINTR)
		return err;
	return deadline == NO_DEADLINE ? -ERESTARTSYS : syscall_restart_timed(deadline);
}

/* WAIT's time is relative, WAIT_BITSET's absolute. */
static int wait_deadline(uint64_t *deadline, const uint32_t a[6], bool time64)
{
	bool absolute = (a[1] & 127) == FUTEX_WAIT_BITSET;
	uint64_t ns, now;
	int err;

	*deadline = NO_DEADLINE;
	if (!a[3])
		return 0;
	err = get_timespec(&ns, a[3], time64);
	if (err)
		return err;
	if (!absolute) {
		*deadline = syscall_deadline(ns);
		return 0;
	}
	current->restart_deadline = 0;
	now = a[1] & FUTEX_CLOCK_REALTIME ? time_real_ns() : time_ns();
	*deadline = ns > now ? deadline_after(ns - now) : 1;
	return 0;
}

static int32_t op_wait(const uint32_t a[6], uint32_t bits, bool time64)
{
	struct futex_key k;
	uint64_t deadline;
	int err = wait_deadline(&deadline, a, time64);

	if (!err)
		err = bits ? key_get(&k, a[0], a[1] & FUTEX_PRIVATE) : -EINVAL;
	return err ? err : wait_on(&k, a[0], a[2], bits, deadline);
}

static int32_t op_wake(const uint32_t a[6], uint32_t bits)
{
	struct futex_key k;
	int err = bits ? key_get(&k, a[0], a[1] & FUTEX_PRIVATE) : -EINVAL;

	return err ? err : wake(&k, a[2], bits, NULL, 0);
}

static int32_t op_requeue(const uint32_t a[6], bool compare)
{
	struct futex_key k, to;
	uint32_t v;
	int err = key_get(&k, a[0], a[1] & FUTEX_PRIVATE);

	if (!err)
		err = key_get(&to, a[4], a[1] & FUTEX_PRIVATE);
	if (!err && compare) {
		if (get_user32(&v, a[0]))
			return -EFAULT;
		if (v != a[5])
			return -EAGAIN;
	}
	return err ? err : wake(&k, a[2], ANY_BITS, &to, a[3]);
}

static bool compare_op(uint32_t old, uint32_t cmp, int32_t arg)
{
	int32_t o = (int32_t)old;

	switch (cmp) {
	case 0:
		return o == arg;
	case 1:
		return o != arg;
	case 2:
		return o < arg;
	case 3:
		return o <= arg;
	case 4:
		return o > arg;
	default:
		return o >= arg;
	}
}

static uint32_t modify_op(uint32_t old, uint32_t op, uint32_t arg)
{
	switch (op) {
	case 0:
		return arg;
	case 1:
		return old + arg;
	case 2:
		return old | arg;
	case 3:
		return old & ~arg;
	default:
		return old ^ arg;
	}
}

/* Changes the second word, wakes on the first, and on the second if it was as compared. */
static int32_t op_wake_op(const uint32_t a[6])
{
	uint32_t code = a[5], op = code >> 28 & 7, cmp = code >> 24 & 15, old;
	int32_t oparg = (int32_t)(code << 8) >> 20, cmparg = (int32_t)(code << 20) >> 20;
	struct futex_key k, k2;
	int err = key_get(&k, a[0], a[1] & FUTEX_PRIVATE), n;

	if (!err)
		err = key_get(&k2, a[4], a[1] & FUTEX_PRIVATE);
	if (err)
		return err;
	if (op > 4 || cmp > 5)
		return -ENOSYS;
	if (code >> 31)
		oparg = (int32_t)(1u << (oparg & 31));
	if (get_user32(&old, a[4]) || put_user32(a[4], modify_op(old, op, (uint32_t)oparg)))
		return -EFAULT;
	n = wake(&k, a[2], ANY_BITS, NULL, 0);
	if (compare_op(old, cmp, cmparg))
		n += wake(&k2, a[3], ANY_BITS, NULL, 0);
	return n;
}

static int32_t futex(const uint32_t a[6], bool time64)
{
	switch (a[1] & ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME)) {
	case FUTEX_WAIT:
		return op_wait(a, ANY_BITS, time64);
	case FUTEX_WAIT_BITSET:
		return op_wait(a, a[5], time64);
	case FUTEX_WAKE:
		return op_wake(a, ANY_BITS);
	case FUTEX_WAKE_BITSET:
		return op_wake(a, a[5]);
	case FUTEX_REQUEUE:
		return op_requeue(a, false);
	case FUTEX_CMP_REQUEUE:
		return op_requeue(a, true);
	case FUTEX_WAKE_OP:
		return op_wake_op(a);
	}
	return -ENOSYS;
}

int32_t sys_futex(const uint32_t a[6]) { return futex(a, false); }
int32_t sys_futex_time64(const uint32_t a[6]) { return futex(a, true); }

/* Whoever waits on this word: by its address, and by its page if that is shared. */
int futex_wake_addr(uptr_t addr, uint32_t n)
{
	struct futex_key k;

	return key_get(&k, addr, false) ? 0 : wake(&k, n, ANY_BITS, NULL, 0);
}

void futex_forget(struct task *t) { list_del(&t->futex_link); }

/* --- robust lists: locks that a dying thread holds are marked and passed on */

static int owner_died(uptr_t addr)
{
	uint32_t v;

	if (get_user32(&v, addr))
		return -EFAULT;
	if ((v & FUTEX_TID_MASK) != (uint32_t)current->tid)
		return 0;
	if (put_user32(addr, (v & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
		return -EFAULT;
	if (v & FUTEX_WAITERS)
		futex_wake_addr(addr, 1);
	return 0;
}

/* The list is the process's own memory: any of it may be wrong, or circular. */
void robust_list_exit(struct task *t)
{
	struct robust_head_abi h;
	uptr_t head = t->robust_list, e;

	t->robust_list = 0;
	if (!head || copy_from_user(&h, head, sizeof(h)))
		return;
	e = h.next & ~1u;
	for (uint32_t i = 0; i < ROBUST_LIMIT && e != head; i++) {
		uint32_t next;

		if (get_user32(&next, e))
			return;
		if (e != (h.pending & ~1u) && owner_died(e + (uint32_t)h.offset))
			return;
		e = next & ~1u;
	}
	if (h.pending & ~1u)
		owner_died((h.pending & ~1u) + (uint32_t)h.offset);
}

int32_t sys_set_robust_list(const uint32_t a[6])
{
	if (a[1] != sizeof(struct robust_head_abi))
		return -EINVAL;
	current->robust_list = a[0];
	return 0;
}

int32_t sys_get_robust_list(const uint32_t a[6])
{
	struct task *t = a[0] ? task_find((pid_t)a[0]) : current;

	if (!t)
		return -ESRCH;
	if (put_user32(a[1], t->robust_list) || put_user32(a[2], sizeof(struct robust_head_abi)))
		return -EFAULT;
	return 0;
}

int32_t sys_set_tid_address(const uint32_t a[6])
{
	current->clear_child_tid = a[0];
	return current->tid;
}
