# SPDX-License-Identifier: GPL-2.0-only
# Unit tests: each tests/unit/test_*.c is a cmocka program, linked with parts of the portable
# core that are compiled for the host (tests/unit/host is its third architecture), under
# AddressSanitizer and UBSan. For a test NAME that needs more or other parts than UNIT_CORE:
#   UNIT_SRC_NAME     sources beside tests/unit/NAME.c and the host's archive (default UNIT_CORE)
#   UNIT_CFLAGS_NAME  flags for all of them (objects are per test)
#   UNIT_LIBS_NAME    libraries
#   UNIT_ARGS_NAME    arguments of the run

U := build/unit
UNIT_CORE := $(addprefix hv/,frame.c object.c mapdb.c mapdb_flush.c mapdb_check.c \
	physmap.c vtlb.c guest.c hc_op.c space.c hc_space.c flexpage.c hc_map.c mapitem.c)
UNIT_MODEL := tests/unit/model_l4.c tests/unit/mapdb_driver.c
UNIT_THREADS := $(UNIT_CORE) $(addprefix hv/,thread.c prio.c clan.c sched.c share.c time.c ipc.c ipc_short.c ipc_xfer.c ipc_fault.c \
	ipc_check.c forward.c event.c hc_event.c vcpu.c irq.c hc_sched.c hc_thread.c trace.c signal.c signal_send.c) \
	tests/unit/ipc_world.c tests/unit/ipc_driver.c
# In an archive: a test gets what it leaves open, so a real module displaces its stand-in.
UNIT_HOST := $(sort $(wildcard tests/unit/host/*.c tests/unit/host/stub/*.c))
UNIT_INC := -Itests/unit/host/include -Itests/unit -Ihv/include
UNIT_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_CFLAGS := -std=gnu11 -O1 -g $(WARN) $(XEN) $(UNIT_INC) $(UNIT_SAN) -fno-omit-frame-pointer

UNIT_SRC_test_mapdb_model := $(UNIT_CORE) $(UNIT_MODEL)
UNIT_CFLAGS_test_mapdb_model := -DMAPDB_BATCH=3
UNIT_CFLAGS_test_libc := -fno-builtin
UNIT_SRC_test_libc := tests/unit/libc/libc.c

$(foreach t,ipc ipc_xfer ipc_model prio clan thread sched event signal,$(eval UNIT_SRC_test_$(t) := $(UNIT_THREADS)))

UNIT_SRC_test_fit := hv/fit.c hv/sha256.c
UNIT_LIBS_test_fit := -lfdt
UNIT_SRC_test_elf := hv/elf.c hv/fit.c hv/sha256.c
UNIT_LIBS_test_elf := -lfdt
UNIT_SRC_test_sha256 := hv/sha256.c
UNIT_SRC_test_printf := hv/printf.c
UNIT_SRC_test_option := hv/option.c
# All of the core but the boot order, the boot image and what reaches below it.
UNIT_SRC_test_cache = $(UNIT_SRC_test_domain)
UNIT_SRC_test_domain_saved = $(UNIT_SRC_test_domain)
UNIT_SRC_test_domain := $(filter-out $(addprefix hv/,main.c dom0.c fit.c elf.c sha256.c option.c \
	panic.c libc.c symbols.c preempt.c),$(sort $(wildcard hv/*.c hv/xen/*.c)))

# The host's side of the toolstack.
UNIT_CONFIG := $(addprefix toolstack/lib/,config.c config_keys.c cfgscan.c err.c file.c)
UNIT_XLU := -Wl,-Bstatic -lxlutil -Wl,-Bdynamic
UNIT_SRC_test_config := $(UNIT_CONFIG)
UNIT_LIBS_test_config := $(UNIT_XLU)
UNIT_SRC_test_fitbuild := $(UNIT_CONFIG) toolstack/lib/fitbuild.c toolstack/lib/guest.c toolstack/lib/board.c hv/fit.c \
	hv/elf.c hv/sha256.c
UNIT_LIBS_test_fitbuild := $(UNIT_XLU) -lfdt
UNIT_SRC_test_proto := toolstack/lib/proto.c toolstack/lib/proto_msg.c toolstack/cli/daemon_proto.c
UNIT_SRC_test_proto_hostile := toolstack/lib/proto.c toolstack/lib/proto_msg.c
$(foreach t,config fitbuild proto proto_hostile,$(eval UNIT_CFLAGS_test_$(t) := -Itoolstack -D_GNU_SOURCE))

# linuxlike: its portable files, with the host's libc before guests/lib's.
UNIT_LX_CFLAGS := -D__ssize_t_defined -Iguests/linuxlike -idirafter guests/lib/include
UNIT_SRC_test_lx_timer := guests/linuxlike/timer.c
UNIT_SRC_test_lx_mm := $(addprefix guests/linuxlike/,mm.c usercopy.c mmap.c) \
	$(addprefix guests/lib/,vm.c vm_fault.c vm_object.c ptree.c) \
	tests/unit/host-lx/host.c tests/unit/host-lx/arena.c
UNIT_LIBS_test_lx_mm := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
$(foreach t,lx_timer lx_mm,$(eval UNIT_CFLAGS_test_$(t) := $(UNIT_LX_CFLAGS) -Itests/unit/host-lx))
UNIT_SRC_test_ptree := guests/lib/ptree.c
UNIT_CFLAGS_test_ptree := -idirafter guests/lib/include

# linuxlike's file half; tests/unit/host-lx stands for its process half and its machine.
UNIT_LX := $(addprefix guests/linuxlike/,\
	anon.c cpio.c dentry.c dev_mem.c fd.c file.c inode.c lock.c mount.c namei.c namespace.c open.c \
	pipe.c poll.c random.c rename.c seq.c sys_attr.c sys_dents.c sys_fs.c sys_mount.c sys_rw.c \
	sys_stat.c tmpfs.c tmpfs_data.c tmpfs_dir.c tty.c tty_in.c tty_ioctl.c tty_job.c tty_out.c \
	vfs.c) guests/lib/ptree.c tests/unit/host-lx/shim.c tests/unit/host-lx/host.c
$(foreach t,vfs tty pipe cpio,$(eval UNIT_SRC_test_lx_$(t) := $(UNIT_LX)))
$(foreach t,vfs tty pipe cpio,$(eval UNIT_CFLAGS_test_lx_$(t) := -iquote guests/linuxlike \
	-idirafter guests/lib/include))

UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

$(U)/libhost.a: $(UNIT_HOST:%.c=$(U)/%.o)
	$(Q)rm -f $@ && ar rc $@ $^
-include $(UNIT_HOST:%.c=$(U)/%.d)
$(U)/tests/unit/host/%.o: tests/unit/host/%.c | setup-check
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

define unit_test
UNIT_OBJ_$(1) := $$(patsubst %.c,$(U)/$(1).d/%.o,tests/unit/$(1).c \
	$$(or $$(UNIT_SRC_$(1)),$$(UNIT_CORE)))
$(U)/$(1).d/%.o: %.c | setup-check
	$$(call say,CC,$$<)
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$(UNIT_CFLAGS) $$(UNIT_CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<
$(U)/$(1): $$(UNIT_OBJ_$(1)) $(U)/libhost.a
	$$(call say,LD,$$@)
	$$(Q)$$(HOSTCC) $$(UNIT_SAN) -o $$@ $$^ $$(UNIT_LIBS_$(1)) -lcmocka
-include $$(UNIT_OBJ_$(1):.o=.d)
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_test,$(t))))

.PHONY: test-unit unit-programs
unit-programs: $(addprefix $(U)/,$(UNIT_TESTS))
test-unit: unit-programs ## the portable core on the host (K=word selects programs)
	$(Q)tests/unit/run.sh $(foreach t,$(if $(K),$(foreach n,$(UNIT_TESTS),$(if $(findstring $(K),$(n)),$(n))),$(UNIT_TESTS)),'$(U)/$(t) $(UNIT_ARGS_$(t))')
