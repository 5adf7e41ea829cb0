// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation, and each copy from or to the caller, that a call makes fails once:
 * first the first, then the second, until the call has none left to fail. Each time the
 * call has to report an error, or to have done without what failed, as where a large
 * block is put together of pages; and the same call works afterwards. The calls are
 * the module's load, open, mmap and every ioctl.
 *
 * usage: guest_failnth MODULE.ko
 *
 * Needs a kernel with fault injection (vm/debug-kernel), fakepmu, and the module not
 * loaded; leaves it so. Documentation/fault-injection of Linux has /proc/self/fail-nth.
 */
#include "guest_counting.h"

#include <sys/syscall.h>

#define MOST   4000 /* points of one call, far more than any has */
#define RING   1024u
#define BUSY   50 /* times that a busy host may make a call late */
#define ERRNOS 134
#define FAULTS "/sys/kernel/debug/"

/* Of the thread that is to fail; see set_nth(). */
static int nth;
static int module_file;

/* Calls work on these, which are there before any fault. */
static int device = -1, arm = -1;
static uint32_t fake; /* a PMU's type */
static const struct swc_sample *samples;
static struct sequence sequence;

/* The next call's fault number @n; 0: none. */
static void set_nth(int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", n);

	/* With a fault still to come, it hits the copy of this very text. */
	if (pwrite(nth, text, length, 0) != length &&
	    pwrite(nth, text, length, 0) != length)
		guest_give_up("set fail-nth");
}

/* Is there a fault that the call hasn't had? It may hit the answer's own copy. */
static bool is_left(void)
{
	char text[16] = "";

	return pread(nth, text, sizeof(text) - 1, 0) < 0 || atoi(text);
}

/* Faults hit what may wait, pages of every size, and say nothing in the log. */
static void set_up_faults(void)
{
	static const char *const settings[][2] = {
		{"failslab/ignore-gfp-wait", "N"},
		{"failslab/verbose", "0"},
		{"fail_page_alloc/ignore-gfp-wait", "N"},
		{"fail_page_alloc/ignore-gfp-highmem", "N"},
		{"fail_page_alloc/min-order", "0"},
		{"fail_page_alloc/verbose", "0"},
		{"fail_usercopy/verbose", "0"},
	};
	char path[80];
	size_t i;

	for (i = 0; i < GUEST_COUNT(settings); i++) {
		snprintf(path, sizeof(path), FAULTS "%s", settings[i][0]);
		if (!guest_write(path, settings[i][1]))
			guest_give_up(path);
	}
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0)
		guest_give_up("open fail-nth");
}

/**
 * struct call - one of those that fail
 * @name: of it
 * @prepare: what comes before it, each time; or NULL
 * @make: the call alone. Return: as the system call
 * @undo: if it succeeded; @rc is what it returned
 * @worked: after a success: has all of it been done?
 */
struct call {
	const char *name;
	void (*prepare)(void);
	long (*make)(void);
	void (*undo)(long rc);
	bool (*worked)(void);
};

/* Of a call's points: how many there were, what they came to. */
struct outcome {
	unsigned int points, failed, absorbed, strange, half, errnos[ERRNOS];
};

/* Is this an error that stands for a fault? */
static bool is_honest(int cause)
{
	return cause == ENOMEM || cause == EFAULT || cause == EAGAIN;
}

/*
 * The call, its fault number @n, or without one. A host that takes the CPU away makes
 * windows too long, which says nothing of the fault: then it is made again.
 */
static long make_call(const struct call *call, int n, bool *left)
{
	int tries = 0, cause;
	long rc;

	do {
		if (call->prepare)
			call->prepare();
		errno = 0;
		set_nth(n);
		rc = call->make();
		cause = errno;
		*left = is_left();
		set_nth(0);
	} while (rc < 0 && (cause == ETIME || cause == E2BIG) &&
		 ++tries < BUSY);
	errno = cause;
	return rc;
}

/* The call, its fault number @n. Return: has it had that fault? */
static bool attempt(const struct call *call, int n, struct outcome *seen)
{
	bool left;
	long rc = make_call(call, n, &left);
	int cause = errno;

	if (!left) {
		seen->points++;
		if (rc >= 0) {
			seen->absorbed++;
			seen->half += call->worked && !call->worked();
		} else {
			seen->failed++;
			seen->strange += !is_honest(cause);
			seen->errnos[cause < ERRNOS ? cause : 0]++;
		}
	}
	if (rc >= 0 && call->undo)
		call->undo(rc);
	return !left;
}

static void report(const char *name, const struct outcome *seen)
{
	int i;

	printf("# %s: %u points, %u failed, %u absorbed;", name, seen->points,
	       seen->failed, seen->absorbed);
	for (i = 0; i < ERRNOS; i++) {
		if (seen->errnos[i])
			printf(" %s: %u", strerror(i), seen->errnos[i]);
	}
	putchar('\n');
}

static void fail_each(const struct call *call)
{
	struct outcome seen = {0};
	char name[80];
	bool left;
	int n = 1;
	long rc;

	while (n < MOST && attempt(call, n, &seen))
		n++;
	report(call->name, &seen);
	snprintf(name, sizeof(name), "failnth/%s: faults hit, to the last",
		 call->name);
	guest_check(seen.points && n < MOST, name, "%u points", seen.points);
	snprintf(name, sizeof(name), "failnth/%s: each is reported",
		 call->name);
	guest_check(seen.failed && !seen.strange, name, "%u of %u strange",
		    seen.strange, seen.failed);
	snprintf(name, sizeof(name), "failnth/%s: or does no harm", call->name);
	guest_check(!seen.half, name, "%u of %u did half of it", seen.half,
		    seen.absorbed);
	rc = make_call(call, 0, &left);
	snprintf(name, sizeof(name), "failnth/%s: works afterwards",
		 call->name);
	guest_check(rc >= 0 && (!call->worked || call->worked()), name,
		    "%ld (%s)", rc, strerror(errno));
	if (rc >= 0 && call->undo)
		call->undo(rc);
}

static long make_module(void)
{
	return syscall(SYS_finit_module, module_file, "", 0);
}

static void undo_module(long rc)
{
	double end = guest_now() + 20;

	(void)rc;
	/* Whoever looks at new devices may have it open for a moment. */
	while (syscall(SYS_delete_module, "switchcost", O_NONBLOCK) &&
	       guest_now() < end)
		usleep(1000);
}

static long make_open(void)
{
	return open(SWC_DEVICE, O_RDWR | O_CLOEXEC);
}

static void undo_fd(long rc)
{
	close(rc);
}

/* Each open has one ring for all of its life. */
static void reopen(void)
{
	close(device);
	device = guest_open();
}

static long make_ring(void)
{
	void *at = mmap(NULL, guest_ring_bytes(RING), PROT_READ | PROT_WRITE,
			MAP_SHARED, device, 0);

	samples = at == MAP_FAILED ? NULL : guest_samples(at);
	return samples ? 0 : -1;
}

static void undo_ring(long rc)
{
	(void)rc;
	guest_unmap(samples, RING);
}

static long make_info(void)
{
	struct swc_info info;

	return ioctl(device, SWC_IOC_GET_INFO, &info);
}

static long make_load(void)
{
	struct swc_state cold = {
		.l1d.bits = {1},
		.dtlb.bits = {1},
		.l1d_bytes = 128 << 10,
		.flags = SWC_STATE_COLD_CODE,
	};
	struct swc_load load = sequence_load(&sequence);

	load.state = (uintptr_t)&cold;
	return ioctl(device, SWC_IOC_LOAD, &load);
}

static struct swc_run run;
static struct swc_counting counting;

static long make_run(void)
{
	run = guest_run(&arm, 1, RING);
	return ioctl(device, SWC_IOC_RUN, &run);
}

static long make_quiesced(void)
{
	run = guest_run(&arm, 1, 10);
	run.isolation = SWC_ISOLATION_QUIESCED;
	return ioctl(device, SWC_IOC_RUN, &run);
}

static bool run_worked(void)
{
	return run.produced == run.samples && !run.traps;
}

/*
 * An event that can't be counted is reported by ENODATA, and the reason beside: if the kernel
 * refuses it, by an error of the kernel's. A host that takes the CPU away makes the kernel
 * multiplex, which says as little of a fault as a window that lasts too long.
 */
static int reason_of(int error)
{
	if (error != ENODATA)
		return error;
	printf("# an event isn't counted: error %u, %s\n", counting.error,
	       strerror((int)counting.cause));
	if (counting.error == SWC_EVENT_ERR_CREATE)
		return (int)counting.cause;
	return counting.error == SWC_EVENT_ERR_MULTIPLEXED ? ETIME : error;
}

static long make_counted(void)
{
	static struct swc_event event;
	static uint64_t count, of;
	long rc;

	event = (struct swc_event){.type = fake, .config = 1};
	counting = (struct swc_counting){
		.events = (uintptr_t)&event,
		.counts = (uintptr_t)&count,
		.samples = (uintptr_t)&of,
		.nevents = 1,
	};
	run = guest_run(&arm, 1, RING);
	run.counting = (uintptr_t)&counting;
	rc = ioctl(device, SWC_IOC_RUN, &run);
	if (rc < 0)
		errno = reason_of(errno);
	return rc;
}

static struct swc_oracle_step steps[3];

static long make_oracle(void)
{
	static uint8_t walks[256];
	struct swc_oracle ask = {
		.steps = (uintptr_t)steps,
		.nsteps = GUEST_COUNT(steps),
		.npages = 1,
		.walks = (uintptr_t)walks,
		.nwalks = sizeof(walks),
		.sequence = arm,
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};

	steps[0] = (struct swc_oracle_step){.kind = SWC_ORACLE_TOUCH};
	steps[1] = (struct swc_oracle_step){.kind = SWC_ORACLE_REPLAY};
	steps[2] = (struct swc_oracle_step){.kind = SWC_ORACLE_TOUCH};
	return ioctl(device, SWC_IOC_ORACLE, &ask);
}

static bool oracle_worked(void)
{
	return steps[2].verdict != SWC_ORACLE_NONE;
}

static struct swc_trials trials;

static long make_trials(void)
{
	static struct swc_trial_sample taken[16];
	static struct swc_trial_source source;
	static uint32_t order[1];
	static uint64_t frames[2];

	trials = guest_trials(arm, taken, GUEST_COUNT(taken));
	source = (struct swc_trial_source){.sequence = arm,
					   .weight = 1,
					   .sweep_lines = 64,
					   .sweep_pages = 3};
	trials.sources = (uintptr_t)&source;
	trials.npages = GUEST_COUNT(frames);
	trials.frames = (uintptr_t)frames;
	trials.order = (uintptr_t)order;
	return ioctl(device, SWC_IOC_TRIALS, &trials);
}

static bool trials_worked(void)
{
	return trials.produced == trials.capacity;
}

static const struct call ring_call = {"mmap", reopen, make_ring, undo_ring,
				      NULL};

static const struct call calls[] = {
	{"GET_INFO", NULL, make_info, NULL, NULL},
	{"LOAD", NULL, make_load, undo_fd, NULL},
	{"RUN", NULL, make_run, NULL, run_worked},
	{"RUN, quiesced", NULL, make_quiesced, NULL, run_worked},
	{"RUN, with events", NULL, make_counted, NULL, run_worked},
	{"ORACLE", NULL, make_oracle, NULL, oracle_worked},
	{"TRIALS", NULL, make_trials, NULL, trials_worked},
};

static void test_device(void)
{
	static const struct call open_call = {"open", NULL, make_open, undo_fd,
					      NULL};
	int areas = guest_areas("");
	size_t i;

	fake = guest_fakepmu("type");
	fail_each(&open_call);
	device = guest_open();
	fail_each(&ring_call);
	reopen();
	make_ring();
	arm = make_load();
	if (arm < 0)
		guest_give_up("load a sequence");
	for (i = 0; i < GUEST_COUNT(calls); i++)
		fail_each(&calls[i]);
	undo_ring(0);
	close(arm);
	close(device);
	guest_check(guest_areas("") == areas, "failnth/no mapping is left",
		    "%d before, %d after", areas, guest_areas(""));
}

int main(int argc, char **argv)
{
	static const struct call module_call = {"load the module", NULL,
						make_module, undo_module, NULL};

	if (argc != 2)
		return EXIT_FAILURE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	module_file = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (module_file < 0)
		guest_give_up(argv[1]);
	set_up_faults();
	guest_parse("region a 4\nregion s 2\nentry s+0x1000\nload a+0 8\n"
		    "call\npush\npop\nret\nstore a+0x2008 8\n",
		    &sequence);
	if (make_module())
		guest_give_up("load the module");
	test_device();
	undo_module(0);
	fail_each(&module_call);
	guest_check(access(SWC_DEVICE, F_OK) != 0, "failnth/unloads", "%s",
		    SWC_DEVICE " is there");
	return guest_summary();
}
