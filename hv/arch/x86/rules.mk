# SPDX-License-Identifier: GPL-2.0-only
# x86: how the hypervisor is compiled and linked.
#
#   pass 1   objects + empty symbol table           -> hv.pass1
#   pass 2   objects + symbols of pass 1's text     -> hv.elf64   (for gdb and objdump)
#   the same as a 32-bit ELF, for boot loaders      -> hv.elf
#
# The symbol table comes after the text, so its size moves no function.

HV_CC := $(if $(LLVM),clang,gcc)
HV_ARCH_CFLAGS := -m64 -fpie -include hv/arch/x86/include/asm/hidden.h -mno-red-zone -mgeneral-regs-only \
	-fcf-protection=none
HV_LIBS := $(shell $(HV_CC) -print-file-name=libfdt.a)
HV_GENERATED := $(B)/hv/include/asm-offsets.h
HV_LDFLAGS := -static -nostdlib -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments \
	--build-id=none

$(B)/hv/include/asm-offsets.h: hv/arch/x86/asm-offsets.c
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HV_CC) $(HV_CFLAGS) -MMD -MP -MF $(@:.h=.d) -MT $@ -S -o $(@:.h=.s) $<
	$(Q)sed -n 's/^[[:space:]]*\.ascii[[:space:]]*"->\([A-Z_0-9]*\) \(.*\)"$$/#define \1 \2/p' $(@:.h=.s) > $@

$(B)/hv/hv.lds: hv/arch/x86/hv.lds hv/arch/x86/include/asm/layout.h
	$(Q)mkdir -p $(@D) && $(HV_CC) -E -P -x c -Ihv/arch/x86/include -o $@ $<

$(B)/hv/symtab0.o: scripts/symtab.sh
	$(Q)mkdir -p $(@D) && sh $< </dev/null | $(HV_CC) -c -x assembler -o $@ -
$(B)/hv/symtab.o: $(B)/hv.pass1 scripts/symtab.sh
	$(call say,SYMTAB,$@)
	$(Q)nm -n $< | sh scripts/symtab.sh | $(HV_CC) -c -x assembler -o $@ -

$(B)/hv.pass1: $(B)/hv/hv.lds $(HV_OBJ) $(B)/hv/symtab0.o
	$(Q)ld $(HV_LDFLAGS) -T $< -o $@ $(HV_OBJ) $(B)/hv/symtab0.o $(HV_LIBS)
$(B)/hv.elf64: $(B)/hv/hv.lds $(HV_OBJ) $(B)/hv/symtab.o
	$(call say,LD,$@)
	$(Q)ld $(HV_LDFLAGS) -T $< -o $@ $(HV_OBJ) $(B)/hv/symtab.o $(HV_LIBS)
$(B)/hv.elf: $(B)/hv.elf64
	$(call say,OBJCOPY,$@)
	$(Q)objcopy -S -O elf32-i386 $< $@

-include $(B)/hv/include/asm-offsets.d
