// SPDX-License-Identifier: GPL-2.0
/*
 * The TLB oracle: verdicts that are known beforehand, bad questions, and nothing
 * is left when somebody is killed or a CPU goes. With an argument, the number of
 * a fault that the module was loaded with, the controls must see it.
 */
#include "guest_question.h"

#include "oracle.h"

/*
 * The emulator's TLB grows with use, and shrinks at the second flush that finds it
 * hardly used for 100 ms. Each question ends with one.
 */
#define SHRINK_TRIES	 8
#define SHRINK_QUESTIONS 3
#define SHRINK_US	 120000

/* Of module/twoframe.c's faults, the one that no control sees. */
#define FAULT_WIDE 5

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

/*
 * Ask which victims miss after one of them was invalidated. One a question: with each INVLPG
 * the emulator forgets where it has some code, by the page's number, and the next INVLPG
 * may meet a larger range of large pages (see takes_along()). The last control's INVLPG
 * comes before; @more pages move it elsewhere.
 * Return: wrong verdicts, of the others only if those have to hit; or -1, with errno set.
 */
static int ask_one(uint32_t isolation, uint32_t page, uint32_t more,
		   bool others)
{
	const struct swc_oracle_step *after;
	struct swc_oracle o;
	uint32_t i;
	int wrong = 0;

	start();
	add_all(SWC_ORACLE_TOUCH);
	add_all(SWC_ORACLE_TOUCH);
	add(SWC_ORACLE_INVALIDATE, page);
	after = add_all(SWC_ORACLE_TOUCH);
	o = question(-1);
	o.isolation = isolation;
	o.npages += more;
	if (ask(&o))
		return -1;
	for (i = 0; i < VICTIMS; i++) {
		if (i == page)
			wrong += after[i].verdict != SWC_ORACLE_MISS;
		else if (others)
			wrong += after[i].verdict != SWC_ORACLE_HIT;
	}
	return wrong;
}

/*
 * Likewise for each victim. The emulator may now and then forget all; what the module
 * forgets it does always. Return: the wrong verdicts of the first that has any, or -1.
 */
static int ask_each(uint32_t isolation)
{
	/*
	 * KASAN's notes lie in large pages, on the other side of all code, and each
	 * access of the kernel's reads them. Then the emulator's range has all pages.
	 */
	bool asks = knows_code() && !guest_has_kasan();
	bool others = asks || takes_along() <= ALONG_TRIES / 2;
	uint32_t page, tries;
	int wrong = 0;

	for (page = 0; page < VICTIMS && !wrong; page++) {
		tries = 0;
		do
			wrong = ask_one(isolation, page, tries, others);
		while (wrong > 0 && ++tries < ALONG_TRIES);
	}
	return wrong;
}

static void test_one(uint32_t isolation)
{
	int wrong = ask_each(isolation);

	if (guest_done("one/is carried out", wrong))
		guest_check(!wrong,
			    "one/what was invalidated misses, nothing else",
			    "%d of %u are wrong", wrong, VICTIMS);
}

/* The script whose every verdict is known. */
static void test_script(uint32_t isolation)
{
	const struct swc_oracle_step *s[5];
	struct swc_oracle o;

	start();
	s[0] = add_all(SWC_ORACLE_TOUCH);
	s[1] = add_all(SWC_ORACLE_TOUCH);
	s[2] = add_all(SWC_ORACLE_TOUCH);
	add_all(SWC_ORACLE_INVALIDATE);
	s[3] = add_all(SWC_ORACLE_TOUCH);
	s[4] = add_all(SWC_ORACLE_TOUCH);
	o = question(-1);
	o.isolation = isolation;
	if (!guest_done("script/is carried out", ask(&o)))
		return;
	check_all("script/nothing is known of a first touch", s[0],
		  SWC_ORACLE_NONE);
	check_all("script/then all hit", s[1], SWC_ORACLE_HIT);
	check_all("script/and hit again", s[2], SWC_ORACLE_HIT);
	check_all("script/after INVLPG all miss", s[3], SWC_ORACLE_MISS);
	check_all("script/once", s[4], SWC_ORACLE_HIT);
	guest_check(!o.control && o.ticks && s[4]->ticks, "script/what it says",
		    "control %u, %llu ticks, %u for a touch", o.control,
		    o.ticks, s[4]->ticks);
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
	guest_refused("trap/is reported", ask(&o), EIO);
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
	refuse("refused/a page after the last", set_few_pages, EINVAL);
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
	int before = guest_areas(""), after, i, status, died = 0;
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
	after = guest_areas("");
	guest_check(before >= 0 && after == before, "killed/no mapping is left",
		    "%d before, %d after", before, after);
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
	guest_refused("offline/is reported", ask(&o), ENODEV);
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
	guest_check(!steps[0].ticks, "fault/nothing is reported", "%u",
		    steps[0].ticks);
	if (!accessed)
		guest_check(!oracle_open(0, SWC_ISOLATION_IRQ_OFF, &err) &&
				    err.code == EXIT_IMPOSSIBLE,
			    "fault/the library refuses", "%s", err.text);
	close(arm);
}

/*
 * The module was loaded with an INVALIDATE that forgets all, which no control sees: the
 * check above does, but where an emulated INVLPG forgets all anyway.
 */
static void test_fault_wide(void)
{
	int wrong = ask_each(SWC_ISOLATION_IRQ_OFF);

	guest_check(wrong == (int)VICTIMS - 1 || (!wrong && !knows_code()),
		    "fault/a wide INVALIDATE is noticed", "%d of %u are wrong",
		    wrong, VICTIMS);
}

int main(int argc, char **argv)
{
	device = guest_open();
	if (argc > 1) {
		if (atoi(argv[1]) == FAULT_WIDE)
			test_fault_wide();
		else
			test_fault(atoi(argv[1]));
		return guest_summary();
	}
	test_capability();
	test_one(SWC_ISOLATION_IRQ_OFF);
	test_script(SWC_ISOLATION_IRQ_OFF);
	test_one(SWC_ISOLATION_QUIESCED);
	test_script(SWC_ISOLATION_QUIESCED);
	test_cold();
	test_evicts_none("evicts/none, by nothing", "mark \"nothing\"\n");
	test_evicts_none("evicts/none, by a few pages", TWO_REGIONS);
	test_evicts_all();
	test_trap();
	test_refused();
	test_killed();
	test_offline();
	return guest_summary();
}
