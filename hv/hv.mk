# SPDX-License-Identifier: GPL-2.0-only
# The hypervisor: portable core + one architecture, linked with libfdt only.

HV_SRC := $(sort $(wildcard hv/*.c hv/xen/*.c hv/arch/$(ARCH)/*.c))
HV_ASM := $(sort $(wildcard hv/arch/$(ARCH)/*.S))
HV_SRC := $(filter-out %/asm-offsets.c,$(HV_SRC))
HV_OBJ := $(HV_SRC:%.c=$(B)/%.o) $(HV_ASM:%.S=$(B)/%.o)
HV_INC := -Ihv/include -Ihv/arch/$(ARCH)/include -I$(B)/hv/include
HV_CFLAGS = $(GNU11) $(HV_INC) -ffreestanding -fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables $(if $(DEBUG),-DHV_DEBUG) $(HV_ARCH_CFLAGS)

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
