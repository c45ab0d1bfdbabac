/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/errno.h>
#include <xen/version.h>

/* The Xen whose ABI we follow. */
#define XEN_MAJOR 4
#define XEN_MINOR 17

static long put(struct thread *t, gva_t arg, const void *p, size_t len)
{
	return copy_to_guest(t->space, arg, p, len, NULL) ? -XEN_EFAULT : 0;
}

/* Strings of the ABI fill their array; what is behind the text is zero. */
static long put_string(struct thread *t, gva_t arg, const char *s, size_t size)
{
	char buf[64];

	for (size_t done = 0; done < size; done += sizeof(buf)) {
		size_t n = MIN(size - done, sizeof(buf));

		memset(buf, 0, sizeof(buf));
		/* The last byte of the array stays 0, whatever the length of the text. */
		for (size_t i = 0; i < n && done + i + 1 < size && *s; i++)
			buf[i] = *s++;
		if (put(t, GVA(arg.a + done), buf, n))
			return -XEN_EFAULT;
	}
	return 0;
}

static long put_caps(struct thread *t, gva_t arg)
{
	char caps[128];

	ksnprintf(caps, sizeof(caps), "tagma-1.0-native32 %s ", arch_caps());
	return put_string(t, arg, caps, sizeof(xen_capabilities_info_t));
}

static long get_features(struct thread *t, gva_t arg)
{
	xen_feature_info_t fi;

	if (copy_from_guest(t->space, &fi, arg, sizeof(fi), NULL))
		return -XEN_EFAULT;
	if (fi.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -XEN_EINVAL;
	/* A native guest sees its own page numbers and no page tables. */
	fi.submap = 1u << XENFEAT_auto_translated_physmap;
	if (t->domain->control)
		fi.submap |= 1u << XENFEAT_dom0;
	return put(t, arg, &fi, sizeof(fi));
}

static long compile_info(struct thread *t, gva_t arg)
{
	/* No date: the same source gives the same image. */
	static const xen_compile_info_t info = { .compile_by = { "tagma" } };

	return put(t, arg, &info, sizeof(info));
}

long hc_xen_version(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case XENVER_version:
		return XEN_MAJOR << 16 | XEN_MINOR;
	case XENVER_extraversion:
		return put_string(t, arg, "-tagma", sizeof(xen_extraversion_t));
	case XENVER_compile_info:
		return compile_info(t, arg);
	case XENVER_capabilities:
		return put_caps(t, arg);
	case XENVER_changeset:
		return put_string(t, arg, "", sizeof(xen_changeset_info_t));
	case XENVER_get_features:
		return get_features(t, arg);
	case XENVER_pagesize:
		return PAGE_SIZE;
	case XENVER_guest_handle:
		return put(t, arg, t->domain->handle, sizeof(t->domain->handle));
	case XENVER_commandline:
		return put_string(t, arg, t->domain->control ? option_cmdline() : "<denied>",
				  sizeof(xen_commandline_t));
	default:
		return -XEN_ENOSYS;
	}
}
