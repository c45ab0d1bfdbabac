/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory management to start from (seeds CK-9, RV-4, RV-5, L4-8): *objects* (segments)
 * hold pages, *regions* of a space show them, a page fault finds the region and asks its
 * object for the page.
 *
 *	space ── region ──> object ──below──> object ...      docs/vm.md
 *	           thread's fault → vm_fault() → ops->get() → a map item of the reply
 *
 * Objects stack: each gets its pages from its own table or from the one below, by an
 * ops table that a kernel can write itself. There are four ready-made: zero-filled,
 * paged by two functions of the kernel's (a user-level pager), a copy-on-write copy of
 * another, a restricted view of another. Pages are the allocator's (<tagma/mem.h>), the
 * hypervisor's mapping tree is the only record of who shows them: to take a page back from
 * everybody is one flush.
 *
 * Copy-on-write is asymmetric: the copy sees what is written to the original until
 * it has itself written to the page. Operations on ranges are not atomic: what fails
 * half way stays half done, and *done tells how much.
 */
#ifndef TAGMA_VM_H
#define TAGMA_VM_H

#include <list.h>
#include <stdbool.h>
#include <stddef.h>
#include <tagma/ipc.h>

struct vm_object;

struct vm_page {
	void *frame;	 /* a page of this kernel's root space */
	uint32_t rights; /* that a mapping of it may have now */
};

/* n: page of the object. All return 0 or -errno. */
struct vm_ops {
	/* The page for an access `want`; made, fetched or copied now if need be. */
	int (*get)(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p);
	bool (*has)(struct vm_object *o, uint32_t n); /* get() would make nothing new */
	int (*drop)(struct vm_object *o, uint32_t n); /* give the object's own page back */
};

struct vm_object {
	const struct vm_ops *ops;
	uint32_t pages;
	uint32_t refs;
	void **frame;	 /* its own pages, or NULL */
	uint32_t nr_own; /* of them there are */
	struct vm_object *below;
	uint32_t first;	 /* page of below for page 0 */
	uint32_t rights; /* of a view */
	struct list above, above_link;
	struct list regions;
	const struct vm_backing *backing;
	void *user;
};

/* A pager: fills a page with its contents; stores one that was written to and is dropped.
 * store NULL: what was written is lost. fill may fail; so may store, then the page stays. */
struct vm_backing {
	int (*fill)(void *user, uint32_t n, void *page);
	int (*store)(void *user, uint32_t n, const void *page);
};

/* Each returns one reference, or NULL: no memory. They take their own of `below`. */
struct vm_object *vm_zero(uint32_t pages);
struct vm_object *vm_backed(uint32_t pages, const struct vm_backing *b, void *user);
struct vm_object *vm_copy(struct vm_object *below, uint32_t first, uint32_t pages);
struct vm_object *vm_view(struct vm_object *below, uint32_t first, uint32_t pages, uint32_t rights);
/* For ops of one's own: the record, and pages in o->frame. */
struct vm_object *vm_object_new(const struct vm_ops *ops, uint32_t pages, struct vm_object *below,
				uint32_t first);
void vm_get(struct vm_object *o);
int vm_put(struct vm_object
		   *o); /* the last one drops all its pages; -errno: one could not be stored */

/* Take a page away from all who show it, and from the object; the next access gets it anew.
 * A policy's tool: who calls it decides which pages stay. */
int vm_evict(struct vm_object *o, uint32_t n);
/* Page n of o is about to be another frame: mappings of what it was go, in the copies and
 * views on top of it, too. For ops of one's own. */
void vm_changed(struct vm_object *o, uint32_t n);

/* --- regions */

#define VM_AUTO 1u    /* commit on the first touch; without it only vm_commit() makes pages */
#define VM_SCRATCH 2u /* no exception: where there is nothing, a page of no meaning appears */

struct vm_region {
	struct list link; /* space->regions, by address */
	struct list of_object;
	struct vm_space *space;
	uint32_t start, end;
	uint32_t rights, flags;
	struct vm_object *object;
	uint32_t first; /* page of object at start */
};

struct vm_space {
	uint32_t id;	    /* of the hypervisor's space; TAGMA_SELF: the kernel's own */
	uint32_t low, high; /* where regions may be */
	struct list regions;
	void *scratch;
};

void vm_init(struct vm_space *s, uint32_t id, uint32_t low, uint32_t high);
int vm_exit(struct vm_space *s); /* all regions; the space itself is its owner's */

/* Reserve [*addr, +len) and show o from page `first` there; o NULL: zeroes. *addr 0: anywhere.
 * -EINVAL, -EEXIST something is there, -ENOMEM. */
int vm_map(struct vm_space *s, uint32_t *addr, uint32_t len, uint32_t rights, uint32_t flags,
	   struct vm_object *o, uint32_t first);
int vm_unmap(struct vm_space *s, uint32_t addr, uint32_t len); /* holes are no error */
struct vm_region *vm_find(struct vm_space *s, uint32_t addr);

/* These want all of the range reserved: -EFAULT at the first hole. */
int vm_commit(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t *done);
int vm_decommit(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t *done);
int vm_protect(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t rights, uint32_t *done);

/* --- faults */

/* The map item that resolves an access `want` at addr. -EFAULT nothing there, -EACCES,
 * -ENOMEM, or what the pager returned. */
int vm_fault(struct vm_space *s, uint32_t addr, uint32_t want, struct tagma_item *item);
/* A TAGMA_K_FAULT message becomes its reply: then ipc_reply_wait(m, m->sender). msg is
 * the caller's buffer, which w[2] points to again. On an error the message is as it was. */
int vm_answer(struct vm_space *s, struct ipc *m, struct tagma_msg *msg);
/* The same for a fault of the kernel itself, from its trap handler; or ahead of one. */
int vm_touch(struct vm_space *s, uint32_t addr, uint32_t want);

#endif
