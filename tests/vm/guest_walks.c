// SPDX-License-Identifier: GPL-2.0
/*
 * The TLB oracle's second witness: which of a sequence's own pages the CPU walks for.
 * And the library's result of all answers: accesses, victims, pages.
 */
#include "guest_question.h"

#include "oraclerun.h"

#define TRIALS	     20u
#define MAX_ACCESSES 31u
#define PAGES	     4u

/* The pages of TWO_REGIONS, before its code. */
#define TWO_REGIONS_PAGES 7u

/* Replay a sequence twice and look at its pages during the second replay. */
static bool watch(const char *name, int arm, struct swc_oracle *o)
{
	start();
	add(SWC_ORACLE_REPLAY, 0);
	add(SWC_ORACLE_REPLAY, 0);
	*o = question(arm);
	o->npages = 0;
	o->walks = (uintptr_t)walks;
	o->nwalks = sizeof(walks);
	memset(walks, 0xee, sizeof(walks));
	return guest_done(name, ask(o));
}

static void check_walks(const char *name, const char *wanted, uint32_t from)
{
	char seen[16];
	uint32_t i, n = strlen(wanted);

	for (i = 0; i < n; i++)
		seen[i] = walks[from + i] + '0';
	seen[n] = '\0';
	guest_check(!strcmp(seen, wanted), name, "%s, wanted %s", seen, wanted);
}

static void test_walks_warm(void)
{
	int arm = guest_must_load(device, TWO_REGIONS);
	struct swc_oracle o;

	if (watch("walks/warm", arm, &o)) {
		guest_check(o.nwalks > TWO_REGIONS_PAGES, "walks/how many",
			    "%u", o.nwalks);
		check_walks("walks/none of what is cached", "000000", 1);
		guest_check(walks[o.nwalks] == 0xee, "walks/nothing after",
			    "%#x", walks[o.nwalks]);
	}
	close(arm);
}

static int load_in(const char *text, const struct swc_state *state)
{
	struct swc_load load;
	struct sequence s;
	int arm;

	load = guest_parse(text, &s);
	load.state = (uintptr_t)state;
	arm = ioctl(device, SWC_IOC_LOAD, &load);
	sequence_free(&s);
	return arm;
}

/*
 * Only region a is cold, and of it only what is touched is walked for. The
 * emulator forgets all translations with the one that an INVLPG is for, if large
 * pages are in use, such as the kernel's thunks that indirect calls go through.
 * Then there is a walk for what is warm and touched, too. The pages of two frames, which the
 * sequence leaves alone, know by their content whether that has happened.
 */
static void test_walks_cold(void)
{
	static const struct swc_state cold = {.dtlb.bits = {1}};
	const struct swc_oracle_step *after = NULL;
	int arm = load_in(TWO_REGIONS, &cold), i;
	uint32_t missed, page;
	struct swc_oracle o;

	start();
	for (i = 0; i < 3; i++) {
		add(SWC_ORACLE_REPLAY, 0);
		after = &steps[nsteps];
		for (page = 0; page < PAGES; page++)
			add(SWC_ORACLE_TOUCH, page);
	}
	o = question(arm);
	o.npages = PAGES;
	o.walks = (uintptr_t)walks;
	o.nwalks = sizeof(walks);
	if (guest_done("walks/a cold region", ask(&o))) {
		missed = count(after, PAGES, SWC_ORACLE_MISS);
		check_walks("walks/what is cold and touched",
			    missed > PAGES / 2 ? "101001" : "101000", 1);
	}
	close(arm);
}

/* If modules share large pages of code, the walks aren't known, nor code made cold. */
static void test_walks_code(void)
{
	static const struct swc_state cold = {.flags = SWC_STATE_COLD_ITLB};
	int arm = load_in("chain 1\n", NULL);
	struct swc_oracle o;

	if (watch("walks/code", arm, &o))
		check_walks("walks/warm code", knows_code() ? "0" : "2", 1);
	close(arm);
	arm = load_in("chain 1\n", &cold);
	if (!knows_code()) {
		guest_check(arm < 0 && errno == EINVAL,
			    "walks/cold code is refused", "%d", arm);
		return;
	}
	if (watch("walks/code", arm, &o))
		check_walks("walks/cold code", "1", 1);
	close(arm);
}

/*
 * The sequence itself invalidates two pages and touches one of them again. Nothing
 * can be said of the other pages that it touches: the emulator may forget all
 * translations with one, if large pages are in use.
 */
static void test_walks_invlpg(void)
{
	int arm = guest_must_load(device, "region a 4\ninvlpg a+0x1000\n"
					  "invlpg a+0x2000\nload a+0x1000 8\n");
	struct swc_oracle o;

	if (watch("walks/invlpg", arm, &o))
		check_walks("walks/what it invalidates and touches", "0100", 1);
	close(arm);
}

static bool run_text(const char *name, const char *text, uint32_t warm,
		     const struct swc_state *state, struct oracle_result *r)
{
	const struct oracle_options options = {
		.state = state,
		.victims = VICTIMS,
		.passes = 1,
		.warm = warm,
		.trials = TRIALS,
		.seed = 1,
	};
	struct error err = {0};
	struct oracle *o = oracle_open(0, SWC_ISOLATION_IRQ_OFF, &err);
	struct sequence s;
	int rc = -1;

	if (o) {
		guest_parse(text, &s);
		rc = oracle_run(o, &s, &options, r, &err);
		sequence_free(&s);
		oracle_close(o);
	}
	return guest_check(!rc, name, "%s", err.text);
}

/*
 * Each access of a sequence hits always, '0', or misses always, '1'. @along: where
 * takes_along(), marks by '?' what comes first to its page after an INVLPG.
 * Return: false if no answer came.
 */
static bool see_accesses(const char *name, const char *text, uint32_t warm,
			 const char *wanted, const char *along, char *seen,
			 uint32_t *trials)
{
	struct oracle_result r;
	uint32_t i;

	if (!run_text(name, text, warm, NULL, &r))
		return false;
	for (i = 0; i < r.naccesses && i < MAX_ACCESSES; i++)
		seen[i] = !r.accesses[i].misses			   ? '0'
			  : r.accesses[i].misses < r.access_trials ? '?'
								   : '1';
	seen[i] = 0;
	*trials = r.access_trials;
	oracle_result_free(&r);
	if (!strcmp(seen, wanted) || !takes_along())
		return true;
	for (i = 0; seen[i] && along[i]; i++) {
		if (along[i] == '?')
			seen[i] = wanted[i];
	}
	return true;
}

/*
 * The test is done again if the answer isn't the wanted one: it depends on the large
 * pages that the emulator has met lately whether it forgets all translations with one,
 * and that may have changed before takes_along() asked.
 */
static void check_accesses(const char *name, const char *text, uint32_t warm,
			   const char *wanted, const char *along)
{
	char seen[MAX_ACCESSES + 1] = "none";
	uint32_t i, trials = 0;

	for (i = 0; i < ALONG_TRIES && strcmp(seen, wanted); i++) {
		if (!see_accesses(name, text, warm, wanted, along, seen,
				  &trials))
			return;
	}
	guest_check(!strcmp(seen, wanted) && trials == (*wanted ? TRIALS : 0),
		    name, "%s, wanted %s, in %u trials", seen, wanted, trials);
}

#define ACCESSES                                                     \
	"region a 4\nregion s 4\n"                                   \
	"load a+0 8\nload a+0x1000 8\nload a+8 8\ninvlpg a+0x1000\n" \
	"load a+0x1000 8\nstore a+0x1008 8\nload a+0x1ffc 8\n"       \
	"switch s+0x4000\npush src=rbx\npop dst=rcx\nswitch back\n"

static void test_accesses(void)
{
	check_accesses("accesses/cold", ACCESSES, 0,
		       "11010"
		       "01"
		       "10",
		       "         ");
	check_accesses("accesses/warm", ACCESSES, 1,
		       "00010"
		       "00"
		       "00",
		       "?     ?? ");
	check_accesses("accesses/warm for long", ACCESSES, 3,
		       "00010"
		       "00"
		       "00",
		       "?     ?? ");
	check_accesses("accesses/none", "chain 1\n", 0, "", "");
}

static void test_result(void)
{
	uint32_t i, resident = 0, evicted = 0, null = 0;
	struct oracle_result r;

	if (!run_text("result/of a sequence", TWO_REGIONS, 1, NULL, &r))
		return;
	for (i = 0; i < r.nvictims; i++) {
		resident += r.victims[i].resident + r.victims[i].null_resident;
		evicted += r.victims[i].evicted;
		null += r.victims[i].null_evicted;
	}
	guest_check(r.trials == TRIALS && r.null_trials == TRIALS && !r.dropped,
		    "result/trials", "%u, %u, %u dropped", r.trials,
		    r.null_trials, r.dropped);
	guest_check(resident >= 2 * TRIALS * (VICTIMS - OWN_PAGES),
		    "result/all are resident", "%u", resident);
	guest_check(evicted <= TRIALS * OWN_PAGES && null <= TRIALS * OWN_PAGES,
		    "result/none is evicted", "%u, %u", evicted, null);
	guest_check(r.npages >= 7 && r.pages[5].region == 1 &&
			    r.pages[5].page == 1 &&
			    r.pages[6].region == ORACLE_CODE &&
			    !r.pages[5].unknown &&
			    r.pages[6].unknown == !knows_code(),
		    "result/pages", "%u", r.npages);
	for (i = 0, evicted = 0; i < 6; i++)
		evicted += r.pages[i].walks;
	guest_check(!evicted, "result/no walks when warm", "%u", evicted);
	guest_check(r.accesses[2].op == 2 && r.accesses[2].region == 1 &&
			    r.accesses[2].page == 1,
		    "result/accesses", "op %u", r.accesses[2].op);
	oracle_result_free(&r);
}

/*
 * Walks are reported page by page of the region that they are for. If the emulator
 * has forgotten all translations, no victim is left, and the pages that the
 * sequence touches in the other region are walked for as often.
 */
static void test_result_cold(void)
{
	static const struct swc_state cold = {.dtlb.bits = {2}};
	uint32_t i, wrong = 0, emptied = TRIALS;
	struct oracle_result r;

	if (!run_text("result/of a cold region", TWO_REGIONS, 1, &cold, &r))
		return;
	for (i = 0; i < r.nvictims; i++)
		if (r.victims[i].evicted < emptied)
			emptied = r.victims[i].evicted;
	for (i = 0; i < 6; i++) {
		bool touched = i == 0 || i == 2;

		wrong += r.pages[i].walks != (i == 5	? r.trials
					      : touched ? emptied
							: 0);
	}
	guest_check(!wrong, "result/walks for the page that is cold",
		    "%u of 6 are wrong", wrong);
	oracle_result_free(&r);
}

/* More than a window's time: that is reported, and the rest is answered. */
static void test_too_long(void)
{
	static char text[1 << 17];
	struct oracle_result r;
	char *at = text;
	uint32_t i;

	at += sprintf(at, "region a 1\n");
	for (i = 0; i < 9000; i++)
		at += sprintf(at, "load a+0 1\n");
	if (!run_text("too long/for the accesses", text, 1, NULL, &r))
		return;
	guest_check(!r.naccesses && *r.access_why && r.trials == TRIALS,
		    "too long/says so", "%u accesses", r.naccesses);
	oracle_result_free(&r);
}

int main(void)
{
	device = guest_open();
	test_walks_warm();
	test_walks_cold();
	test_walks_code();
	test_walks_invlpg();
	test_accesses();
	test_result();
	test_result_cold();
	test_too_long();
	return guest_summary();
}
