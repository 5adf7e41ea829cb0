// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: its handlers for faults and NMIs are in the kernel's paths while
 * somebody has it open, then and only then, and serve there. Needs two CPUs, and the
 * module with what its tests need, loaded with planted_faults=1.
 */
#include "guest.h"

#include <sys/prctl.h>

#define TRIES	 5   /* of a call that has to come, or mustn't */
#define ROUNDS	 20  /* opens, of each of two */
#define PATIENCE 120 /* s: what is waited for takes a small part of it */

/* For most of its time, RSP is on another stack than the entry's, and RBP isn't 0. */
#define ELSEWHERE                                        \
	"region s 1\nregion t 1\nswitch s+0x800\ncall\n" \
	"load s+0x7f8 8 dst=rbp\nchain 4096\n"           \
	"switch t+0x800\nchain 4096\n"                   \
	"switch s+0x7f8\nret\nswitch back\n"

/* A fault of a program goes through the same chain as one of the kernel. */
static void raise_fault(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_DUMPABLE, 0);
		__asm__ volatile("ud2");
	}
	waitpid(pid, &status, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGILL)
		guest_give_up("raise a fault");
}

/* All other CPUs are sent an NMI, and have served it on return. */
static void raise_nmis(void)
{
	if (!guest_write("/proc/sysrq-trigger", "l"))
		guest_give_up("raise NMIs");
}

static void check_called(const char *name, bool wanted)
{
	long faults = guest_parameter("die_calls");
	long nmis = guest_parameter("nmi_calls");
	char what[80];
	int i;

	for (i = 0; i < TRIES; i++) {
		raise_fault();
		raise_nmis();
	}
	faults = guest_parameter("die_calls") - faults;
	nmis = guest_parameter("nmi_calls") - nmis;
	snprintf(what, sizeof(what), "handlers/%s: faults", name);
	guest_check(wanted ? faults >= TRIES : !faults, what, "%ld calls",
		    faults);
	snprintf(what, sizeof(what), "handlers/%s: NMIs", name);
	guest_check(wanted ? nmis >= TRIES : !nmis, what, "%ld calls", nmis);
}

static void test_registered(void)
{
	int first, second;

	check_called("before any open", false);
	first = guest_open();
	check_called("open", true);
	second = guest_open();
	check_called("open twice", true);
	close(first);
	check_called("one of two is closed", true);
	close(second);
	check_called("closed", false);
}

/* Return: has each fault of a sequence been recovered? */
static bool open_and_trap(void)
{
	const struct swc_sample *samples;
	struct swc_run run;
	int device, arm, i;
	bool ok = true;

	for (i = 0; i < ROUNDS && ok; i++) {
		device = guest_open();
		samples = guest_map(device, GUEST_PAGE_SAMPLES);
		arm = guest_must_load(device, "region s 1\nswitch s+0x800\n"
					      "trap\nswitch back\n");
		run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
		ok = ioctl(device, SWC_IOC_RUN, &run) && errno == EIO &&
		     run.traps;
		/* A ring that is mapped keeps the device open. */
		guest_unmap(samples, GUEST_PAGE_SAMPLES);
		close(arm);
		close(device);
	}
	return ok;
}

/* Any of the two may be the first or the last at any time. */
static void test_two(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(open_and_trap() ? EXIT_SUCCESS : EXIT_FAILURE);
	guest_check(open_and_trap(), "handlers/serve who opens and closes",
		    "%s", strerror(errno));
	guest_check(guest_child_passed(pid), "handlers/and another", "failed");
}

/* The process is killed with the device open, and maybe in a window. */
static void test_killed(void)
{
	pid_t pid = fork();

	if (!pid) {
		open_and_trap();
		guest_open();
		pause();
	}
	guest_check(guest_wait_asleep(pid), "handlers/one waits", "%s",
		    strerror(errno));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_called("killed", false);
}

static pid_t start_windows(struct swc_run *shared)
{
	pid_t pid = fork();
	int device, arm;

	if (pid)
		return pid;
	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	arm = guest_must_load(device, ELSEWHERE);
	for (;;) {
		struct swc_run run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);

		run.cpu = 1;
		if (ioctl(device, SWC_IOC_RUN, &run) || run.traps)
			_exit(EXIT_FAILURE);
		__atomic_fetch_add(&shared->nmis, run.nmis, __ATOMIC_RELEASE);
	}
}

/*
 * The kernel looks for the way back from where an NMI has hit, on a stack that it
 * doesn't know. It mustn't complain, and the windows go on.
 */
static void test_unwinder(void)
{
	struct swc_run *shared = mmap(NULL, sizeof(*shared),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double end = guest_now() + PATIENCE;
	uint32_t nmis;
	bool there;
	pid_t pid;

	if (shared == MAP_FAILED)
		guest_give_up("map memory");
	pid = start_windows(shared);
	guest_pin(0);
	do {
		raise_nmis();
		there = guest_log_has("RIP: 0010:swc_arena+");
		nmis = __atomic_load_n(&shared->nmis, __ATOMIC_ACQUIRE);
	} while (guest_now() < end && !(there && nmis));
	guest_check(there && nmis, "handlers/an NMI in a sequence unwinds",
		    "%u NMIs in windows, %s in a sequence", nmis,
		    there ? "some" : "none");
	guest_check(!waitpid(pid, NULL, WNOHANG), "handlers/windows go on",
		    "they ended");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	guest_check(guest_parameter("die_calls") >= 0, "handlers/are counted",
		    "this module doesn't");
	test_registered();
	test_two();
	check_called("closed by both", false);
	test_killed();
	test_unwinder();
	return guest_summary();
}
