// SPDX-License-Identifier: GPL-2.0
/*
 * The TLB oracle: verdicts that are known beforehand, bad questions, and what is
 * left when somebody is killed or a CPU goes. With an argument, the number of a
 * fault that the module was loaded with: that the controls see it.
 */
#include "guest.h"

#include "oraclerun.h"

#define VICTIMS 64u
#define TRIALS	20u
#define TWINS	4u

/*
 * More pages than a replay uses besides those of its sequence: code, stack, data. Each
 * place of the emulated TLB holds one page, so that each of them may evict a victim,
 * by where they happen to lie.
 */
#define OWN_PAGES 12u

/*
 * The emulator's TLB grows with use, and shrinks at the second flush that finds it
 * hardly used for 100 ms. Each question ends with one.
 */
#define SHRINK_TRIES	 8
#define SHRINK_QUESTIONS 3
#define SHRINK_US	 120000

/* Which large pages are in use changes; so a few questions are due. */
#define ALONG_TRIES 20

static int device;
static struct swc_oracle_step steps[SWC_ORACLE_MAX_STEPS + 1];
static uint32_t nsteps;
static uint8_t walks[SWC_MAX_PAGES * 2];

static void start(void)
{
	nsteps = 0;
}

/* Return: where the verdict will be. */
static const struct swc_oracle_step *add(enum swc_oracle_kind kind,
					 uint32_t page)
{
	steps[nsteps] = (struct swc_oracle_step){.page = page, .kind = kind};
	return &steps[nsteps++];
}

/* The same for all victims. Return: the first. */
static const struct swc_oracle_step *add_all(enum swc_oracle_kind kind)
{
	const struct swc_oracle_step *first = &steps[nsteps];
	uint32_t i;

	for (i = 0; i < VICTIMS; i++)
		add(kind, i);
	return first;
}

/* A question that has nothing wrong with it. */
static struct swc_oracle question(int arm)
{
	return (struct swc_oracle){
		.steps = (uintptr_t)steps,
		.nsteps = nsteps,
		.npages = VICTIMS,
		.sequence = arm,
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};
}

static int ask(struct swc_oracle *o)
{
	return ioctl(device, SWC_IOC_ORACLE, o);
}

static uint32_t count(const struct swc_oracle_step *first, uint32_t n,
		      enum swc_oracle_verdict verdict)
{
	uint32_t i, seen = 0;

	for (i = 0; i < n; i++)
		seen += first[i].verdict == verdict;
	return seen;
}

static void check_all(const char *name, const struct swc_oracle_step *first,
		      enum swc_oracle_verdict verdict)
{
	uint32_t n = count(first, VICTIMS, verdict);

	guest_check(n == VICTIMS, name, "%u of %u", n, VICTIMS);
}

static void test_capability(void)
{
	struct swc_info info = guest_info(device);

	guest_check(info.capabilities & SWC_CAP_TLB_ORACLE, "oracle/is offered",
		    "%#llx", info.capabilities);
}

/* Is code mapped page by page? */
static bool knows_code(void)
{
	return guest_info(device).capabilities & SWC_CAP_CODE_PAGES;
}

/*
 * An INVLPG may take other translations along (Intel SDM vol. 3A, 4.10.4.1). The
 * emulator forgets all of them where the page lies between large ones that are in use,
 * such as
 * the module's code, or the thunks that indirect calls go through.
 */
static bool takes_along(void)
{
	const struct swc_oracle_step *other;
	struct swc_oracle o;
	int i;

	for (i = 0; i < ALONG_TRIES; i++) {
		start();
		add(SWC_ORACLE_TOUCH, 0);
		add(SWC_ORACLE_TOUCH, 1);
		add(SWC_ORACLE_INVALIDATE, 1);
		other = add(SWC_ORACLE_TOUCH, 0);
		o = question(-1);
		if (!ask(&o) && other->verdict == SWC_ORACLE_MISS)
			return true;
	}
	return false;
}

/*
 * Ask the script whose every verdict is known. Return: wrong ones among those after an
 * INVLPG of every third page, of which only those pages may miss; or -1, with errno set.
 */
static int ask_script(uint32_t isolation, const struct swc_oracle_step *s[6],
		      bool along, struct swc_oracle *o)
{
	uint32_t i;
	int wrong = 0;

	start();
	s[0] = add_all(SWC_ORACLE_TOUCH);
	s[1] = add_all(SWC_ORACLE_TOUCH);
	for (i = 0; i < VICTIMS; i += 3)
		add(SWC_ORACLE_INVALIDATE, i);
	s[2] = add_all(SWC_ORACLE_TOUCH);
	s[3] = add_all(SWC_ORACLE_TOUCH);
	add_all(SWC_ORACLE_INVALIDATE);
	s[4] = add_all(SWC_ORACLE_TOUCH);
	s[5] = add_all(SWC_ORACLE_TOUCH);
	*o = question(-1);
	o->isolation = isolation;
	if (ask(o))
		return -1;
	for (i = 0; i < VICTIMS; i++) {
		if (!(i % 3))
			wrong += s[2][i].verdict != SWC_ORACLE_MISS;
		else if (!along)
			wrong += s[2][i].verdict != SWC_ORACLE_HIT;
	}
	return wrong;
}

/* The emulator may now and then forget all; what the module forgets it does always. */
static void test_script(uint32_t isolation)
{
	const struct swc_oracle_step *s[6];
	bool along = !knows_code() && takes_along();
	struct swc_oracle o;
	int wrong, tries = 0;

	do
		wrong = ask_script(isolation, s, along, &o);
	while (wrong > 0 && ++tries < ALONG_TRIES);
	if (!guest_done("script/is carried out", wrong))
		return;
	guest_check(!wrong, "script/what was invalidated misses, nothing else",
		    "%d of %u are wrong", wrong, VICTIMS);
	check_all("script/nothing is known of a first touch", s[0],
		  SWC_ORACLE_NONE);
	check_all("script/then all hit", s[1], SWC_ORACLE_HIT);
	check_all("script/and hits again", s[3], SWC_ORACLE_HIT);
	check_all("script/after INVLPG all miss", s[4], SWC_ORACLE_MISS);
	check_all("script/once", s[5], SWC_ORACLE_HIT);
	guest_check(!o.control && o.ticks && s[5]->ticks, "script/what it says",
		    "control %u, %llu ticks, %u for a touch", o.control,
		    o.ticks, s[5]->ticks);
}

/* Nothing was invalidated or replayed before: the first question of its pages. */
static void test_cold(void)
{
	const struct swc_oracle_step *first;
	struct swc_oracle o;

	start();
	add_all(SWC_ORACLE_INVALIDATE);
	first = add_all(SWC_ORACLE_TOUCH);
	o = question(-1);
	guest_done("cold/is carried out", ask(&o));
	check_all("cold/all miss", first, SWC_ORACLE_MISS);
}

/* Return: how many victims a replay evicts, or -1; all of them resident before. */
static int evicts(int arm)
{
	const struct swc_oracle_step *residency, *eviction;
	struct swc_oracle o;

	start();
	add_all(SWC_ORACLE_TOUCH);
	residency = add_all(SWC_ORACLE_TOUCH);
	add(SWC_ORACLE_REPLAY, 0);
	eviction = add_all(SWC_ORACLE_TOUCH);
	o = question(arm);
	if (ask(&o) || count(residency, VICTIMS, SWC_ORACLE_HIT) != VICTIMS)
		return -1;
	return count(eviction, VICTIMS, SWC_ORACLE_MISS);
}

static void test_evicts_none(const char *name, const char *text)
{
	int arm = guest_must_load(device, text), n = evicts(arm);

	guest_check(n >= 0 && n <= (int)OWN_PAGES, name, "%d of %u", n,
		    VICTIMS);
	close(arm);
}

/* One load on each of so many pages. */
static int load_many(uint32_t pages)
{
	static char text[1 << 17];
	char *at = text;
	uint32_t i;

	at += sprintf(at, "region a %u\n", pages);
	for (i = 0; i < pages; i++)
		at += sprintf(at, "load a+%#x 1\n", i * GUEST_PAGE);
	return guest_must_load(device, text);
}

static void let_shrink(void)
{
	struct swc_oracle o;
	int i;

	for (i = 0; i < SHRINK_QUESTIONS; i++) {
		usleep(SHRINK_US);
		start();
		add(SWC_ORACLE_TOUCH, 0);
		o = question(-1);
		ask(&o);
	}
}

/*
 * An emulated TLB grows with its use; many pages evict all of it where it was left alone
 * before. On a slow machine their walks take longer than a window may: then fewer.
 */
static void test_evicts_all(void)
{
	static const uint32_t pages[] = {4096, 2048, 1024};
	int arm, n = 0, i;

	for (i = 0; i < 3 * SHRINK_TRIES && n != (int)VICTIMS; i++) {
		arm = load_many(pages[i % 3]);
		let_shrink();
		n = evicts(arm);
		close(arm);
	}
	guest_check(n == (int)VICTIMS, "evicts/all, by many pages",
		    "%d of %u: %s", n, VICTIMS, strerror(errno));
}

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

/* A page of the engine's, a to page 4, b to page 6, then the code. */
#define TWO_REGIONS                                              \
	"region a 4\nregion b 2\nload a+0 8\nstore a+0x2008 8\n" \
	"load b+0x1000 8\n"
#define TWO_REGIONS_PAGES 7u

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
		guest_check(walks[o.nwalks] == 0xee, "walks/nothing behind",
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
 * Then there is a walk for what is warm and touched, too. The twins, which the
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
		for (page = 0; page < TWINS; page++)
			add(SWC_ORACLE_TOUCH, page);
	}
	o = question(arm);
	o.npages = TWINS;
	o.walks = (uintptr_t)walks;
	o.nwalks = sizeof(walks);
	if (guest_done("walks/a cold region", ask(&o))) {
		missed = count(after, TWINS, SWC_ORACLE_MISS);
		check_walks("walks/what is cold and touched",
			    missed > TWINS / 2 ? "101001" : "101000", 1);
	}
	close(arm);
}

/* Where modules share large pages of code, that isn't told, nor made cold. */
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
 * The sequence itself invalidates two pages and touches one of them again. Of what
 * else it touches nothing can be said: the emulator may forget all translations
 * with one, if large pages are in use.
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
 */
static void check_accesses(const char *name, const char *text, uint32_t warm,
			   const char *wanted, const char *along)
{
	struct oracle_result r;
	bool spared;
	char seen[32] = "";
	uint32_t i;

	if (!run_text(name, text, warm, NULL, &r))
		return;
	for (i = 0; i < r.naccesses && i < sizeof(seen) - 1; i++)
		seen[i] = !r.accesses[i].misses			   ? '0'
			  : r.accesses[i].misses < r.access_trials ? '?'
								   : '1';
	spared = strcmp(seen, wanted) && takes_along();
	for (i = 0; spared && seen[i] && along[i]; i++) {
		if (along[i] == '?')
			seen[i] = wanted[i];
	}
	guest_check(!strcmp(seen, wanted) &&
			    r.access_trials == (*wanted ? TRIALS : 0),
		    name, "%s, wanted %s, in %u trials", seen, wanted,
		    r.access_trials);
	oracle_result_free(&r);
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
 * Walks are told page by page of the region that they are for. Where the emulator
 * has forgotten all translations, no victim is left, and what the sequence touches
 * in the other region is walked for as often.
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

/* More than a window's time: told, and the rest is answered. */
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

static void test_trap(void)
{
	struct swc_oracle o;
	int arm;

	if (!(guest_info(device).capabilities & SWC_CAP_TRAP))
		return;
	arm = guest_must_load(device, "chain 1\ntrap\n");
	start();
	add(SWC_ORACLE_REPLAY, 0);
	o = question(arm);
	guest_refused("trap/is told", ask(&o), EIO);
	close(arm);
	test_cold();
}

static void refuse(const char *name, void (*change)(struct swc_oracle *o),
		   int wanted)
{
	int arm = guest_must_load(device, "chain 1\n");
	struct swc_oracle o;

	start();
	add(SWC_ORACLE_TOUCH, VICTIMS - 1);
	add(SWC_ORACLE_REPLAY, 0);
	o = question(arm);
	change(&o);
	guest_refused(name, ask(&o), wanted);
	close(arm);
}

static void set_nothing(struct swc_oracle *o)
{
	o->nsteps = 0;
}

static void set_many(struct swc_oracle *o)
{
	o->nsteps = SWC_ORACLE_MAX_STEPS + 1;
}

static void set_npages(struct swc_oracle *o)
{
	o->npages = SWC_ORACLE_MAX_PAGES + 1;
}

static void set_few_pages(struct swc_oracle *o)
{
	o->npages = VICTIMS - 1;
}

static void set_kind_0(struct swc_oracle *o)
{
	(void)o;
	steps[1].kind = 0;
}

static void set_kind(struct swc_oracle *o)
{
	(void)o;
	steps[1].kind = SWC_ORACLE_REPLAY + 1;
}

static void set_replay_page(struct swc_oracle *o)
{
	(void)o;
	steps[1].page = 1;
}

static void set_flags(struct swc_oracle *o)
{
	o->flags = 1;
}

static void set_reserved_0(struct swc_oracle *o)
{
	o->reserved[0] = 1;
}

static void set_reserved_1(struct swc_oracle *o)
{
	o->reserved[1] = 1ull << 63;
}

static void set_isolation(struct swc_oracle *o)
{
	o->isolation = SWC_ISOLATION_PREEMPT_OFF;
}

static void set_no_isolation(struct swc_oracle *o)
{
	o->isolation = SWC_ISOLATION_QUIESCED + 1;
}

static void set_cpu(struct swc_oracle *o)
{
	o->cpu = 9999;
}

static void set_no_sequence(struct swc_oracle *o)
{
	o->sequence = -1;
}

static void set_device(struct swc_oracle *o)
{
	o->sequence = device;
}

static void set_walks_of_nothing(struct swc_oracle *o)
{
	o->sequence = -1;
	o->nsteps = 1;
	o->walks = (uintptr_t)walks;
	o->nwalks = sizeof(walks);
}

static void set_few_walks(struct swc_oracle *o)
{
	o->walks = (uintptr_t)walks;
	o->nwalks = 1;
}

static void set_bad_walks(struct swc_oracle *o)
{
	o->walks = 0x1000;
	o->nwalks = sizeof(walks);
}

static void set_steps(struct swc_oracle *o)
{
	o->steps = 0x1000;
}

static void set_kernel_steps(struct swc_oracle *o)
{
	o->steps = 0xffffffff81000000ull;
}

static void test_refused(void)
{
	struct swc_oracle o;
	uint32_t i;

	refuse("refused/no steps", set_nothing, EINVAL);
	refuse("refused/too many steps", set_many, EINVAL);
	refuse("refused/too many pages", set_npages, EINVAL);
	refuse("refused/a page behind the last", set_few_pages, EINVAL);
	refuse("refused/kind 0", set_kind_0, EINVAL);
	refuse("refused/kind", set_kind, EINVAL);
	refuse("refused/a replay's page", set_replay_page, EINVAL);
	refuse("refused/flags", set_flags, EINVAL);
	refuse("refused/reserved[0]", set_reserved_0, EINVAL);
	refuse("refused/reserved[1]", set_reserved_1, EINVAL);
	refuse("refused/interrupts on", set_isolation, EINVAL);
	refuse("refused/isolation", set_no_isolation, EINVAL);
	refuse("refused/cpu", set_cpu, ENODEV);
	refuse("refused/a replay of nothing", set_no_sequence, EBADF);
	refuse("refused/a replay of the device", set_device, EBADF);
	refuse("refused/walks of nothing", set_walks_of_nothing, EBADF);
	refuse("refused/too few walks", set_few_walks, ENOSPC);
	refuse("refused/walks bad", set_bad_walks, EFAULT);
	refuse("refused/steps bad", set_steps, EFAULT);
	refuse("refused/steps in the kernel", set_kernel_steps, EFAULT);
	guest_refused("refused/argument NULL",
		      ioctl(device, SWC_IOC_ORACLE, NULL), EFAULT);
	start();
	for (i = 0; i < SWC_ORACLE_MAX_STEPS; i++)
		add(SWC_ORACLE_INVALIDATE, 0);
	o = question(-1);
	guest_refused("refused/longer than a window", ask(&o), E2BIG);
}

/* Lines of /proc/vmallocinfo that are the module's, for as long as it is asked. */
static int count_areas(void)
{
	FILE *f = fopen("/proc/vmallocinfo", "r");
	char line[256];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "[switchcost]") != NULL;
	if (f)
		fclose(f);
	return n;
}

/* Asks for ever. */
static void ask_on(uint32_t cpu)
{
	int arm = guest_must_load(device, TWO_REGIONS);
	struct swc_oracle o;

	start();
	add_all(SWC_ORACLE_TOUCH);
	add(SWC_ORACLE_REPLAY, 0);
	add_all(SWC_ORACLE_TOUCH);
	for (;;) {
		o = question(arm);
		o.cpu = cpu;
		o.npages = SWC_ORACLE_MAX_PAGES;
		o.walks = (uintptr_t)walks;
		o.nwalks = sizeof(walks);
		if (ask(&o) && errno != ENODEV)
			_exit(1);
	}
}

static void test_killed(void)
{
	int before = count_areas(), i, status, died = 0;
	pid_t pid;

	for (i = 0; i < 10; i++) {
		pid = fork();
		if (!pid)
			ask_on(i % 2);
		usleep(20000 + i * 1111);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		died += WIFSIGNALED(status);
	}
	guest_check(died == 10, "killed/in the middle", "%d of 10", died);
	guest_check(count_areas() == before, "killed/no mapping is left",
		    "%d before, %d after", before, count_areas());
	test_cold();
}

static void test_offline(void)
{
	struct swc_oracle o;
	int i, status, ok = 0;
	pid_t pid;

	pid = fork();
	if (!pid)
		ask_on(1);
	for (i = 0; i < 5; i++) {
		usleep(20000);
		ok += guest_set_online("0");
		usleep(20000);
		ok += guest_set_online("1");
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	guest_check(ok == 10 && WIFSIGNALED(status),
		    "offline/while it is asked", "%d switches, status %#x", ok,
		    status);
	guest_set_online("0");
	start();
	add(SWC_ORACLE_TOUCH, 0);
	o = question(-1);
	o.cpu = 1;
	guest_refused("offline/is told", ask(&o), ENODEV);
	o.isolation = SWC_ISOLATION_QUIESCED;
	guest_refused("offline/quiesced, too", ask(&o), ENODEV);
	guest_set_online("1");
	guest_done("offline/online again", ask(&o));
}

/* The module was loaded with a fault that one control must see. */
static void test_fault(unsigned int fault)
{
	static const uint32_t controls[] = {0, SWC_ORACLE_STALE,
					    SWC_ORACLE_FRESH, SWC_ORACLE_CLEAR,
					    SWC_ORACLE_SET};
	int arm = guest_must_load(device, TWO_REGIONS);
	bool accessed = controls[fault] == SWC_ORACLE_CLEAR ||
			controls[fault] == SWC_ORACLE_SET;
	struct error err = {0};
	struct swc_oracle o;

	start();
	add(SWC_ORACLE_TOUCH, 0);
	add(SWC_ORACLE_REPLAY, 0);
	o = question(arm);
	o.walks = accessed ? (uintptr_t)walks : 0;
	o.nwalks = accessed ? sizeof(walks) : 0;
	guest_refused("fault/no verdicts", ask(&o), EOPNOTSUPP);
	guest_check(o.control == controls[fault], "fault/names the control",
		    "%u", o.control);
	guest_check(!steps[0].ticks, "fault/nothing is told", "%u",
		    steps[0].ticks);
	if (!accessed)
		guest_check(!oracle_open(0, SWC_ISOLATION_IRQ_OFF, &err) &&
				    err.code == EXIT_IMPOSSIBLE,
			    "fault/the library refuses", "%s", err.text);
	close(arm);
}

int main(int argc, char **argv)
{
	device = guest_open();
	if (argc > 1) {
		test_fault(atoi(argv[1]));
		return guest_summary();
	}
	test_capability();
	test_script(SWC_ISOLATION_IRQ_OFF);
	test_script(SWC_ISOLATION_QUIESCED);
	test_cold();
	test_evicts_none("evicts/none, by nothing", "mark \"nothing\"\n");
	test_evicts_none("evicts/none, by a few pages", TWO_REGIONS);
	test_evicts_all();
	test_walks_warm();
	test_walks_cold();
	test_walks_code();
	test_walks_invlpg();
	test_accesses();
	test_result();
	test_result_cold();
	test_too_long();
	test_trap();
	test_refused();
	test_killed();
	test_offline();
	return guest_summary();
}
