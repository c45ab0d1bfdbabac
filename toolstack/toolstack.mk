# SPDX-License-Identifier: GPL-2.0-only
# The host side: build/tagma.

CLI_SRC := $(sort $(wildcard toolstack/cli/*.c toolstack/lib/*.c)) hv/sha256.c hv/fit.c hv/elf.c
CLI_OBJ := $(CLI_SRC:%.c=$(B)/host/%.o)
CLI_CFLAGS = $(GNU11) -D_GNU_SOURCE -Itoolstack -Ihv/include -fstack-protector-strong
CLI_LIBS := -Wl,-Bstatic -lxlutil -Wl,-Bdynamic -lfdt -ljansson

$(B)/host/%.o: %.c | setup-check
	$(call say,CC,$< (host))
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(CLI_CFLAGS) $(DEPS) -c -o $@ $<
build/tagma: $(CLI_OBJ)
	$(call say,LD,$@)
	$(Q)$(HOSTCC) -o $@ $(CLI_OBJ) $(CLI_LIBS)
-include $(CLI_OBJ:.o=.d)

.PHONY: cli
cli: build/tagma ## the command line tool, build/tagma
