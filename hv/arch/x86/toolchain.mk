# SPDX-License-Identifier: GPL-2.0-only
# Native guests are 32-bit programs.

GUEST_CROSS := i686-linux-gnu-
GUEST_CC := $(if $(LLVM),clang --target=i686-linux-gnu,i686-linux-gnu-gcc) -march=i686 -mno-sse -mno-mmx
GUEST_LDFLAGS := -m elf_i386
LIBFDT_DEB := i386
XENINC = ln -sfn /usr/include/xen $@
