// SPDX-License-Identifier: GPL-2.0
#include "tlbfinding.h"

#include <stdio.h>

#include "geometry_measured.h"

/* Saves it, or of each level what an earlier run found, if that is larger. */
static int save(struct tlb_finding *f, struct geometry_measured *m,
		const struct machine *machine, struct error *err)
{
	struct geometry_measured before;
	char why[256];

	if (geometry_measured_load(&before, machine, why, sizeof(why)) == 1)
		f->kept_earlier = geometry_measured_largest(m, &before);
	return geometry_measured_save(m, machine, f->kept, sizeof(f->kept),
				      err);
}

/* Keeps the finding; if that fails, it is shown nevertheless. */
static void keep(struct tlb_finding *f, const struct machine *machine,
		 uint32_t tsc_step)
{
	struct geometry_measured m = {0};
	struct error err = {0};
	bool any = false;
	size_t i;

	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		if (!f->size.levels[i].found)
			continue;
		m.level[i].known = any = true;
		m.level[i].entries = f->size.levels[i].entries.mean;
		m.level[i].lo = f->size.levels[i].entries.lo;
		m.level[i].hi = f->size.levels[i].entries.hi;
	}
	if (f->size.occupied)
		snprintf(f->kept_why, sizeof(f->kept_why),
			 "pages were kept in use: the TLBs hold more");
	else if (tsc_step)
		snprintf(f->kept_why, sizeof(f->kept_why),
			 "a step of the TSC is planted");
	else if (!any)
		snprintf(f->kept_why, sizeof(f->kept_why), "nothing was found");
	else if (save(f, &m, machine, &err))
		snprintf(f->kept_why, sizeof(f->kept_why), "%.255s", err.text);
	if (*f->kept_why)
		*f->kept = '\0';
}

int tlb_examine(struct tlb_finding *f, const struct diagnosis *d,
		unsigned int occupied, uint32_t tsc_step, struct error *err)
{
	*f = (struct tlb_finding){.d = d, .size.occupied = occupied};
	if (machine_is_emulated(&d->machine)) {
		withhold(f->why, "emulated CPU (%s), whose TLB is software",
			 d->machine.hypervisor);
		return 0;
	}
	f->valid = true;
	if (tlbsize_measure(&f->size, d->cpu, occupied, tsc_step, &d->geometry,
			    err))
		return -1;
	keep(f, &d->machine, tsc_step);
	return 0;
}
