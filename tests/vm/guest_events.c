// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: events counted around replays, with the counters of fakepmu,
 * whose counts are known, and which refuses in every way there is.
 */
#include "guest.h"

#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "guest_counting.h"

#define SAMPLES 2000u
#define NARMS	2u

/* With guest_long_warm(), which half of the samples need, they take two seconds. */
#define LONG_SAMPLES 80000u

/* The longer arm is looked for in so many short runs, and must be seen in so many. */
#define LENGTH_RUNS 101u
#define LENGTH_MORE 67u

/* The same as in fakepmu/fakepmu.c. */
#define FAKEPMU_COUNTERS 6u
enum { TSC, READS, AMOUNT, NO_INIT, NO_COUNTER, ONE_COUNTER, PART_TIME };

static int device;
static const struct swc_sample *samples;
static uint32_t fake; /* the PMU's type */
static int arms[NARMS];

/* A run whose events are counted; what comes out is in the same structure. */
struct counted {
	struct swc_event events[SWC_MAX_EVENTS + 1];
	struct swc_counting counting;
	struct swc_run run;
	uint64_t counts[NARMS * SWC_MAX_EVENTS];
	uint64_t samples[NARMS];
};

static struct swc_event event(uint32_t kind, uint64_t amount)
{
	return (struct swc_event){
		.type = fake, .config = kind, .config1 = amount};
}

static struct counted *counted(const struct swc_event *events, uint32_t n)
{
	static struct counted c;

	c = (struct counted){
		.run = guest_run(arms, NARMS, SAMPLES),
		.counting = {.events = (uintptr_t)c.events,
			     .counts = (uintptr_t)c.counts,
			     .samples = (uintptr_t)c.samples,
			     .nevents = n},
	};
	memcpy(c.events, events, n * sizeof(*events));
	c.run.counting = (uintptr_t)&c.counting;
	return &c;
}

static int run(struct counted *c)
{
	return ioctl(device, SWC_IOC_RUN, &c->run);
}

/* Checks after each run, however it ended, that nothing is left. */
static void check_left(const char *name)
{
	long live = guest_fakepmu("live"), busy = guest_fakepmu("busy");

	guest_check(!live && !busy, name, "%ld events, %ld counters are left",
		    live, busy);
}

/* Of the first @n samples in the ring, those that are @arm's and weren't dropped. */
static uint64_t kept(uint32_t arm, uint32_t n)
{
	uint64_t found = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		found += samples[i].arm == arm &&
			 !(samples[i].flags & SWC_SAMPLE_DROP);
	return found;
}

/* Each arm has as many samples as the ring, and each count is a multiple. */
static void check_counts(const char *name, const struct counted *c,
			 const uint64_t *per_sample)
{
	uint32_t arm, i, n = c->counting.nevents;

	for (arm = 0; arm < NARMS; arm++) {
		guest_check(c->samples[arm] &&
				    c->samples[arm] ==
					    kept(arm, c->run.produced),
			    name, "arm %u: %llu samples, %llu in the ring", arm,
			    (unsigned long long)c->samples[arm],
			    (unsigned long long)kept(arm, c->run.produced));
		for (i = 0; i < n; i++)
			guest_check(c->counts[arm * n + i] ==
					    c->samples[arm] * per_sample[i],
				    name, "arm %u, event %u: %llu in %llu", arm,
				    i,
				    (unsigned long long)c->counts[arm * n + i],
				    (unsigned long long)c->samples[arm]);
	}
}

static void test_counts(void)
{
	const struct swc_event events[] = {event(AMOUNT, 7), event(READS, 0),
					   event(AMOUNT, 1ull << 40),
					   event(AMOUNT, 0)};
	const uint64_t per_sample[] = {7, 1, 1ull << 40, 0};
	uint32_t level;
	struct counted *c;
	char name[48];

	for (level = 0; level <= SWC_ISOLATION_QUIESCED; level++) {
		snprintf(name, sizeof(name), "counts/level %u", level);
		c = counted(events, GUEST_COUNT(events));
		c->run.isolation = level;
		c->run.warm = 2;
		if (guest_done(name, run(c)))
			check_counts(name, c, per_sample);
		check_left(name);
	}
}

/*
 * The longer arm is in the counter, too. A host that takes the CPU away in the middle
 * of a sample adds more to one arm than the arms differ by. So most of many runs must
 * show the longer arm; by chance they do once in 1400 times.
 */
static void test_length(void)
{
	const struct swc_event tsc = event(TSC, 0);
	unsigned int i, more = 0, done = 0;
	struct counted *c;

	for (i = 0; i < LENGTH_RUNS; i++) {
		c = counted(&tsc, 1);
		c->run.samples = SAMPLES / 20;
		if (run(c) || !c->samples[0] || !c->samples[1])
			continue;
		done++;
		more += (double)c->counts[1] / c->samples[1] >
			(double)c->counts[0] / c->samples[0];
	}
	guest_check(done == LENGTH_RUNS, "length/run", "%u of %u", done,
		    LENGTH_RUNS);
	guest_check(more >= LENGTH_MORE,
		    "length/more is counted in the longer arm", "in %u of %u",
		    more, LENGTH_RUNS);
}

/*
 * Counts as many events as there are counters, on the other CPU, and one run
 * after the other.
 */
static void test_full(void)
{
	struct swc_event events[FAKEPMU_COUNTERS];
	uint64_t per_sample[FAKEPMU_COUNTERS];
	struct counted *c;
	uint32_t i, cpu;

	for (i = 0; i < FAKEPMU_COUNTERS; i++) {
		events[i] = event(AMOUNT, 100 + i);
		per_sample[i] = 100 + i;
	}
	for (cpu = 0; cpu < 2; cpu++) {
		c = counted(events, FAKEPMU_COUNTERS);
		c->run.cpu = cpu;
		if (guest_done("full/every counter", run(c)))
			check_counts("full/counts", c, per_sample);
		check_left("full/left");
	}
}

/* An event that is refused, after some that are good. */
struct refused {
	const char *name;
	struct swc_event event;
	uint32_t before; /* good ones before it */
	uint32_t error;
	uint32_t cause;
};

static void test_refused_one(const struct refused *r)
{
	struct swc_event events[SWC_MAX_EVENTS];
	struct counted *c;
	char name[80];
	uint32_t i;

	for (i = 0; i < r->before; i++)
		events[i] = event(READS, 0);
	events[i] = r->event;
	c = counted(events, r->before + 1);
	snprintf(name, sizeof(name), "refused/%s", r->name);
	guest_refused(name, run(c), ENODATA);
	guest_check(c->counting.error == r->error &&
			    c->counting.error_event == r->before &&
			    c->counting.cause == r->cause,
		    name, "error %u, event %u, cause %u", c->counting.error,
		    c->counting.error_event, c->counting.cause);
	check_left(name);
}

static void test_refused(void)
{
	const struct refused all[] = {
		{"no such type",
		 {.type = 12345},
		 1,
		 SWC_EVENT_ERR_CREATE,
		 ENOENT},
		{"no such event", event(99, 0), 3, SWC_EVENT_ERR_CREATE,
		 EINVAL},
		{"can't be created", event(NO_INIT, 0), 2, SWC_EVENT_ERR_CREATE,
		 EOPNOTSUPP},
		{"no counter for it", event(NO_COUNTER, 0), 2,
		 SWC_EVENT_ERR_INACTIVE, 0},
		{"more than counters", event(AMOUNT, 1), FAKEPMU_COUNTERS,
		 SWC_EVENT_ERR_INACTIVE, 0},
		{"part of the time", event(PART_TIME, 0), 1,
		 SWC_EVENT_ERR_MULTIPLEXED, 0},
		{"software",
		 {.type = PERF_TYPE_SOFTWARE},
		 1,
		 SWC_EVENT_ERR_TYPE,
		 0},
		{"tracepoint",
		 {.type = PERF_TYPE_TRACEPOINT, .config = 1},
		 0,
		 SWC_EVENT_ERR_TYPE,
		 0},
		{"breakpoint",
		 {.type = PERF_TYPE_BREAKPOINT},
		 0,
		 SWC_EVENT_ERR_TYPE,
		 0},
	};
	size_t i;

	for (i = 0; i < GUEST_COUNT(all); i++)
		test_refused_one(&all[i]);
}

/* Probes are PMUs to perf, with numbers of their own; software counts them. */
static void test_probes(void)
{
	const struct refused all[] = {
		{"kprobe",
		 {.type = guest_pmu("kprobe", "type"),
		  .config1 = (uintptr_t)"vfs_fsync"},
		 1,
		 SWC_EVENT_ERR_TYPE,
		 0},
		{"uprobe",
		 {.type = guest_pmu("uprobe", "type"),
		  .config1 = (uintptr_t)"./switchcost",
		  .config2 = 64},
		 0,
		 SWC_EVENT_ERR_TYPE,
		 0},
	};
	size_t i;

	for (i = 0; i < GUEST_COUNT(all); i++)
		test_refused_one(&all[i]);
}

/* perf schedules it as if it were software, but the CPU counts. */
static void test_msr(void)
{
	const struct swc_event tsc = {.type = guest_pmu("msr", "type")};
	struct counted *c = counted(&tsc, 1);

	if (guest_done("msr/run", run(c)))
		guest_check(c->counts[0] && c->counts[1], "msr/counts",
			    "%llu and %llu", (unsigned long long)c->counts[0],
			    (unsigned long long)c->counts[1]);
}

/* The emulated CPU has no PMU of its own. */
static void test_no_pmu(void)
{
	const struct swc_event cycles = {.type = PERF_TYPE_HARDWARE,
					 .config = PERF_COUNT_HW_CPU_CYCLES};
	struct counted *c = counted(&cycles, 1);

	guest_refused("no PMU/cycles", run(c), ENODATA);
	guest_check(c->counting.error == SWC_EVENT_ERR_CREATE &&
			    c->counting.cause == ENOENT,
		    "no PMU/why", "error %u, cause %u", c->counting.error,
		    c->counting.cause);
}

static void test_arguments(void)
{
	const struct swc_event good = event(READS, 0);
	struct counted *c = counted(&good, 1);

	c->counting.nevents = 0;
	guest_refused("arguments/no events", run(c), EINVAL);
	c->counting.nevents = SWC_MAX_EVENTS + 1;
	guest_refused("arguments/too many events", run(c), EINVAL);
	c = counted(&good, 1);
	c->counting.reserved[1] = 1;
	guest_refused("arguments/reserved", run(c), EINVAL);
	c = counted(&good, 1);
	c->events[0].reserved0 = 1;
	guest_refused("arguments/an event's reserved", run(c), EINVAL);
	c = counted(&good, 1);
	c->run.counting = 8;
	guest_refused("arguments/nowhere", run(c), EFAULT);
	c = counted(&good, 1);
	c->counting.events = 8;
	guest_refused("arguments/events nowhere", run(c), EFAULT);
	c = counted(&good, 1);
	c->counting.counts = 8;
	guest_refused("arguments/counts nowhere", run(c), EFAULT);
	c = counted(&good, 1);
	c->counting.samples = 8;
	guest_refused("arguments/samples nowhere", run(c), EFAULT);
	c = counted(&good, 1);
	c->run.cpu = 1;
	if (!guest_set_online("0"))
		guest_give_up("second CPU down");
	guest_refused("arguments/a CPU that is off", run(c), ENODEV);
	if (!guest_set_online("1"))
		guest_give_up("second CPU up");
	check_left("arguments/left");
}

/* Somebody opens a pinned event on the CPU: perf takes all off, and on again. */
static void disturb(void)
{
	struct perf_event_attr attr = {
		.type = fake,
		.size = sizeof(attr),
		.config = READS,
		.pinned = 1,
	};
	int i, fd;

	for (i = 0; i < 10; i++) {
		usleep(50000);
		fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
		if (fd < 0)
			_exit(1);
		close(fd);
	}
	_exit(0);
}

/* A run that lasts until it is refused, or a good while. */
static void run_disturbed(struct counted *c, const char *name, int *rc)
{
	pid_t pid = fork();
	int cause;

	if (!pid)
		disturb();
	c->run.samples = LONG_SAMPLES;
	c->run.warm = guest_long_warm();
	*rc = run(c);
	cause = errno;
	guest_check(guest_child_passed(pid), name, "no event was opened");
	errno = cause;
}

static void test_taken_away(void)
{
	const struct swc_event events[] = {event(READS, 0),
					   event(ONE_COUNTER, 0)};
	const uint64_t one = 1;
	struct counted *c = counted(events, 2);
	int rc;

	run_disturbed(c, "lost/disturbed", &rc);
	guest_refused("lost/refused", rc, ENODATA);
	guest_check(c->counting.error == SWC_EVENT_ERR_LOST &&
			    c->counting.error_event == 1,
		    "lost/which", "error %u, event %u", c->counting.error,
		    c->counting.error_event);
	check_left("lost/left");

	/* One that gets its counter back has missed nothing. */
	c = counted(events, 1);
	run_disturbed(c, "back/disturbed", &rc);
	if (guest_done("back/run", rc))
		check_counts("back/counts", c, &one);
	check_left("back/left");
}

/* kill -9 in the middle of a run. */
static void test_kill(void)
{
	const struct swc_event good = event(READS, 0);
	struct counted *c = counted(&good, 1);
	int status = 0;
	long during;
	double end;
	pid_t pid;

	c->run.samples = LONG_SAMPLES;
	c->run.warm = guest_long_warm();
	pid = fork();
	if (!pid)
		_exit(run(c) ? 1 : 0);
	end = guest_now() + 60;
	do
		during = guest_fakepmu("busy");
	while (during != 1 && guest_now() < end);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	guest_check(during == 1 && WIFSIGNALED(status),
		    "kill/a counter was in use", "%ld, status %#x", during,
		    status);
	check_left("kill/left");
}

/* A page that isn't there, and that its owner will never bring. */
static void *missing_page(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	void *page = mmap(NULL, GUEST_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	range.range.start = (uintptr_t)page;
	range.range.len = GUEST_PAGE;
	if (page == MAP_FAILED || fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &range))
		guest_give_up("userfaultfd");
	return page;
}

/* A RUN that waits for @member's memory to be copied, for ever. */
static void stall(size_t member)
{
	const struct swc_event good = event(READS, 0);
	struct counted *c = counted(&good, 1);
	uint64_t page = (uintptr_t)missing_page();

	/* Refused, but not before the kernel has read its name. */
	if (member == offsetof(struct counted, events[0].config1))
		c->events[0].type = guest_pmu("kprobe", "type");
	device = guest_open();
	guest_map(device, LONG_SAMPLES);
	memcpy((char *)c + member, &page, sizeof(page));
	run(c);
	_exit(1);
}

/*
 * A process that waits for its own memory keeps neither windows nor counters
 * from others.
 */
static void test_stalled_by(const char *what, size_t member)
{
	struct counted *c;
	int status = 0, rc;
	pid_t pid = fork();
	char name[64];

	if (!pid)
		stall(member);
	/* Long enough for it to be waiting; a RUN takes some milliseconds. */
	usleep(500000);
	snprintf(name, sizeof(name), "stalled/%s", what);
	c = counted(&(struct swc_event){0}, 0);
	c->run.counting = 0;
	alarm(5);
	rc = run(c);
	alarm(0);
	guest_done(name, rc);
	check_left(name);
	guest_check(!waitpid(pid, &status, WNOHANG), name, "didn't stall: %#x",
		    status);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void wake(int signal)
{
	(void)signal;
}

static void test_stalled(void)
{
	struct sigaction action = {.sa_handler = wake};

	sigaction(SIGALRM, &action, NULL);
	test_stalled_by("arms", offsetof(struct counted, run.arms));
	test_stalled_by("counting", offsetof(struct counted, run.counting));
	test_stalled_by("events", offsetof(struct counted, counting.events));
	test_stalled_by("a probe's name",
			offsetof(struct counted, events[0].config1));
	test_stalled_by("counts", offsetof(struct counted, counting.counts));
	test_stalled_by("samples", offsetof(struct counted, counting.samples));
}

int main(void)
{
	device = guest_open();
	samples = guest_map(device, LONG_SAMPLES);
	fake = guest_fakepmu("type");
	arms[0] = guest_must_load(device, "mark \"nothing\"\n");
	arms[1] = guest_must_load(device, "chain 4096\n");
	test_counts();
	test_length();
	test_full();
	test_refused();
	test_probes();
	test_msr();
	test_no_pmu();
	test_arguments();
	test_taken_away();
	test_kill();
	test_stalled();
	return guest_summary();
}
