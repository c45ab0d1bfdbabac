# SPDX-License-Identifier: GPL-2.0-only
# Native guests: each is its own directory linked with guests/lib. srm is one of them.

GUEST_LIBGCC := $(shell $(GUEST_CROSS)gcc -print-libgcc-file-name 2>/dev/null)
GUEST_INC := -nostdinc -isystem $(shell $(firstword $(GUEST_CC)) -print-file-name=include) \
	-Iguests/lib/include -Iguests/lib/$(ARCH)/include -Ihv/include -isystem $(B)/xeninc
GUEST_CFLAGS = $(GNU11) $(GUEST_INC) -ffreestanding -fno-pic -fno-omit-frame-pointer \
	-fno-asynchronous-unwind-tables -fno-stack-protector

LIB_SRC := $(sort $(wildcard guests/lib/*.c guests/lib/$(ARCH)/*.c guests/lib/*.S guests/lib/$(ARCH)/*.S))
LIB_OBJ := $(patsubst %,$(B)/%.o,$(basename $(LIB_SRC)))

GUESTS := linuxlike rtos example hostile bench $(notdir $(wildcard guests/test-*))
GUESTS := $(foreach g,$(GUESTS),$(if $(wildcard guests/$(g)/*.c),$(g)))
# One that has files for other processors only can not be built for this one.
GUESTS := $(foreach g,$(GUESTS),$(if $(wildcard guests/$(g)/$(ARCH)),$(g),$(if $(wildcard guests/$(g)/*/),,$(g))))
# A test guest may take files of the kernel it tests.
GUEST_EXTRA_test-rtos := $(addprefix guests/rtos/,task.c timer.c sync.c queue.c stat.c $(ARCH)/switch.S)
guest_obj = $(patsubst %,$(B)/%.o,$(basename $(sort $(GUEST_EXTRA_$(1)) $(wildcard \
	guests/$(1)/*.c guests/$(1)/*.S guests/$(1)/$(ARCH)/*.c guests/$(1)/$(ARCH)/*.S))))

# Xen's headers alone: the rest of /usr/include must not leak into a guest.
$(B)/xeninc/xen: | setup-check
	$(Q)rm -rf $@ && mkdir -p $(@D) && $(XENINC)

$(B)/guests/%.o: guests/%.c | $(B)/xeninc/xen
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(GUEST_CC) $(GUEST_CFLAGS) $(DEPS) -c -o $@ $<
$(B)/guests/%.o: guests/%.S | $(B)/xeninc/xen
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D) && $(GUEST_CC) $(GUEST_CFLAGS) -D__ASSEMBLY__ $(DEPS) -c -o $@ $<

GUEST_LDS := guests/lib/$(ARCH)/guest.lds
guest_link = $(GUEST_CROSS)ld $(GUEST_LDFLAGS) -static -z noexecstack --no-warn-rwx-segments --build-id=none \
	-T $(GUEST_LDS) -o $@

define guest_rule
$(B)/guests/$(1).dbg: $(call guest_obj,$(1)) $(LIB_OBJ) $(GUEST_LDS)
	$$(call say,LD,$$@)
	$$(Q)$$(guest_link) $$(filter %.o,$$^) $(GUEST_LIBGCC)
-include $(patsubst %.o,%.d,$(call guest_obj,$(1)))
endef
$(foreach g,$(GUESTS),$(eval $(call guest_rule,$(g))))
-include $(LIB_OBJ:.o=.d)

# srm reads the boot image with the code the hypervisor uses for it.
SRM_SRC := $(sort $(wildcard toolstack/srm/*.c toolstack/lib/proto*.c) hv/fit.c hv/sha256.c hv/elf.c)
SRM_OBJ := $(SRM_SRC:%.c=$(B)/srm/%.o)
LIBFDT_GUEST := build/cache/libfdt-$(LIBFDT_DEB).a
$(LIBFDT_GUEST): scripts/fetch-deb.sh | setup-check
	$(Q)scripts/fetch-deb.sh $(LIBFDT_DEB) libfdt-dev usr/lib/$(LIBFDT_DEB)-linux-gnu/libfdt.a $@
$(B)/srm/%.o: %.c | $(B)/xeninc/xen
	$(call say,CC,$< (srm))
	$(Q)mkdir -p $(@D) && $(GUEST_CC) $(GUEST_CFLAGS) -Itoolstack -I. -isystem $(B)/fdtinc $(DEPS) -c -o $@ $<
$(SRM_OBJ): | $(B)/fdtinc
$(B)/fdtinc: | setup-check
	$(Q)mkdir -p $@ && ln -sfn /usr/include/libfdt.h /usr/include/libfdt_env.h /usr/include/fdt.h $@/
$(B)/srm.dbg: $(SRM_OBJ) $(LIB_OBJ) $(LIBFDT_GUEST) $(GUEST_LDS)
	$(call say,LD,$@)
	$(Q)$(guest_link) $(filter %.o,$^) $(LIBFDT_GUEST) $(GUEST_LIBGCC)
-include $(SRM_OBJ:.o=.d)

# What is loaded carries no symbols: it travels over serial lines and is hashed at boot.
%.elf: %.dbg
	$(Q)$(GUEST_CROSS)strip -o $@ $<

.PHONY: guests
guests: $(GUESTS:%=$(B)/guests/%.elf) $(B)/srm.elf ## srm and all guest kernels
