// SPDX-License-Identifier: GPL-2.0
#include "doctor.h"

#include <stdio.h>

/* A user who asks for ring 0 needn't wait for the rest, if there is none. */
static int find_backend(const struct backend_ops *backend, struct error *err)
{
	struct backend *b = backend ? backend->open(1, err) : NULL;

	if (b)
		backend->close(b);
	return backend && !b ? -1 : 0;
}

int doctor_examine(struct diagnosis *d, struct tlb_finding *tlb,
		   const struct doctor_options *o, struct error *err)
{
	if (find_backend(o->backend, err) ||
	    diagnose(d, o->cpu, o->tsc_step, err))
		return -1;
	if (o->backend == &backend_user)
		snprintf(d->kernel_kinds.why, sizeof(d->kernel_kinds.why),
			 "not asked for");
	else
		diagnose_kernel_kinds(d, o->backend);
	if (!doctor_asks_tlb(o))
		return 0;
	return tlb_examine(tlb, d, o->occupied < 0 ? 0 : o->occupied,
			   o->tsc_step, err);
}
