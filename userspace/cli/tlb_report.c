// SPDX-License-Identifier: GPL-2.0
#include "tlb_report.h"

#include <stdio.h>

#include "geometry_measured.h"
#include "report.h"

#define BAR 40 /* characters of the longest bar */

/* That it can't be kept is no reason not to show it. */
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
	else if (geometry_measured_save(&m, machine, f->kept, sizeof(f->kept),
					&err))
		snprintf(f->kept_why, sizeof(f->kept_why), "%.255s", err.text);
	if (*f->kept_why)
		*f->kept = '\0';
}

int tlb_examine(struct tlb_finding *f, const struct diagnosis *d,
		unsigned int occupied, uint32_t tsc_step, struct error *err)
{
	*f = (struct tlb_finding){.size.occupied = occupied};
	if (machine_is_emulated(&d->machine)) {
		snprintf(f->why, sizeof(f->why),
			 "withheld: emulated CPU (%s), whose TLB is software",
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

/* Core cycles, where the run has found how long one is. */
static struct estimate cycles(const struct estimate *ticks,
			      const struct diagnosis *d)
{
	return (struct estimate){
		.mean = ticks->mean * d->core_per_tsc,
		.lo = ticks->lo * d->core_per_tsc,
		.hi = ticks->hi * d->core_per_tsc,
	};
}

static json_t *report_level(const struct tlb_finding *f,
			    const struct diagnosis *d, size_t i)
{
	const struct tlbsize_level *l = &f->size.levels[i];
	struct estimate extra = cycles(&l->extra, d);
	json_t *o;

	if (!l->found)
		return json_pack("{s:i, s:n, s:n, s:o, s:n, s:s}", "level",
				 (int)i + 1, "entries", "ci", "reported",
				 l->reported ? json_integer(l->reported)
					     : json_null(),
				 "agrees", "why", f->valid ? l->why : f->why);
	o = json_pack("{s:i, s:f, s:[f, f], s:o, s:o}", "level", (int)i + 1,
		      "entries", l->entries.mean, "ci", l->entries.lo,
		      l->entries.hi, "miss_ticks",
		      report_estimate(&l->extra, true), "miss_cycles",
		      report_estimate(&extra, d->passed));
	json_object_set_new(o, "reported",
			    l->reported ? json_integer(l->reported)
					: json_null());
	json_object_set_new(o, "agrees",
			    l->reported ? json_boolean(l->agrees)
					: json_null());
	return o;
}

json_t *tlb_report_json(const struct tlb_finding *f, const struct diagnosis *d)
{
	json_t *levels = json_array(), *curve = json_array();
	size_t i;

	for (i = 0; i < TLBSIZE_LEVELS; i++)
		json_array_append_new(levels, report_level(f, d, i));
	for (i = 0; i < f->size.n; i++)
		json_array_append_new(curve,
				      json_pack("{s:f, s:f}", "pages",
						f->size.others[i], "ticks",
						f->size.ticks[i]));
	return json_pack("{s:i, s:o, s:o, s:s, s:o, s:s}", "occupied",
			 (int)f->size.occupied, "levels", levels, "curve",
			 curve, "why", f->why, "kept",
			 *f->kept ? json_string(f->kept) : json_null(),
			 "kept_why", f->kept_why);
}

static void put_level(const struct tlbsize_level *l, size_t i,
		      const struct diagnosis *d)
{
	struct estimate extra = cycles(&l->extra, d);

	if (!l->found) {
		printf("  level %zu: %s\n", i + 1, l->why);
		return;
	}
	printf("  level %zu: %.0f entries [%.0f, %.0f], ", i + 1,
	       l->entries.mean, l->entries.lo, l->entries.hi);
	if (l->reported)
		printf("CPUID reports %u%s; ", l->reported,
		       l->agrees ? "" : ", which is not in there");
	else
		printf("CPUID doesn't report any; ");
	if (d->passed)
		printf("a miss costs %.1f cycles [%.1f, %.1f] more\n",
		       extra.mean, extra.lo, extra.hi);
	else
		printf("a miss costs %.1f ticks [%.1f, %.1f] more\n",
		       l->extra.mean, l->extra.lo, l->extra.hi);
}

/* Every other place: the eye needs no more. */
static void put_curve(const struct tlbsize *t)
{
	double low = t->ticks[0], high = t->ticks[0];
	size_t i;

	for (i = 0; i < t->n; i++) {
		low = t->ticks[i] < low ? t->ticks[i] : low;
		high = t->ticks[i] > high ? t->ticks[i] : high;
	}
	printf("  other pages, ticks of a load and its frame after them\n");
	for (i = 0; i < t->n && high > low; i += 2)
		printf("  %6.0f %7.1f %.*s\n", t->others[i], t->ticks[i],
		       (int)(BAR * (t->ticks[i] - low) / (high - low)) + 1,
		       "#########################################");
}

void tlb_report_text(const struct tlb_finding *f, const struct diagnosis *d)
{
	size_t i;

	printf("\nData TLBs by timing, 4 KiB pages");
	if (f->size.occupied)
		printf(", %u pages kept in use besides", f->size.occupied);
	putchar('\n');
	if (!f->valid) {
		printf("  %s\n", f->why);
		return;
	}
	for (i = 0; i < TLBSIZE_LEVELS; i++)
		put_level(&f->size.levels[i], i, d);
	if (*f->kept)
		printf("  kept for the model, states and evict: %s\n", f->kept);
	else
		printf("  not kept: %s\n", f->kept_why);
	put_curve(&f->size);
}
