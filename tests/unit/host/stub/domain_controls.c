/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/domain.h>

bool domain_controls(const struct domain *caller, const struct domain *d)
{
	return caller->control && caller != d;
}
