# SPDX-License-Identifier: GPL-2.0-only
# Benchmarks: guests/bench run through the CLI, and the profile of one of its cases.

BENCH_NEEDS := hv cli $(B)/srm.elf $(B)/guests/bench.elf $(B)/guests/linuxlike.elf $(B)/initramfs.cpio build/bench/model.so

.PHONY: bench bench-smoke bench-profile
bench: $(BENCH_NEEDS) ## costs of the primitives: build/bench/, docs/benchmarks.md
	$(Q)/usr/bin/python3 -B tests/bench/run.py --docs docs/benchmarks.md
bench-smoke: $(BENCH_NEEDS) ## a short run of every benchmark: is each figure there?
	$(Q)/usr/bin/python3 -B tests/bench/run.py --smoke

PLUGIN := tests/bench/plugin
build/bench/profile.so: guests/bench/x86/stamp_asm.h
build/bench/model.so: $(addprefix $(PLUGIN)/,hierarchy.c cache.c hierarchy.h cache.h) hv/include/public/tagma.h
build/bench/profile.so build/bench/model.so: build/bench/%.so: $(PLUGIN)/%.c $(PLUGIN)/qemu_plugin.h | setup-check
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(HOSTCC) -std=gnu11 -O2 -g $(WARN) -shared -fPIC -fvisibility=hidden -o $@ $(filter %.c,$^)
bench-profile: $(BENCH_NEEDS) build/bench/profile.so ## where a benchmark's instructions go (CASE=name)
	$(Q)/usr/bin/python3 -B tests/bench/profile.py $(or $(CASE),ipc.short.large_large)
