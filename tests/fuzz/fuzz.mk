# SPDX-License-Identifier: GPL-2.0-only
# libFuzzer targets: tests/fuzz/fuzz_NAME.c with FUZZ_SRC_NAME, under ASan and UBSan (clang).
# A crash leaves its input in build/fuzz; it becomes a case of the unit test it belongs to.

FUZZ := build/fuzz
FUZZ_SECONDS ?= 300
FUZZ_CFLAGS := -std=gnu11 -O1 -g $(WARN) $(XEN) $(UNIT_INC) -Itoolstack -DMAPDB_BATCH=3 \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
# The host's stand-ins come from an archive, as in the unit tests: a real module displaces them.
FUZZ_SRC_mapdb := $(UNIT_CORE) $(UNIT_MODEL) $(FUZZ)/libhost.a
FUZZ_SRC_ipc := $(UNIT_THREADS) $(FUZZ)/libhost.a
FUZZ_SRC_fit := hv/fit.c hv/sha256.c
FUZZ_LIBS_fit := -lfdt
FUZZ_SRC_elf := hv/elf.c hv/fit.c hv/sha256.c
FUZZ_LIBS_elf := -lfdt
FUZZ_SRC_proto := toolstack/lib/proto.c toolstack/lib/proto_msg.c
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

$(FUZZ)/libhost.a: $(UNIT_HOST:%.c=$(FUZZ)/%.o)
	$(Q)rm -f $@ && ar rc $@ $^
$(FUZZ)/%.o: %.c | setup-check
	$(Q)mkdir -p $(@D) && clang $(FUZZ_CFLAGS) -c -o $@ $<

define fuzz_rule
$(FUZZ)/$(1): tests/fuzz/fuzz_$(1).c $$(FUZZ_SRC_$(1)) | setup-check
	$$(call say,FUZZ,$$@)
	$$(Q)mkdir -p $$(@D) && clang $$(FUZZ_CFLAGS) -o $$@ $$^ $$(FUZZ_LIBS_$(1))
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzz_rule,$(f))))

fuzz_run = @for f in $(if $(K),$(K),$(FUZZERS)); do \
	mkdir -p $(FUZZ)/corpus-$$f && echo "fuzz $$f: $(1) s" && \
	$(FUZZ)/$$f -max_total_time=$(1) -artifact_prefix=$(FUZZ)/$$f- -print_final_stats=1 \
		$(FUZZ)/corpus-$$f >$(FUZZ)/$$f.log 2>&1 || { tail -n 30 $(FUZZ)/$$f.log; exit 1; }; \
	grep -h number_of_executed $(FUZZ)/$$f.log; done

.PHONY: fuzz fuzz-smoke
fuzz: $(FUZZERS:%=$(FUZZ)/%) ## libFuzzer on all parsers and state machines (FUZZ_SECONDS=300 each, K=name)
	$(call fuzz_run,$(FUZZ_SECONDS))
fuzz-smoke: $(FUZZERS:%=$(FUZZ)/%) ## ten seconds of each fuzzer
	$(call fuzz_run,10)
