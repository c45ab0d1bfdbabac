/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linuxlike's file half on the host: the process half's part of task.h, with one
 * task, 64 KB of user memory, a clock that stands still, and sleeps that call a hook.
 */
#ifndef HOST_LX_SHIM_H
#define HOST_LX_SHIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "fs.h"
#include "syscall.h"
#include "tty.h"

#define USER_BASE 0x10000u
#define USER_SIZE 0x40000u

extern uint8_t shim_user[USER_SIZE];
extern uint64_t shim_now;	    /* ns */
extern uint32_t shim_uid, shim_gid; /* of current */
extern pid_t shim_pid, shim_pgid, shim_sid;
extern size_t shim_page_limit; /* page_alloc() fails beyond it */
extern size_t shim_pages;      /* allocated now */
extern int shim_last_signal;   /* sent, to anyone; 0 when none was */
extern pid_t shim_last_pgrp;
extern bool shim_blocked; /* signals are ignored or blocked */
extern bool shim_orphaned;

/* The console's two ends. */
extern char shim_out[16384];
extern size_t shim_out_len, shim_out_room; /* written; how much more may be */
void shim_type(const char *s);		   /* as from a keyboard; does not wake anyone by itself */
void shim_type_reset(void);		   /* what the terminal has not taken is gone */

/* Called by every sleep: it makes what the sleeper waits for happen. Without one, or when it
 * returns false, the sleep is interrupted. */
extern bool (*shim_sleep)(uint64_t deadline);

void shim_init(const void *cpio, size_t len); /* a new world with a root file system */
void shim_done(void); /* all of it goes; what leaks is the sanitizer's to tell */

void shim_boot(bool on); /* no task yet: as while the initramfs is unpacked */

/* System calls by position; strings and buffers lie in user memory. */
uptr_t shim_str(const char *s);
uptr_t shim_buf(size_t n);
void *shim_at(uptr_t p);
uint32_t shim_random(void);
#define CALL(fn, ...) fn((const uint32_t[6]){ __VA_ARGS__ })
#define S(s) shim_str(s)

#endif
