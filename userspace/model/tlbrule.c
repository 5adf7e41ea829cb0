// SPDX-License-Identifier: GPL-2.0
#include "tlbrule.h"

#include <stdlib.h>
#include <string.h>

#include "uapi/switchcost.h"

#define LEAST_SETS 1u

/**
 * struct tlb - a TLB that keeps to a rule
 * @held: its sets
 * @queue: of what has gone, a key plus 1, or 0: nothing
 * @next: place in it that is taken next
 */
struct tlb {
	const struct tlbrule *rule;
	struct assoc held;
	uint64_t queue[TLBRULE_MAX_VICTIMS];
	uint32_t next;
};

static int tlb_init(struct tlb *t, const struct tlbrule *rule,
		    struct error *err)
{
	*t = (struct tlb){.rule = rule};
	return assoc_init(&t->held, rule->sets, rule->ways, rule->policy, 1,
			  err);
}

static void tlb_clear(struct tlb *t)
{
	assoc_clear(&t->held);
	memset(t->queue, 0, sizeof(t->queue));
	t->next = 0;
}

static uint32_t set_of(const struct tlbrule *rule, uint32_t number)
{
	uint32_t bits = __builtin_ctz(rule->sets), set = number;

	if (rule->folded && bits)
		for (set = 0; number; number >>= bits)
			set ^= number;
	return set & (rule->sets - 1);
}

/*
 * Use a translation. What comes back from the queue changes places with what has to make
 * room for it; what comes from a walk puts that at the queue's end.
 */
static bool tlb_use(struct tlb *t, uint64_t key, uint32_t set)
{
	uint64_t gone = 0;
	uint32_t i;

	if (assoc_use(&t->held, key, set, &gone))
		return true;
	for (i = 0; i < t->rule->victims; i++) {
		if (t->queue[i] == key + 1) {
			t->queue[i] = gone;
			return true;
		}
	}
	if (gone && t->rule->victims) {
		t->queue[t->next] = gone;
		t->next = (t->next + 1) % t->rule->victims;
	}
	return false;
}

static bool is_wrong(const struct tlbrule_touch *touch, bool hit)
{
	return touch->verdict != SWC_ORACLE_NONE &&
	       (touch->verdict == SWC_ORACLE_HIT) != hit;
}

/* How often the rule is wrong; @most: so many are enough. */
static uint64_t count_wrong(struct tlb *t, const struct tlbrule_script *scripts,
			    size_t n, uint64_t most)
{
	uint64_t wrong = 0;
	uint32_t i;

	for (; n && wrong <= most; n--, scripts++) {
		tlb_clear(t);
		for (i = 0; i < scripts->n; i++) {
			const struct tlbrule_touch *touch =
				&scripts->touches[i];

			wrong += is_wrong(
				touch, tlb_use(t, touch->page,
					       set_of(t->rule, touch->page)));
		}
	}
	return wrong;
}

/* Try @rule, as it is. Return: 0, or -1 with @err set. */
static int try_rule(struct tlbrule_finding *f, const struct tlbrule *rule,
		    const struct tlbrule_script *scripts, size_t n,
		    struct error *err)
{
	struct tlb t;
	uint64_t wrong;

	if (tlb_init(&t, rule, err))
		return -1;
	wrong = count_wrong(&t, scripts, n, f->wrong);
	assoc_free(&t.held);
	f->rules++;
	/* Of two that are as good, the smaller one, which was tried before. */
	if (wrong < f->wrong) {
		f->wrong = wrong;
		f->rule = *rule;
	}
	return 0;
}

static int try_shapes(struct tlbrule_finding *f, struct tlbrule rule,
		      const struct tlbrule_script *scripts, size_t n,
		      struct error *err)
{
	static const uint32_t ways[] = {1, 2, 4, 6, 8, 12, 16, 32, 64};
	static const uint32_t victims[] = {0, 4, 8, 16};
	static const enum geometry_policy policies[] = {GEOMETRY_LRU,
							GEOMETRY_PLRU};
	size_t w, v, p;

	for (w = 0; w < sizeof(ways) / sizeof(*ways); w++) {
		for (v = 0; v < sizeof(victims) / sizeof(*victims); v++) {
			for (p = 0; p < 2; p++) {
				rule.ways = ways[w];
				rule.victims = victims[v];
				rule.policy = policies[p];
				if (p && rule.ways == 1)
					continue;
				if (try_rule(f, &rule, scripts, n, err))
					return -1;
			}
		}
	}
	return 0;
}

static int try_rules(struct tlbrule_finding *f,
		     const struct tlbrule_script *scripts, size_t n,
		     struct error *err)
{
	struct tlbrule rule = {.sets = LEAST_SETS};

	for (; rule.sets <= TLBRULE_MOST_SETS; rule.sets *= 2) {
		rule.folded = false;
		if (try_shapes(f, rule, scripts, n, err))
			return -1;
		rule.folded = rule.sets > 1;
		if (rule.folded && try_shapes(f, rule, scripts, n, err))
			return -1;
	}
	return 0;
}

static uint64_t count_verdicts(const struct tlbrule_script *scripts, size_t n,
			       enum swc_oracle_verdict verdict)
{
	uint64_t count = 0;
	uint32_t i;

	for (; n; n--, scripts++)
		for (i = 0; i < scripts->n; i++)
			count += scripts->touches[i].verdict == verdict;
	return count;
}

/**
 * struct foretold - what came out of one script with so many sets
 * @verdicts, @misses, @wrong, @taken: as of all scripts
 * @before: wrong in the first quarter
 */
struct foretold {
	uint64_t verdicts;
	uint64_t misses;
	uint64_t wrong;
	uint64_t taken;
	uint64_t before;
};

#define SIZES 3u

/**
 * struct predictor - the same rule with as many sets, half as many, twice as many
 * @f: what was found
 * @t: these TLBs
 * @wrong: of each set, foretold in vain
 * @again: of each set, wrong once more when it was taken
 */
struct predictor {
	struct tlbrule_finding *f;
	struct tlbrule rules[SIZES];
	struct tlb t[SIZES];
	uint32_t wrong[TLBRULE_MOST_SETS];
	bool again[TLBRULE_MOST_SETS];
};

static uint32_t set_by_rule(const struct predictor *p, uint32_t page)
{
	return set_of(&p->f->rule, page);
}

static void foretell(const struct predictor *p, struct tlb *t,
		     const struct tlbrule_script *script, struct foretold *told)
{
	uint32_t i;

	*told = (struct foretold){.before = 0};
	tlb_clear(t);
	for (i = 0; i < script->n; i++) {
		const struct tlbrule_touch *touch = &script->touches[i];
		bool hit =
			tlb_use(t, touch->page, set_of(t->rule, touch->page));
		bool wrong = is_wrong(touch, hit);
		bool taken = p->f->taken[set_by_rule(p, touch->page)];

		if (touch->verdict == SWC_ORACLE_NONE)
			continue;
		if (i < script->n / 4) {
			told->before += wrong && !taken;
			continue;
		}
		told->taken += taken;
		if (taken)
			continue;
		told->verdicts++;
		told->misses += touch->verdict == SWC_ORACLE_MISS;
		told->wrong += wrong;
	}
}

/* A script has shown this: in a set where the rule is wrong, something else has room. */
static void learn(struct predictor *p, struct tlb *t,
		  const struct tlbrule_script *script)
{
	uint32_t i, set;

	tlb_clear(t);
	for (i = 0; i < script->n; i++) {
		const struct tlbrule_touch *touch = &script->touches[i];

		if (!is_wrong(touch, tlb_use(t, touch->page,
					     set_of(t->rule, touch->page))))
			continue;
		set = set_by_rule(p, touch->page);
		if (p->f->taken[set])
			p->again[set] = true;
		else if (i >= script->n / 4)
			p->wrong[set]++;
	}
}

static void take_sets(struct predictor *p)
{
	uint32_t set;

	for (set = 0; set < p->f->rule.sets; set++) {
		if (!p->wrong[set] || p->f->taken[set])
			continue;
		p->f->taken[set] = true;
		p->f->ntaken++;
	}
}

static void predict(struct predictor *p, const struct tlbrule_script *script,
		    struct tlbrule_prediction *sum)
{
	struct foretold told[SIZES];
	uint32_t size, best = 0, least = 0;

	for (size = 0; size < SIZES; size++) {
		foretell(p, &p->t[size], script, &told[size]);
		if (told[size].before < told[best].before)
			best = size;
		if (told[size].wrong < told[least].wrong)
			least = size;
	}
	sum->verdicts += told[best].verdicts;
	sum->misses += told[best].misses;
	sum->wrong += told[best].wrong;
	sum->taken += told[best].taken;
	sum->resized += told[best].wrong - told[least].wrong;
	sum->sets = p->rules[best].sets;
	/* By the size that it had: another one's errors are no sets'. */
	learn(p, &p->t[least], script);
	take_sets(p);
}

static int predictor_init(struct predictor *p, struct tlbrule_finding *finding,
			  struct error *err)
{
	uint32_t size;

	p->f = finding;
	for (size = 0; size < SIZES; size++) {
		p->rules[size] = finding->rule;
		if (size == 1 && finding->rule.sets > LEAST_SETS)
			p->rules[size].sets /= 2;
		if (size == 2 && finding->rule.sets < TLBRULE_MOST_SETS)
			p->rules[size].sets *= 2;
		if (tlb_init(&p->t[size], &p->rules[size], err))
			break;
	}
	if (size == SIZES)
		return 0;
	while (size)
		assoc_free(&p->t[--size].held);
	return -1;
}

int tlbrule_predict(struct tlbrule_finding *finding,
		    const struct tlbrule_script *scripts, size_t n,
		    struct tlbrule_prediction *prediction, struct error *err)
{
	struct predictor *p = calloc(1, sizeof(*p));
	uint32_t i;

	*prediction = (struct tlbrule_prediction){0};
	if (!p)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	if (predictor_init(p, finding, err)) {
		free(p);
		return -1;
	}
	for (; n; n--, scripts++)
		predict(p, scripts, prediction);
	for (i = 0; i < TLBRULE_MOST_SETS; i++)
		if (p->again[i])
			prediction->confirmed += p->wrong[i];
	prediction->taken_sets = finding->ntaken;
	for (i = 0; i < SIZES; i++)
		assoc_free(&p->t[i].held);
	free(p);
	return 0;
}

int tlbrule_find(const struct tlbrule_script *scripts, size_t n,
		 struct tlbrule_finding *finding, struct error *err)
{
	struct tlbrule_prediction known;
	uint64_t misses = count_verdicts(scripts, n, SWC_ORACLE_MISS);

	*finding = (struct tlbrule_finding){.wrong = UINT64_MAX};
	finding->verdicts = misses + count_verdicts(scripts, n, SWC_ORACLE_HIT);
	if (!misses)
		return error_set(err, EXIT_USAGE,
				 "no touch missed the TLB: touch more pages");
	if (try_rules(finding, scripts, n, err))
		return -1;
	/* Known verdicts are foretold for the sets alone in which the rule is wrong. */
	return tlbrule_predict(finding, scripts, n, &known, err);
}

bool tlbrule_is_taken(const struct tlbrule_finding *finding, uint32_t page)
{
	return finding->taken[set_of(&finding->rule, page)];
}
