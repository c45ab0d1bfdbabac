/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One error is one line. A call that can fail takes a struct err, sets it once
 * and returns -1 (or NULL); who called adds where it matters and prints it.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

struct err {
	char text[512];
};

/* Always returns -1, so that a failing call reads `return err_set(e, ...)`. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, with ": reason of errno" at the end. */
int err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "prefix: " before what is there. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
