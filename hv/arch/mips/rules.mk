# SPDX-License-Identifier: GPL-2.0-only
# MIPS32 release 2: how the hypervisor is compiled and linked. As on x86 it is linked twice,
# the second time with the symbols of the first; they come after the text, so that its
# size moves no function.

HV_CROSS := $(GUEST_CROSS)
HV_CC := $(GUEST_CC)
HV_ARCH_CFLAGS := -isystem $(B)/xeninc -isystem $(B)/fdtinc
HV_LIBGCC := $(shell $(HV_CROSS)gcc -print-libgcc-file-name 2>/dev/null)
LIBFDT_GUEST := build/cache/libfdt-$(LIBFDT_DEB).a
HV_LIBS := $(LIBFDT_GUEST) $(HV_LIBGCC)
HV_GENERATED := $(B)/hv/include/asm-offsets.h
HV_LDFLAGS := -static -nostdlib -z noexecstack --no-warn-rwx-segments --no-warn-mismatch --build-id=none

$(B)/hv/include/asm-offsets.h: hv/arch/mips/asm-offsets.c | $(B)/xeninc/xen $(B)/fdtinc
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HV_CC) $(HV_CFLAGS) -MMD -MP -MF $(@:.h=.d) -MT $@ -S -o $(@:.h=.s) $<
	$(Q)sed -n 's/^[[:space:]]*\.ascii[[:space:]]*"->\([A-Z_0-9]*\) \(.*\)"$$/#define \1 \2/p' $(@:.h=.s) > $@

$(B)/hv/hv.lds: hv/arch/mips/hv.lds hv/arch/mips/include/asm/layout.h
	$(Q)mkdir -p $(@D) && $(HV_CC) -E -P -x c -Ihv/arch/mips/include -o $@ $<

$(B)/hv/symtab0.o: scripts/symtab.sh
	$(Q)mkdir -p $(@D) && sh $< </dev/null | $(HV_CC) -c -x assembler -o $@ -
$(B)/hv/symtab.o: $(B)/hv.pass1 scripts/symtab.sh
	$(call say,SYMTAB,$@)
	$(Q)$(HV_CROSS)nm -n $< | sh scripts/symtab.sh | $(HV_CC) -c -x assembler -o $@ -

$(B)/hv.pass1: $(B)/hv/hv.lds $(HV_OBJ) $(B)/hv/symtab0.o $(LIBFDT_GUEST)
	$(Q)$(HV_CROSS)ld $(HV_LDFLAGS) -T $< -o $@ $(HV_OBJ) $(B)/hv/symtab0.o $(HV_LIBS)
$(B)/hv.dbg: $(B)/hv/hv.lds $(HV_OBJ) $(B)/hv/symtab.o $(LIBFDT_GUEST)
	$(call say,LD,$@)
	$(Q)$(HV_CROSS)ld $(HV_LDFLAGS) -T $< -o $@ $(HV_OBJ) $(B)/hv/symtab.o $(HV_LIBS)
$(B)/hv.elf: $(B)/hv.dbg
	$(Q)$(HV_CROSS)strip -o $@ $<

-include $(B)/hv/include/asm-offsets.d
