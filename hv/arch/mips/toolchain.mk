# SPDX-License-Identifier: GPL-2.0-only
# Guests and hypervisor are built by the same compiler. ENDIAN=big for the other byte order.

GUEST_CROSS := $(if $(filter big,$(ENDIAN)),mips,mipsel)-linux-gnu-
MIPS_CFLAGS := -march=mips32r2 -mabi=32 -msoft-float -fno-pic -mno-shared -G0
GUEST_CC := $(if $(LLVM),clang --target=$(GUEST_CROSS:-=) $(MIPS_CFLAGS),$(GUEST_CROSS)gcc $(MIPS_CFLAGS) -mplt)
GUEST_LDFLAGS := --no-warn-mismatch
LIBFDT_DEB := mipsel

# Xen has no header for MIPS: its xen.h takes ours. Fields are where they are on x86-32.
define XENINC
cp -r /usr/include/xen $@ && sed -i -e 's|^#error "[Uu]nsupported architecture"|#include <public/arch-mips.h>|' \
	-e 's|^#if !defined(__i386__)$$|#if !defined(__i386__) \&\& !defined(__mips__)|' \
	$@/xen.h $@/hvm/save.h
endef
