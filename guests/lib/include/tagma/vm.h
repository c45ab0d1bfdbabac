/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory management to start from (seeds CK-9, RV-4, RV-5, L4-8): *objects* (segments)
 * hold pages, *regions* of a space show them, a page fault finds the region and asks its
 * object for the page.
 *
 *	space ── region ──> object ──below──> object ...      docs/vm.md
 *	  own: pages that private regions have written
 *
 *	thread's fault → vm_fault() → ops->get() → a map item of the reply
 *
 * Objects stack: each gets its pages from its own table or from the one below, by an
 * ops table that a kernel can write itself. There are four ready-made: zero-filled,
 * paged by two functions of the kernel's (a user-level pager), a copy-on-write copy of
 * another, a restricted view of another. Pages are the allocator's (<tagma/mem.h>), the
 * hypervisor's mapping tree is the only record of who shows them: to take a page back from
 * everybody is one flush.
 *
 * Copy-on-write is asymmetric between objects: the copy sees what is written to the original
 * until it has itself written to the page. Between spaces (VM_PRIVATE, vm_fork) it is
 * symmetric: both hold a reference to the page, and while somebody else does nobody writes
 * to it. There are no chains, so none to fold. Operations on ranges are not atomic: what
 * fails half way stays half done, and *done tells how much.
 */
#ifndef TAGMA_VM_H
#define TAGMA_VM_H

#include <list.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tagma/ptree.h>
#include <public/tagma.h>

struct ipc;
struct vm_object;

struct vm_page {
	void *frame;	 /* a page of this kernel's root space */
	uint32_t rights; /* that a mapping of it may have now */
	bool made;	 /* for this access: there was another one before, or none */
};

/* With a `want`: only if nothing has to be made for it. -EAGAIN it would be fetched, -EFAULT
 * it would be new. */
#define VM_PEEK 8u

/* n: page of the object. All return 0 or -errno. */
struct vm_ops {
	/* The page for an access `want`; made, fetched or copied now if need be. */
	int (*get)(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p);
	int (*drop)(struct vm_object *o, uint32_t n); /* give the object's own page back */
	void (*free)(struct vm_object *o);	      /* the last reference has gone; may be NULL */
};

/* Pages by number, each with a reference. */
struct vm_pages {
	struct ptree tree;
	uint32_t nr;
};

struct vm_object {
	const struct vm_ops *ops;
	uint32_t pages;
	uint32_t refs;
	struct vm_pages own;
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
/* For ops of one's own: the record. Pages may stand in o->own, or elsewhere: before one of
 * those is freed, vm_revoke() takes it from all who show it. */
struct vm_object *vm_object_new(const struct vm_ops *ops, uint32_t pages, struct vm_object *below,
				uint32_t first);
void vm_revoke(const void *frame);
void vm_get(struct vm_object *o);
/* The last one drops all its pages. -errno: one could not be stored. */
int vm_put(struct vm_object *o);

/* Take a page away from all who show it, and from the object; the next access gets it anew.
 * A policy's tool: who calls it decides which pages stay. */
int vm_evict(struct vm_object *o, uint32_t n);
/* Page n of o is about to be another frame: mappings of what it was go, in the copies and
 * views on top of it, too. For ops of one's own. */
void vm_changed(struct vm_object *o, uint32_t n);

/* --- regions */

#define VM_AUTO 1u     /* commit on the first touch; without it only vm_commit() makes pages */
#define VM_SCRATCH 2u  /* no exception: where there is nothing, a page of no meaning appears */
#define VM_PRIVATE 4u  /* what is written stays with this space, and its forks */
#define VM_USER 0x100u /* from here on: the kernel's own. Regions that differ do not merge */

#define VM_REGIONS 4096u /* of a space, at most */

struct vm_region {
	struct list of_object; /* object->regions */
	struct vm_space *space;
	uint32_t start, end;
	uint32_t rights, flags;	  /* rights as asked for; any of them brings TAGMA_R */
	struct vm_object *object; /* NULL: zeroes, of a private region */
	uint32_t first;		  /* page of object at start */
	uint32_t shown;		  /* rights that mappings may have by now */
};

/* A page that the kernel itself has used, good while nothing has been revoked since. */
struct vm_seen {
	uint64_t as_of;
	uint32_t page;
	struct vm_page p;
};
#define VM_SEEN 8u

struct vm_space {
	uint32_t id;	    /* of the hypervisor's space; TAGMA_SELF: the kernel's own; 0: none,
			     * as after a writeback: what it showed comes back by faults */
	uint32_t low, high; /* where regions may be */
	struct vm_region **region; /* by address */
	uint32_t nr, room;	   /* of them */
	struct vm_region *hint;	   /* that was found last */
	uint32_t pages;		   /* reserved */
	struct vm_pages own;	   /* private regions', by page number of the space */
	uint32_t peak_own;
	struct vm_seen seen[VM_SEEN]; /* by page number modulo VM_SEEN */
	void *scratch;
};

void vm_init(struct vm_space *s, uint32_t id, uint32_t low, uint32_t high);
int vm_exit(struct vm_space *s); /* all regions; the space itself is its owner's */
/* All of `from` in `to`, which is new: private pages as copies, objects shared. -ENOMEM, and
 * `to` is for vm_exit(). */
int vm_fork(struct vm_space *to, struct vm_space *from);

/* Reserve [*addr, +len) and show o from page `first` there; o NULL: zeroes. *addr 0: anywhere.
 * -EINVAL, -EEXIST something is there, -ENOMEM. */
int vm_map(struct vm_space *s, uint32_t *addr, uint32_t len, uint32_t rights, uint32_t flags,
	   struct vm_object *o, uint32_t first);
int vm_unmap(struct vm_space *s, uint32_t addr, uint32_t len); /* holes are no error */
struct vm_region *vm_find(struct vm_space *s, uint32_t addr);
struct vm_region *vm_next(struct vm_space *s, uint32_t addr); /* the first that ends behind addr */
bool vm_covered(struct vm_space *s, uint32_t addr, uint32_t len);
/* New bounds, around the old: a stack, a heap. -EEXIST a neighbour, -EINVAL. */
int vm_grow(struct vm_region *r, uint32_t start, uint32_t end);
/* One region's [from, +len) is at [to, +new_len) from now on. -ENOMEM, -EEXIST, -EINVAL: it
 * is where it was. */
int vm_move(struct vm_space *s, uint32_t from, uint32_t len, uint32_t to, uint32_t new_len);
/* Mappings lose `rights`, until a fault brings them back. A space that is not loaded has none. */
int vm_flush(const struct vm_space *s, uint32_t addr, uint32_t len, uint32_t rights);
/* Mappings and private pages go, what objects have stays. */
int vm_forget(struct vm_space *s, uint32_t addr, uint32_t len);

/* These want all of the range reserved: -EFAULT at the first hole. */
int vm_commit(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t *done);
int vm_decommit(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t *done);
int vm_protect(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t rights, uint32_t *done);

/* --- faults */

/* The page for an access `want` (also VM_PEEK) at addr, which the caller is about to map there.
 * -EFAULT nothing there, -EACCES, -ENOMEM, or what the pager returned. */
int vm_page(struct vm_space *s, uint32_t addr, uint32_t want, struct vm_page *p);
/* The same for the kernel, which reads or writes it where it is: nobody maps it. */
int vm_access(struct vm_space *s, uint32_t addr, uint32_t want, struct vm_page *p);

/* vm_page() as map items of the reply: its own, then up to max - 1 of neighbours that are
 * there already, if it was. Returns how many. */
#define VM_AROUND 8u
int vm_fault(struct vm_space *s, uint32_t addr, uint32_t want, struct tagma_item *item,
	     uint32_t max);
/* A TAGMA_K_FAULT message becomes its reply: then ipc_reply_wait(m, m->sender). msg is
 * the caller's buffer, which w[2] points to again. On an error the message is as it was. */
int vm_answer(struct vm_space *s, struct ipc *m, struct tagma_msg *msg);
/* The same for a fault of the kernel itself, from its trap handler; or ahead of one. */
int vm_touch(struct vm_space *s, uint32_t addr, uint32_t want);
/* Counts whenever a page is taken back or replaced: what was found before is void. Items of
 * a reply are to be sent at once, or thrown away if this has changed. */
uint64_t vm_revocations(void);

#endif
