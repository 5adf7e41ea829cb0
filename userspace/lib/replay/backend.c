// SPDX-License-Identifier: GPL-2.0
#include "backend.h"

#include <string.h>

const struct backend_ops *backend_find(const char *name)
{
	static const struct backend_ops *const all[] = {&backend_kernel,
							&backend_user};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (!strcmp(all[i]->name, name))
			return all[i];
	}
	return NULL;
}

static const char *const isolations[] = {
	[SWC_ISOLATION_NONE] = "none",
	[SWC_ISOLATION_PREEMPT_OFF] = "preempt-off",
	[SWC_ISOLATION_LVT_MASKED] = "lvt-masked",
	[SWC_ISOLATION_IRQ_OFF] = "irq-off",
	[SWC_ISOLATION_QUIESCED] = "quiesced",
};

const char *isolation_name(enum swc_isolation isolation)
{
	return isolations[isolation];
}

int isolation_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(isolations); i++) {
		if (!strcmp(isolations[i], name))
			return i;
	}
	return -1;
}
