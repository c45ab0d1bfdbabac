/* SPDX-License-Identifier: GPL-2.0-only */
/* Thread-local storage by GDT entries: set_thread_area, get_thread_area, clone's CLONE_SETTLS. */
#include "../lx_errno.h"
#include "../syscall.h"
#include "../mm.h"
#include "../task_struct.h"
#include <string.h>
#include <tagma/thread.h>

#define FIRST_ENTRY 6u /* GDT index of slot 0: selector 0x33 */

struct user_desc {
	uint32_t entry, base, limit, flags;
};
#define UD_32BIT 1u
#define UD_CONTENTS 6u
#define UD_READ_ONLY 8u
#define UD_PAGES 0x10u
#define UD_NOT_PRESENT 0x20u
#define UD_EMPTY (UD_READ_ONLY | UD_NOT_PRESENT)

static void slot_load(const struct task *t, uint32_t slot)
{
	const struct tls_desc *d = &t->arch.tls[slot];

	if (t->hw)
		thread_set_tls(t->hw, slot, d->base, d->present ? d->limit : 0, d->flags);
}

void arch_tls_load(struct task *t)
{
	for (uint32_t s = 0; s < TLS_SLOTS; s++)
		if (t->arch.tls[s].present)
			slot_load(t, s);
}

/* Data segments over all of memory or a part of it, and nothing else: what libraries ask for. */
static int desc_take(struct tls_desc *d, const struct user_desc *u)
{
	if ((u->flags & UD_EMPTY) == UD_EMPTY && !u->base && !u->limit) {
		*d = (struct tls_desc){ 0 };
		return 0;
	}
	if (!(u->flags & UD_32BIT) || (u->flags & (UD_CONTENTS | UD_READ_ONLY | UD_NOT_PRESENT)))
		return -EINVAL;
	*d = (struct tls_desc){ u->base, u->limit & 0xfffff,
				u->flags & UD_PAGES ? TAGMA_TLS_PAGES : 0, true };
	return 0;
}

static int free_slot(const struct task *t)
{
	for (int s = 0; s < TLS_SLOTS; s++)
		if (!t->arch.tls[s].present)
			return s;
	return -ESRCH;
}

int arch_tls_set(struct task *t, uptr_t user_desc, bool allocate)
{
	struct user_desc u;
	int slot, err;

	if (copy_from_user(&u, user_desc, sizeof(u)))
		return -EFAULT;
	if (allocate && u.entry == ~0u) {
		slot = free_slot(t);
		if (slot < 0)
			return slot;
		if (put_user32(user_desc, FIRST_ENTRY + (uint32_t)slot))
			return -EFAULT;
	} else if (u.entry - FIRST_ENTRY < TLS_SLOTS) {
		slot = (int)(u.entry - FIRST_ENTRY);
	} else {
		return -EINVAL;
	}
	err = desc_take(&t->arch.tls[slot], &u);
	if (!err)
		slot_load(t, (uint32_t)slot);
	return err;
}

int32_t sys_set_thread_area(const uint32_t a[6]) { return arch_tls_set(current, a[0], true); }

int32_t sys_get_thread_area(const uint32_t a[6])
{
	struct user_desc u;
	const struct tls_desc *d;

	if (copy_from_user(&u, a[0], sizeof(u)))
		return -EFAULT;
	if (u.entry - FIRST_ENTRY >= TLS_SLOTS)
		return -EINVAL;
	d = &current->arch.tls[u.entry - FIRST_ENTRY];
	u.base = d->base;
	u.limit = d->limit;
	u.flags = d->present ? UD_32BIT | 0x40u | (d->flags & TAGMA_TLS_PAGES ? UD_PAGES : 0)
			     : UD_EMPTY;
	return copy_to_user(a[0], &u, sizeof(u));
}
