# SPDX-License-Identifier: GPL-2.0-only
# Three levels: the portable core on the host, guests on the hypervisor, stories through the CLI.

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/bench/bench.mk

T := $(B)/tests
VMLINUZ := build/cache/vmlinuz
$(VMLINUZ): scripts/fetch-kernel.sh scripts/fetch-deb.sh | setup-check
	$(Q)scripts/fetch-kernel.sh $@

# Programs that the test initramfs carries beside busybox: static glibc ones, and the applet script.
PROG_SRC := $(wildcard tests/guest/prog/*.c)
PROGS := $(PROG_SRC:tests/guest/prog/%.c=$(T)/prog/%)
$(T)/prog/%: tests/guest/prog/%.c | setup-check
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && i686-linux-gnu-gcc -std=gnu11 -O1 $(WARN) -static -o $@ $< -lpthread
$(T)/initramfs.cpio: $(B)/initramfs.cpio $(PROGS) tests/system/applets.sh scripts/add-to-cpio.sh
	$(call say,CPIO,$@)
	$(Q)scripts/add-to-cpio.sh $(B)/initramfs.cpio $@ root tests/system/applets.sh $(PROGS)

.PHONY: test test-system test-system-needs test-mips mips
mips: ## the hypervisor and the guests for QEMU's Malta
	$(Q)$(MAKE) --no-print-directory ARCH=mips setup-check
	$(Q)$(MAKE) --no-print-directory ARCH=mips hv guests
test-system-needs: all $(B)/initramfs.cpio $(T)/initramfs.cpio $(VMLINUZ) build/bench/model.so
PYTEST := /usr/bin/python3 -m pytest -p no:cacheprovider
test-system: test-system-needs ## stories through the CLI, in QEMU and Bochs (K=expr selects; POOLS=min: with the smallest pools)
	$(Q)TAGMA_POOLS=$(POOLS) $(PYTEST) -v tests/system --ignore=tests/system/test_mips.py $(if $(K),-k '$(K)')
# Experimental, and not in `make test`: docs/porting.md says why.
test-mips: all mips ## stories on QEMU's Malta: experimental, an upload at run time may stall
	$(Q)$(PYTEST) -v tests/system/test_mips.py $(if $(K),-k '$(K)')
test: ## everything that CI runs; closes with "N passed, N failed"
	$(Q)scripts/test.sh

.PHONY: check
check: setup-check ## format, headers alone, layer breaches, sparse, cppcheck, both compilers
	$(Q)scripts/check.sh
