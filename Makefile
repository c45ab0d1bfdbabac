# SPDX-License-Identifier: GPL-2.0-only
# Tagma: one Makefile for the hypervisor, the guests, the toolstack and the tests.
#   make help     lists the targets
#   ARCH=mips     for QEMU's Malta     ENDIAN=big  with the other byte order
#   LLVM=1        builds with clang    V=1  shows the commands    DEBUG=1  adds invariant checks

ARCH ?= x86
ENDIAN ?= little
B := build/$(ARCH)$(if $(filter big,$(ENDIAN)),eb)$(if $(LLVM),-clang)$(if $(DEBUG),-debug)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDEXPANSION:

WARN := -Wall -Wextra -Wshadow -Wconversion -Werror
XEN := -D__XEN_TOOLS__
GNU11 := -std=gnu11 -O2 -g $(WARN) $(XEN) -fno-common -fno-strict-aliasing
DEPS = -MMD -MP

HOSTCC := $(if $(LLVM),clang,gcc)

.PHONY: all
all: setup-check ## the hypervisor, the guests and build/tagma
	$(Q)$(MAKE) --no-print-directory hv guests cli

.PHONY: setup setup-check
SETUP := $(if $(filter mips,$(ARCH)),--mips)
setup: ## install missing Debian packages, and say which
	$(Q)scripts/setup.sh $(SETUP)
# Every target that needs a package goes through this one; it costs a few dpkg look-ups.
setup-check:
	$(Q)scripts/setup.sh $(SETUP) --check 2>/dev/null || scripts/setup.sh $(SETUP)

include hv/arch/$(ARCH)/toolchain.mk
include hv/hv.mk
include guests/guests.mk
include toolstack/toolstack.mk
include tests/tests.mk

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## *\(.*\)/\1	\2/p' $(MAKEFILE_LIST) | sort -u | \
		awk -F'\t' '{ printf "  %-14s %s\n", $$1, $$2 }'

.PHONY: run gdb iso initramfs
initramfs: $(B)/initramfs.cpio
run: all $(B)/initramfs.cpio ## boot the demo: linuxlike's shell, rtos running beside it
	$(Q)build/tagma run examples/linuxlike.cfg examples/rtos.cfg
gdb: all $(B)/initramfs.cpio ## the demo stopped at power-on; gdb attached with hypervisor symbols
	$(Q)scripts/gdb.sh examples/linuxlike.cfg
iso: all $(B)/initramfs.cpio ## build/tagma.iso: the demo behind GRUB, for CD or disk
	$(Q)build/tagma mkimage -o $(B)/demo.fit examples/linuxlike.cfg examples/rtos.cfg
	$(Q)scripts/mkiso.sh $(B)/hv.elf $(B)/demo.fit build/tagma.iso

$(B)/initramfs.cpio: scripts/mkinitramfs.sh | setup-check
	$(call say,CPIO,$@)
	$(Q)mkdir -p $(@D) && scripts/mkinitramfs.sh $@

.PHONY: abi
abi: ## write the table of hypercalls in docs/abi.md from hv/hypercalls.def
	$(Q)tools/gen-abi hv/hypercalls.def docs/abi.md

.PHONY: list size tags clean
list: $(B)/hv.elf ## disassembly of the hypervisor with source, in build/x86/hv.list
	$(Q)objdump -dS --no-show-raw-insn $(B)/hv.elf64 > $(B)/hv.list && echo $(B)/hv.list
size: $(B)/hv.elf ## lines and bytes of the hypervisor
	$(Q)scripts/size.sh $(B)/hv.elf64
tags: ## ctags for editors
	$(Q)ctags -R --languages=C,Asm hv guests toolstack
clean: ## remove build/
	rm -rf build
