// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: whose memory it takes, and how much at most. Needs the kernel's
 * memory cgroups, which no one has mounted yet.
 */
#include "guest.h"

#include <sys/mount.h>
#include <sys/stat.h>

#define CGROUPS	  "/tmp/cgroups"
#define SMALL	  CGROUPS "/small"
#define TOTAL	  "/sys/module/switchcost/parameters/memory_mib"
#define MB	  (1u << 20)
#define MAX_OPENS 16
#define SMALL_MB  48 /* room for one ring of the largest size, not for two */

static int fds[MAX_OPENS];

static long number_in(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	char line[128];
	long value = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, strlen(key)))
			value = strtol(line + strlen(key), NULL, 10);
	}
	if (f)
		fclose(f);
	return value;
}

static void make_group(void)
{
	char limit[32];

	mkdir(CGROUPS, 0755);
	if (mount("none", CGROUPS, "cgroup2", 0, NULL) ||
	    !guest_write(CGROUPS "/cgroup.subtree_control", "+memory") ||
	    mkdir(SMALL, 0755))
		guest_give_up("make a memory cgroup");
	snprintf(limit, sizeof(limit), "%u", SMALL_MB * MB);
	if (!guest_write(SMALL "/memory.max", limit))
		guest_give_up("limit the memory cgroup");
}

static bool map_largest(int device)
{
	return mmap(NULL, guest_ring_bytes(SWC_MAX_SAMPLES), PROT_READ,
		    MAP_SHARED, device, 0) != MAP_FAILED;
}

/* Open and map until it fails. Return: how many, with the failure's errno. */
static int open_all(void)
{
	int n;

	for (n = 0; n < MAX_OPENS; n++) {
		fds[n] = guest_open();
		if (!map_largest(fds[n]))
			break;
	}
	return n;
}

static int load_evicting(int device, uint32_t bytes)
{
	struct swc_state state = {.l1d.bits = {1}, .l1d_bytes = bytes};
	struct swc_load load;
	struct sequence s;
	int fd, cause;

	load = guest_parse("region a 1\nload a+0 8\n", &s);
	load.state = (uintptr_t)&state;
	fd = ioctl(device, SWC_IOC_LOAD, &load);
	cause = errno;
	sequence_free(&s);
	errno = cause;
	return fd;
}

/* The most that one may ask for: 20 MiB of samples, 32 MiB of victims. */
static int ask_trials(int device, int arm)
{
	static struct swc_trial_sample samples[SWC_TRIAL_MAX_SAMPLES];
	struct swc_trials ask =
		guest_trials(arm, samples, SWC_TRIAL_MAX_SAMPLES);

	ask.npages = SWC_TRIAL_MAX_PAGES;
	ask.limit_ms = 1;
	return ioctl(device, SWC_IOC_TRIALS, &ask);
}

static void test_rings_in_group(void)
{
	int n = open_all(), cause = errno;
	long now = number_in(SMALL "/memory.current", "");

	guest_check(n == 1 && cause == ENOMEM, "group/rings", "%d, then %s", n,
		    strerror(cause));
	guest_check(now >= 32 * (long)MB, "group/is charged for them",
		    "%ld bytes", now);
}

/* Runs in a process of its own, which is a member of the group. */
static int in_group(void)
{
	int device, arm;

	if (!guest_write(SMALL "/cgroup.procs", "0"))
		guest_give_up("join the memory cgroup");
	device = guest_open();
	arm = guest_must_load(device, "chain 1\n");
	guest_refused("group/memory to evict through",
		      load_evicting(device, SWC_MAX_SWEEP_BYTES), ENOMEM);
	guest_refused("group/trials", ask_trials(device, arm), ENOMEM);
	test_rings_in_group();
	return guest_failed;
}

/* A process that fills a group harms nobody in it. */
static void test_group(void)
{
	pid_t innocent, pid;
	int status = 0;

	innocent = fork();
	if (!innocent) {
		guest_write(SMALL "/cgroup.procs", "0");
		pause();
		_exit(0);
	}
	guest_check(guest_wait_asleep(innocent), "group/an innocent waits",
		    "%s", strerror(errno));
	pid = fork();
	if (!pid)
		_exit(in_group());
	waitpid(pid, &status, 0);
	guest_check(WIFEXITED(status) && !WEXITSTATUS(status), "group/a member",
		    "status %#x", status);
	guest_check(!number_in(SMALL "/memory.events", "oom_kill "),
		    "group/nobody is killed", "%ld are",
		    number_in(SMALL "/memory.events", "oom_kill "));
	guest_check(guest_state_of(innocent) == 'S', "group/not the innocent",
		    "state %c", guest_state_of(innocent));
	kill(innocent, SIGKILL);
	waitpid(innocent, NULL, 0);
}

static int forked_open_all(void)
{
	pid_t pid = fork();
	int status = 0, n;

	if (!pid) {
		n = open_all();
		_exit(errno == ENOSPC ? n : 100 + n);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Two rings are some pages too large for it. */
static void test_total(void)
{
	char before[32];
	int n;

	snprintf(before, sizeof(before), "%ld", number_in(TOTAL, ""));
	if (!guest_write(TOTAL, "64"))
		guest_give_up("limit the total");
	n = forked_open_all();
	guest_check(n == 1, "total/of all opens", "%d", n);
	n = forked_open_all();
	guest_check(n == 1, "total/comes back", "%d", n);
	guest_check(guest_write(TOTAL, before), "total/is put back", "%s",
		    strerror(errno));
}

/* Memory to evict through, 126 MiB, and a ring, and then trials. */
static void test_open(void)
{
	int device = guest_open(), other = guest_open(), arm, i;

	arm = guest_must_load(other, "chain 1\n");
	for (i = 0; i < 4; i++)
		fds[i] = load_evicting(device, (30 + i) * MB);
	guest_done("open/evicts", fds[3]);
	guest_check(map_largest(device), "open/has its ring", "%s",
		    strerror(errno));
	guest_refused("open/and no more", ask_trials(device, arm), ENOSPC);
	guest_done("open/another may", ask_trials(other, arm));
	for (i = 0; i < 4; i++)
		close(fds[i]);
	guest_done("open/may again", ask_trials(device, arm));
	close(arm);
	close(device);
	close(other);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_group();
	test_group();
	test_total();
	test_open();
	return guest_summary();
}
