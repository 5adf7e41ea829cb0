// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: whoever waits for a CPU that somebody else keeps waits alone, and
 * can be killed. Needs three CPUs.
 */
#include "guest.h"

#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/time.h>

#define THROTTLING    "/proc/sys/kernel/sched_rt_runtime_us"
#define THIRD_CPU     "/sys/devices/system/cpu/cpu2/online"
#define FAIR_SERVER_1 "/sys/kernel/debug/sched/fair_server/cpu1/runtime"
#define FAIR_SERVER_2 "/sys/kernel/debug/sched/fair_server/cpu2/runtime"
#define PATIENCE      30 /* s: what is waited for takes a small part of it */
#define BUSY	      3u /* tasks */
#define BUSY_RUNS     100u

static int device, arm;

/* From now on, run on one CPU only, or on two. */
static void pin(int cpu, int other)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CPU_SET(other, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		guest_give_up("pin");
}

/*
 * A RUN on CPU 1. The calling thread must be allowed there; being on CPU 0, which is
 * idle, it stays.
 */
static int run_there(uint32_t level, struct swc_run *run)
{
	int rc, cause;

	*run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
	run->cpu = 1;
	run->isolation = level;
	pin(0, 1);
	rc = ioctl(device, SWC_IOC_RUN, run);
	cause = errno;
	pin(0, 0);
	errno = cause;
	return rc;
}

/*
 * Does as on a machine that is set up for such tasks: the kernel's own threads go
 * before them, except for those of workqueues. RCU and CPU hotplug need some on
 * each CPU, whoever keeps it.
 */
static void raise_kernel_threads(void)
{
	struct sched_param param = {.sched_priority = 60};
	DIR *d = opendir("/proc");
	char path[300], name[16];
	struct dirent *e;
	int parent;
	FILE *f;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%*d (%15[^)]) %*c %d", name, &parent) == 2 &&
		    (parent == 2 || !strcmp(e->d_name, "2")) &&
		    strncmp(name, "kworker", 7))
			sched_setscheduler(strtol(e->d_name, NULL, 10),
					   SCHED_FIFO, &param);
		fclose(f);
	}
	if (d)
		closedir(d);
}

/* stop_fair_server() - leave others @ns of each second, where there is such a server. */
static void stop_fair_server(const char *file, const char *ns)
{
	if (!access(file, F_OK) && !guest_write(file, ns))
		guest_give_up("let a task keep a CPU from all others");
}

/*
 * Since 6.12 a server of the deadline class gives all others a twentieth of a CPU beside
 * such tasks, whatever the throttling: on CPU 1 now a microsecond of each second. And
 * 6.12 warns in task_non_contending() when it takes a CPU offline whose server was
 * started, as it is beside the kernel's own threads once they are FIFO tasks: CPU 2 has
 * none.
 */
static void stop_fair_servers(void)
{
	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	stop_fair_server(FAIR_SERVER_1, "1000");
	stop_fair_server(FAIR_SERVER_2, "0");
}

/* A task that nothing but the kernel's own threads get CPU 1 from. */
static pid_t start_hog(void)
{
	struct sched_param param = {.sched_priority = 50};
	int pipes[2];
	char ready;
	pid_t pid;

	if (pipe(pipes))
		guest_give_up("pipe");
	pid = fork();
	if (!pid) {
		pin(1, 1);
		if (sched_setscheduler(0, SCHED_FIFO, &param) ||
		    write(pipes[1], "", 1) != 1)
			_exit(1);
		for (;;)
			;
	}
	if (read(pipes[0], &ready, 1) != 1)
		guest_give_up("start a task that keeps CPU 1");
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

/* Return: the child's status, or -1 if it didn't end; it goes on then. */
static int end_of(pid_t pid)
{
	double end = guest_now() + PATIENCE;
	int status;

	while (guest_now() < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		usleep(1000);
	}
	return -1;
}

static pid_t start_run(uint32_t level)
{
	pid_t pid = fork();
	struct swc_run run;

	if (!pid)
		_exit(run_there(level, &run) ? errno : 0);
	return pid;
}

static void check_hotplug(const char *name)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(!guest_write(THIRD_CPU, "0") ||
		      !guest_write(THIRD_CPU, "1"));
	status = end_of(pid);
	guest_check(!status, name, "status %#x, state %c", status,
		    guest_state_of(pid));
}

/* Ordinary tasks that stay on CPU 1, so that a scheduler moves what may leave it. */
static void start_busy(pid_t *list, unsigned int n)
{
	while (n--) {
		list[n] = fork();
		if (list[n])
			continue;
		pin(1, 1);
		for (;;)
			;
	}
}

/* CPU 2 goes and comes all the time. */
static pid_t start_hotplug(void)
{
	pid_t pid = fork();

	while (!pid) {
		if (!guest_write(THIRD_CPU, "0") ||
		    !guest_write(THIRD_CPU, "1"))
			_exit(EXIT_FAILURE);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * Beside busy tasks, and while a CPU goes and comes, the kernel's thread doesn't stay
 * where it happens to be: it takes its steps on the CPU that was asked for, each time.
 */
static void test_busy(void)
{
	unsigned int i, failed = 0;
	struct swc_run run;
	pid_t list[BUSY], hotplug;
	int cause = 0;

	start_busy(list, BUSY);
	hotplug = start_hotplug();
	for (i = 0; i < BUSY_RUNS; i++) {
		if (!run_there(SWC_ISOLATION_NONE, &run))
			continue;
		cause = errno;
		failed++;
	}
	for (i = 0; i < BUSY; i++)
		end(list[i]);
	end(hotplug);
	guest_write(THIRD_CPU, "1");
	guest_check(!failed, "busy/each RUN is on its CPU", "%u of %u: %s",
		    failed, BUSY_RUNS, strerror(cause));
}

static void test_killed(uint32_t level)
{
	struct swc_run run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
	pid_t pid = start_run(level);
	double start;
	int status;

	guest_check(guest_wait_asleep(pid), "killed/it waits", "state %c",
		    guest_state_of(pid));
	check_hotplug("killed/hotplug goes on");
	start = guest_now();
	kill(pid, SIGKILL);
	status = end_of(pid);
	guest_check(status != -1 && WIFSIGNALED(status), "killed/it ends",
		    "status %#x, state %c", status, guest_state_of(pid));
	printf("# after %.3f s\n", guest_now() - start);
	guest_done("killed/others go on", ioctl(device, SWC_IOC_RUN, &run));
}

static void nothing(int signal)
{
	(void)signal;
}

/*
 * In the caller's own thread: the work that was asked for is given up, and none
 * is left.
 */
static void test_interrupted(void)
{
	struct swc_run run;
	struct itimerval when = {.it_value = {.tv_usec = 200000}};
	struct sigaction action = {.sa_handler = nothing};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &when, NULL);
	guest_refused("interrupted/a signal ends it",
		      run_there(SWC_ISOLATION_IRQ_OFF, &run), EINTR);
	guest_check(!run.produced && !run.windows,
		    "interrupted/nothing was done", "%u samples", run.produced);
}

/* The kernel's threads of ours that are left. */
static int count_threads(void)
{
	DIR *d = opendir("/proc");
	char path[300], comm[32];
	struct dirent *e;
	int n = 0;
	FILE *f;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f) &&
		    !strncmp(comm, "switchcost/", 11))
			n++;
		fclose(f);
	}
	if (d)
		closedir(d);
	return n;
}

static void check_no_threads(const char *name)
{
	double end = guest_now() + PATIENCE;
	int n;

	do
		n = count_threads();
	while (n && guest_now() < end);
	guest_check(!n, name, "%d are left", n);
}

static void test_afterwards(pid_t hog)
{
	struct swc_run run;

	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
	guest_done("afterwards/the CPU can be used",
		   run_there(SWC_ISOLATION_IRQ_OFF, &run));
}

int main(void)
{
	pid_t hog;

	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	arm = guest_must_load(device, "chain 1\n");
	test_busy();
	pin(0, 0);
	if (!guest_write(THROTTLING, "-1"))
		guest_give_up("let a task keep a CPU");
	stop_fair_servers();
	raise_kernel_threads();
	hog = start_hog();
	check_hotplug("control/hotplug beside such a task");
	test_killed(SWC_ISOLATION_IRQ_OFF);
	test_killed(SWC_ISOLATION_PREEMPT_OFF);
	test_interrupted();
	check_no_threads("no thread waits on");
	test_afterwards(hog);
	check_no_threads("no thread is left");
	guest_write(THROTTLING, "950000");
	return guest_summary();
}
