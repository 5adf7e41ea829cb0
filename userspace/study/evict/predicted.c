// SPDX-License-Identifier: GPL-2.0
#include "predicted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/layout.h"
#include "engine/slots.h"
#include "predict.h"

/* Victims are here, far from all that the sequence has. */
#define VICTIM_BASE 0x30000000000ull

static const enum model_victim_level levels[EVICTION_LEVELS] = {
	[EVICTION_L1D] = MODEL_VICTIM_L1D,
	[EVICTION_L2] = MODEL_VICTIM_L2,
	[EVICTION_DTLB] = MODEL_VICTIM_DTLB,
	[EVICTION_STLB] = MODEL_VICTIM_STLB,
};

static uint64_t *addresses(const struct victims *v)
{
	uint64_t *list = calloc(v->n, sizeof(*list));
	const struct victim *victim;
	size_t i;

	for (i = 0; list && i < v->n; i++) {
		victim = &v->list[i];
		list[i] = VICTIM_BASE +
			  (uint64_t)victim->page * SWC_PAGE_BYTES +
			  victim->line * SWC_LINE_BYTES;
	}
	return list;
}

/* The victims' places, the sequence's accesses, and the model together. */
static int predict(struct predicted *p, struct model *m,
		   const struct swc_proof *proof, const struct victims *v,
		   struct error *err)
{
	struct model_eviction *evictions = calloc(v->n, sizeof(*evictions));
	__u64 region[SWC_MAX_REGIONS];
	uint64_t at[SWC_MAX_REGIONS], *list;
	struct feed feed = {0};
	size_t i;
	int rc;

	swc_layout(proof, FEED_DATA_BASE, region);
	for (i = 0; i < proof->program->nregions; i++)
		at[i] = region[i];
	list = addresses(v);
	p->evicted = calloc(v->n, sizeof(*p->evicted));
	if (!evictions || !list || !p->evicted)
		rc = error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	else
		rc = feed_plan(&feed, proof, at, FEED_CODE_BASE, err);
	if (!rc)
		rc = model_predict_evictions(m, &feed, list, v->n, evictions,
					     err);
	for (i = 0; !rc && i < v->n; i++)
		p->evicted[i] = evictions[i].evicted[levels[v->level]];
	feed_free(&feed);
	free(list);
	free(evictions);
	return rc;
}

/* Return: can the model say anything of this level? */
static bool is_modelled(struct predicted *p, const struct model *m,
			enum eviction_level level)
{
	enum model_structure structure = model_victim_structure(levels[level]);

	if (level == EVICTION_L2)
		snprintf(p->why, sizeof(p->why),
			 "L2's sets depend on physical addresses, which ring 3 "
			 "doesn't know");
	else if (!model_has(m, structure))
		snprintf(p->why, sizeof(p->why), "%s", m->part[structure].why);
	else
		return true;
	return false;
}

int predicted_make(struct predicted *p, const struct sequence *s,
		   const struct victims *victims,
		   const struct geometry *geometry, enum geometry_policy policy,
		   struct error *err)
{
	const struct model_options wanted = {.policy = policy};
	struct swc_error refused = {0};
	struct swc_program program;
	struct swc_caps caps;
	struct swc_proof proof;
	struct model model;
	void *workspace;
	int rc = 0;

	*p = (struct predicted){0};
	swc_caps_probe(&caps);
	if (model_init(&model, geometry, &wanted, err))
		return -1;
	if (is_modelled(p, &model, victims->level)) {
		rc = sequence_verify(s, &caps, &proof, &program, &workspace,
				     &refused, err);
		if (!rc) {
			rc = predict(p, &model, &proof, victims, err);
			free(workspace);
		}
	}
	model_free(&model);
	if (rc)
		predicted_free(p);
	return rc;
}

void predicted_free(struct predicted *p)
{
	free(p->evicted);
	p->evicted = NULL;
}
