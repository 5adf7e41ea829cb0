// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: who may do what with a descriptor that somebody else opened.
 * Locks the kernel down, so it comes last.
 */
#include "guest.h"

#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CGROUPS	   "/tmp/cpusets"
#define ONE_CPU	   CGROUPS "/one"
#define SECURITYFS "/tmp/security"
#define LOCKDOWN   SECURITYFS "/lockdown"
#define CAP(bit)   (1ull << (bit))
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

static int device, arm;

static void drop(uint64_t caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		guest_give_up("capget");
	data[0].effective &= ~(uint32_t)caps;
	data[1].effective &= ~(uint32_t)(caps >> 32);
	if (syscall(SYS_capset, &header, data))
		guest_give_up("capset");
}

static int load(int fd)
{
	struct swc_load load;

	return guest_load(fd, "chain 1\n", &load);
}

static int run(int fd, uint32_t cpu)
{
	struct swc_run ask = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);

	ask.cpu = cpu;
	return ioctl(fd, SWC_IOC_RUN, &ask);
}

static int oracle(int fd, uint32_t cpu)
{
	struct swc_oracle_step step = {.kind = SWC_ORACLE_TOUCH};
	struct swc_oracle ask = {
		.steps = (uintptr_t)&step,
		.nsteps = 1,
		.npages = 1,
		.sequence = -1,
		.cpu = cpu,
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};

	return ioctl(fd, SWC_IOC_ORACLE, &ask);
}

static int trials(int fd, uint32_t cpu, uint64_t *frames)
{
	struct swc_trial_sample taken[8];
	struct swc_trials ask = guest_trials(arm, taken, GUEST_COUNT(taken));

	ask.frames = (uintptr_t)frames;
	ask.cpu = cpu;
	return ioctl(fd, SWC_IOC_TRIALS, &ask);
}

/* Why an event isn't counted; one that no PMU has. */
static uint32_t cause_of_event(void)
{
	struct swc_event event = {.type = 4, .config = ~0ull};
	uint64_t counts, samples;
	struct swc_counting counting = {
		.events = (uintptr_t)&event,
		.counts = (uintptr_t)&counts,
		.samples = (uintptr_t)&samples,
		.nevents = 1,
	};
	struct swc_run ask = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);

	ask.counting = (uintptr_t)&counting;
	return ioctl(device, SWC_IOC_RUN, &ask) ? counting.cause : 0;
}

/* Runs a test in a process of its own, since privileges that are dropped stay so. */
static void apart(const char *name, void (*test)(void))
{
	pid_t pid = fork();

	if (!pid) {
		guest_failed = 0;
		test();
		_exit(guest_failed);
	}
	guest_check(guest_child_passed(pid), name, "see above");
}

static void refuse_all(int wanted)
{
	guest_refused("LOAD", load(device), wanted);
	guest_refused("RUN", run(device, 0), wanted);
	guest_refused("ORACLE", oracle(device, 0), wanted);
	guest_refused("TRIALS", trials(device, 0, NULL), wanted);
}

static void allow_all(void)
{
	uint64_t frame;

	guest_done("LOAD", load(device));
	guest_done("RUN", run(device, 0));
	guest_done("ORACLE", oracle(device, 0));
	guest_done("TRIALS", trials(device, 0, &frame));
	guest_check(cause_of_event() != EACCES, "events", "EACCES");
}

static void without_rawio(void)
{
	drop(CAP(CAP_SYS_RAWIO));
	refuse_all(EPERM);
}

static void without_perfmon(void)
{
	drop(CAP(CAP_PERFMON));
	guest_check(cause_of_event() != EACCES, "CAP_SYS_ADMIN is enough",
		    "EACCES");
	drop(CAP(CAP_SYS_ADMIN));
	guest_check(cause_of_event() == EACCES, "no event", "%s",
		    strerror(cause_of_event()));
	guest_done("a run without events", run(device, 0));
}

static void without_admin(void)
{
	uint64_t frame;

	drop(CAP(CAP_SYS_ADMIN));
	guest_refused("no frame", trials(device, 0, &frame), EPERM);
	guest_done("trials without frames", trials(device, 0, NULL));
}

static void with_reader(void)
{
	int reader = open(SWC_DEVICE, O_RDONLY | O_CLOEXEC);

	guest_info(reader);
	guest_refused("LOAD", load(reader), EBADF);
	guest_refused("RUN", run(reader, 0), EBADF);
	guest_refused("ORACLE", oracle(reader, 0), EBADF);
	guest_refused("TRIALS", trials(reader, 0, NULL), EBADF);
}

static void refuse_cpu_1(void)
{
	guest_refused("RUN", run(device, 1), EPERM);
	guest_refused("ORACLE", oracle(device, 1), EPERM);
	guest_refused("TRIALS", trials(device, 1, NULL), EPERM);
	guest_done("its own CPU", run(device, 0));
}

static void with_affinity(void)
{
	guest_pin(0);
	refuse_cpu_1();
	guest_pin(1);
	guest_done("another CPU of its own", run(device, 1));
	guest_refused("and no more the first", run(device, 0), EPERM);
}

static void in_cpuset(void)
{
	mkdir(CGROUPS, 0755);
	if (mount("none", CGROUPS, "cgroup2", 0, NULL) ||
	    !guest_write(CGROUPS "/cgroup.subtree_control", "+cpuset") ||
	    mkdir(ONE_CPU, 0755) || !guest_write(ONE_CPU "/cpuset.cpus", "0") ||
	    !guest_write(ONE_CPU "/cgroup.procs", "0"))
		guest_give_up("enter a cpuset");
	refuse_cpu_1();
}

/* ioctl() as 32-bit programs call it. */
static long ioctl32(int fd, unsigned int cmd, void *argument)
{
	long rc;

	asm volatile("int $0x80"
		     : "=a"(rc)
		     : "a"(54L), "b"((long)fd), "c"((long)cmd), "d"(argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return rc;
}

static void as_32_bit(void)
{
	struct swc_run *ask = mmap(NULL, GUEST_PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
				   0);
	int *arms = (int *)(ask + 1);
	long rc;

	*arms = arm;
	*ask = guest_run(arms, 1, 100);
	rc = ioctl32(device, SWC_IOC_RUN, ask);
	guest_check(!rc && ask->produced == 100, "RUN", "%ld, %u samples", rc,
		    ask->produced);
	rc = ioctl32(device, _IO('s', 0xCF), ask);
	guest_check(rc == -ENOTTY, "an unknown number", "%ld", rc);
	drop(CAP(CAP_SYS_RAWIO));
	rc = ioctl32(device, SWC_IOC_RUN, ask);
	guest_check(rc == -EPERM, "RUN without CAP_SYS_RAWIO", "%ld", rc);
}

static void test_lockdown(void)
{
	int fd;

	mkdir(SECURITYFS, 0755);
	mount("none", SECURITYFS, "securityfs", 0, NULL);
	if (!guest_write(LOCKDOWN, "integrity")) {
		printf("# no lockdown in this kernel\n");
		return;
	}
	refuse_all(EPERM);
	fd = open(SWC_DEVICE, O_RDWR | O_CLOEXEC);
	guest_refused("locked down/open", fd, EPERM);
}

int main(void)
{
	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	arm = guest_must_load(device, "chain 1\n");
	apart("with everything", allow_all);
	apart("without CAP_SYS_RAWIO", without_rawio);
	apart("without CAP_PERFMON", without_perfmon);
	apart("without CAP_SYS_ADMIN", without_admin);
	apart("with a descriptor for reading", with_reader);
	apart("with an affinity", with_affinity);
	apart("in a cpuset", in_cpuset);
	apart("as a 32-bit program", as_32_bit);
	test_lockdown();
	return guest_summary();
}
