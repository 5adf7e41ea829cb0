// SPDX-License-Identifier: GPL-2.0
#include "guest.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/draw.h"
#include "oracle.h"
#include "tlbrule.h"

/*
 * The rule by which this machine's TLB keeps translations is found from the oracle's
 * answers about touches at random. Then it foretells further answers.
 */

/* Touches in a script: what a window of 2 ms has time for where it is emulated. */
#define TOUCHES 4000u

/* More pages than translations have room, or none would have to go. */
#define PAGES 6100u

/* Scripts that the TLB needs to grow, as it does with use: they aren't looked at. */
#define WARM 4u

#define TO_FIND	    12u
#define TO_FORETELL 120u
#define SCRIPTS	    (TO_FIND + TO_FORETELL)

/* Verdicts to be foretold, and how many of them rightly. */
#define VERDICTS 100000u
#define RIGHT	 0.999

static struct tlbrule_touch touches[SCRIPTS][TOUCHES];
static struct tlbrule_script scripts[SCRIPTS];
static struct tlbrule_finding finding;
static __u64 random_state = 88172645463325252ull;

static int ask(struct oracle *o, struct tlbrule_touch *out, struct error *err)
{
	struct oracle_script *script = oracle_script_start(o, PAGES);
	unsigned int i;
	int rc;

	for (i = 0; i < TOUCHES; i++)
		oracle_script_add(script, SWC_ORACLE_TOUCH,
				  swc_draw_below(&random_state, PAGES));
	rc = oracle_ask(o, -1, false, err);
	for (i = 0; i < TOUCHES && !rc; i++)
		out[i] = (struct tlbrule_touch){
			.page = script->steps[i].page,
			.verdict = script->steps[i].verdict,
		};
	return rc;
}

/* All scripts; one whose window lasts too long, as the host is busy, is asked again. */
static int ask_all(struct oracle *o)
{
	struct error err = {0};
	unsigned int tries = 0, i;

	for (i = 0; i < WARM + SCRIPTS && tries < 4 * SCRIPTS; tries++) {
		struct error ignored = {0};
		unsigned int place = i < WARM ? 0 : i - WARM;

		if (!ask(o, touches[place], &ignored))
			i++;
		else
			err = ignored;
	}
	guest_check(i == WARM + SCRIPTS, "tlbrule/all scripts are answered",
		    "%u of %u: %s", i, WARM + SCRIPTS, err.text);
	for (i = 0; i < SCRIPTS; i++)
		scripts[i] = (struct tlbrule_script){touches[i], TOUCHES};
	return tries < 4 * SCRIPTS ? 0 : -1;
}

static void find(void)
{
	const struct tlbrule *rule = &finding.rule;
	struct error err = {0};
	int rc = tlbrule_find(scripts, TO_FIND, &finding, &err);

	guest_check(!rc, "tlbrule/a rule is found", "%s", err.text);
	printf("# %u sets of %u, %s%s, %u victims: wrong in %" PRIu64
	       " of %" PRIu64 " verdicts, the best of %u rules\n",
	       rule->sets, rule->ways,
	       rule->policy == GEOMETRY_PLRU ? "PLRU" : "LRU",
	       rule->folded ? ", folded" : "", rule->victims, finding.wrong,
	       finding.verdicts, finding.rules);
	/* QEMU, include/exec/cpu-defs.h: direct-mapped, CPU_VTLB_SIZE is 8. */
	guest_check(rule->ways == 1 && rule->victims == 8 && !rule->folded,
		    "tlbrule/it is the emulator's", "%u ways, %u victims",
		    rule->ways, rule->victims);
}

static void foretell(void)
{
	struct tlbrule_prediction p;
	struct error err = {0};
	uint64_t first = finding.ntaken;
	int rc = tlbrule_predict(&finding, scripts + TO_FIND, TO_FORETELL, &p,
				 &err);
	double right = 1 - (double)p.wrong / (double)p.verdicts;

	guest_check(!rc && p.verdicts >= VERDICTS,
		    "tlbrule/so many are foretold", "%" PRIu64 " %s",
		    p.verdicts, err.text);
	printf("# %.4f of %" PRIu64 " verdicts foretold rightly, %" PRIu64
	       " of them misses; wrong: %" PRIu64 ", of these %" PRIu64
	       " in sets that were wrong again, %" PRIu64
	       " as the size had changed\n",
	       right, p.verdicts, p.misses, p.wrong, p.confirmed, p.resized);
	printf("# not foretold: %" PRIu64
	       " verdicts in sets that the oracle's own memory uses, %" PRIu64
	       " sets at first, %u in the end\n",
	       p.taken, first, p.taken_sets);
	guest_check(p.misses > p.verdicts / 20 &&
			    p.misses < p.verdicts * 19 / 20,
		    "tlbrule/hits and misses are both foretold",
		    "%" PRIu64 " of %" PRIu64, p.misses, p.verdicts);
	guest_check(right >= RIGHT, "tlbrule/they are foretold rightly", "%.4f",
		    right);
}

/* A rule that isn't the machine's must be seen to be wrong. */
static void plant(void)
{
	struct tlbrule_prediction p;
	struct error err = {0};
	int rc;

	finding.rule.victims = 0;
	finding.ntaken = 0;
	memset(finding.taken, 0, sizeof(finding.taken));
	rc = tlbrule_predict(&finding, scripts, TO_FIND, &p, &err);
	guest_check(!rc && (double)p.wrong > 0.002 * (double)p.verdicts,
		    "tlbrule/without the victims it is wrong",
		    "%" PRIu64 " of %" PRIu64, p.wrong, p.verdicts);
}

int main(void)
{
	struct error err = {0};
	struct oracle *o = oracle_open(0, SWC_ISOLATION_IRQ_OFF, &err);

	guest_check(o, "tlbrule/oracle", "%s", err.text);
	if (o && !ask_all(o)) {
		find();
		foretell();
		plant();
	}
	if (o)
		oracle_close(o);
	return guest_summary();
}
