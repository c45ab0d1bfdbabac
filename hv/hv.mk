# SPDX-License-Identifier: GPL-2.0-only
# The hypervisor: portable core, drivers of the PC that Malta has too, one architecture; linked
# with libfdt only.

HV_SRC := $(sort $(wildcard hv/*.c hv/xen/*.c hv/pc/*.c hv/arch/$(ARCH)/*.c))
HV_ASM := $(sort $(wildcard hv/arch/$(ARCH)/*.S))
HV_SRC := $(filter-out %/asm-offsets.c,$(HV_SRC))
HV_OBJ := $(HV_SRC:%.c=$(B)/%.o) $(HV_ASM:%.S=$(B)/%.o)
HV_INC := -Ihv/include -Ihv/arch/$(ARCH)/include -I$(B)/hv/include
HV_CFLAGS = $(GNU11) $(HV_INC) -ffreestanding -fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables $(if $(DEBUG),-DHV_DEBUG) $(HV_ARCH_CFLAGS)

# Built for size: what runs at boot, on a report or at a controller's call, never between a
# guest's event and its handler. The rest, paths that are counted by the instruction, is -O2.
HV_COLD := $(addprefix hv/,console.c counter.c debug.c dom0.c elf.c fit.c ipc_check.c main.c \
	mapdb_check.c option.c panic.c pc/%.c printf.c symbols.c xen/%.c) \
	$(addprefix hv/arch/$(ARCH)/,backtrace.c boot.c cpu.c hcpage.c machine.c mm.c)
HV_COLD := $(filter $(HV_COLD),$(HV_SRC))
$(HV_COLD:%.c=$(B)/%.o): HV_CFLAGS += -Os

include hv/arch/$(ARCH)/rules.mk

$(B)/hv/%.o: hv/%.c $$(HV_GENERATED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(HV_CC) $(HV_CFLAGS) $(DEPS) -c -o $@ $<
$(B)/hv/%.o: hv/%.S $$(HV_GENERATED)
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D) && $(HV_CC) $(HV_CFLAGS) -D__ASSEMBLY__ $(DEPS) -c -o $@ $<

.PHONY: hv
hv: $(B)/hv.elf ## the hypervisor
-include $(HV_OBJ:.o=.d)
