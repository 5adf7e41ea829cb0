// SPDX-License-Identifier: GPL-2.0
#include "by_oracle.h"

#include <stdlib.h>

#include "eviction.h"
#include "fdr.h"
#include "geometry_cpu.h"
#include "proportion.h"

/* Every first level holds so many: the fewest, for when no size is known. */
#define FEWEST_VICTIMS 64u

#define PASSES 3u
#define WARM   1u

static uint32_t victims_for(const struct geometry *g)
{
	uint32_t n =
		geometry_tlb_entries(g, 2, GEOMETRY_TLB_LOAD, GEOMETRY_4K) / 2;

	if (n < FEWEST_VICTIMS)
		return FEWEST_VICTIMS;
	return n < ORACLE_MAX_VICTIMS ? n : ORACLE_MAX_VICTIMS;
}

struct proportion by_oracle_share(const struct by_oracle *v, uint32_t victim)
{
	const struct oracle_victim *counts = &v->result.victims[victim];

	return (struct proportion){counts->evicted, counts->resident};
}

static struct proportion with_nothing(const struct oracle_victim *v)
{
	return (struct proportion){v->null_evicted, v->null_resident};
}

static void add_up(struct by_oracle *v)
{
	const struct oracle_result *r = &v->result;
	uint32_t i;

	for (i = 0; i < r->nvictims; i++) {
		v->resident += r->victims[i].resident;
		v->lost += r->victims[i].evicted;
		v->null_lost += r->victims[i].null_evicted;
	}
	v->resident /= r->trials;
	v->lost /= r->trials;
	v->null_lost /= r->null_trials;
}

void by_oracle_free(struct by_oracle *v)
{
	oracle_result_free(&v->result);
	free(v->p_value);
	free(v->evicted);
}

static int judge(struct by_oracle *v, struct error *err)
{
	const struct oracle_result *r = &v->result;
	struct proportion treated, control;
	uint32_t i;

	v->p_value = calloc(r->nvictims, sizeof(*v->p_value));
	v->evicted = calloc(r->nvictims, sizeof(*v->evicted));
	if (!v->p_value || !v->evicted)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < r->nvictims; i++) {
		treated = by_oracle_share(v, i);
		control = with_nothing(&r->victims[i]);
		v->p_value[i] = proportion_p_value(&treated, &control);
	}
	v->n = fdr_select(v->p_value, r->nvictims, EVICTION_FDR, v->evicted);
	add_up(v);
	return 0;
}

/*
 * A question refused for its length is asked again, shorter; if the reason was
 * another, that refuses it once more.
 */
static int run(struct by_oracle *v, struct oracle *o, const struct sequence *s,
	       struct error *err)
{
	if (!oracle_run(o, s, &v->asked, &v->result, err))
		return 0;
	if (err->code != EXIT_USAGE)
		return -1;
	*err = (struct error){0};
	v->asked.victims = FEWEST_VICTIMS;
	v->asked.warm = 0;
	return oracle_run(o, s, &v->asked, &v->result, err);
}

static int ask(struct by_oracle *v, const struct sequence *s, uint32_t cpu,
	       struct error *err)
{
	struct oracle *o = oracle_open(cpu, SWC_ISOLATION_IRQ_OFF, err);
	int rc;

	if (!o)
		return -1;
	rc = run(v, o, s, err);
	oracle_close(o);
	if (rc || (v->result.trials && v->result.null_trials))
		return rc;
	return error_set(err, EXIT_CHECK_FAILED,
			 "%s: TLB oracle: NMIs or SMIs hit all %u trials: try "
			 "again, or more often (--samples)",
			 s->path, v->asked.trials);
}

int by_oracle_ask(struct by_oracle *v, const struct sequence *s, uint32_t cpu,
		  uint32_t trials, struct error *err)
{
	struct geometry geometry;

	if (geometry_here(&geometry, cpu, err))
		return -1;
	*v = (struct by_oracle){
		.asked =
			{
				.victims = victims_for(&geometry),
				.passes = PASSES,
				.warm = WARM,
				.trials = trials,
				.seed = 1,
			},
	};
	if (!ask(v, s, cpu, err) && !judge(v, err))
		return 0;
	by_oracle_free(v);
	return -1;
}
