/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/thread.h>
#include <hv/version.h>
#include <xen/version.h>

/* Strings of the ABI fill their array; what is behind the text is zero. */
static long put_string(struct thread *t, gva_t arg, const char *s, size_t size)
{
	xen_commandline_t buf = { 0 }; /* the longest */

	ksnprintf(buf, size, "%s", s);
	return copy_to_guest(t->space, arg, buf, size, NULL);
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
	return copy_to_guest(t->space, arg, &fi, sizeof(fi), NULL);
}

long hc_xen_version(struct thread *t, uint32_t cmd, gva_t arg)
{
	/* No date: the same source gives the same image. */
	static const xen_compile_info_t compiled = { .compile_by = { "tagma" } };

	switch (cmd) {
	case XENVER_version:
		return XEN_ABI_VERSION;
	case XENVER_extraversion:
		return put_string(t, arg, "-tagma", sizeof(xen_extraversion_t));
	case XENVER_compile_info:
		return copy_to_guest(t->space, arg, &compiled, sizeof(compiled), NULL);
	case XENVER_capabilities:
		return put_caps(t, arg);
	case XENVER_changeset:
		return put_string(t, arg, "", sizeof(xen_changeset_info_t));
	case XENVER_get_features:
		return get_features(t, arg);
	case XENVER_pagesize:
		return PAGE_SIZE;
	case XENVER_guest_handle:
		return copy_to_guest(t->space, arg, t->domain->handle, sizeof(t->domain->handle),
				     NULL);
	case XENVER_commandline:
		return put_string(t, arg, t->domain->control ? option_cmdline() : "<denied>",
				  sizeof(xen_commandline_t));
	default:
		return -XEN_ENOSYS;
	}
}
