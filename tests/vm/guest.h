/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_GUEST_H
#define SWC_TESTS_GUEST_H

/*
 * The programs that test /dev/switchcost inside the VM share this. Each of them
 * is one source file; this header is all that they have in common.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seqtext.h"
#include "uapi/switchcost.h"

#define GUEST_PAGE	   4096u
#define GUEST_PAGE_SAMPLES (GUEST_PAGE / sizeof(struct swc_sample))
#define GUEST_COUNT(a)	   (sizeof(a) / sizeof((a)[0]))

static unsigned int guest_passed, guest_failed;

/* Is it asked for less, in an argument: each thing once, not in each combination? */
static inline bool guest_is_small(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "small");
}

/* One check, one line; the format says what was seen. */
__attribute__((format(printf, 3, 4))) static inline bool
guest_check(bool ok, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		guest_passed++;
		printf("ok %s\n", name);
		return true;
	}
	guest_failed++;
	printf("not ok %s: ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return false;
}

/* The call must have failed, and for this reason. Look at errno at once. */
static inline bool guest_refused(const char *name, long rc, int wanted)
{
	int seen = rc < 0 ? errno : 0;

	return guest_check(rc < 0 && seen == wanted, name,
			   "returned %ld (%s), wanted %s", rc, strerror(seen),
			   strerror(wanted));
}

/* The call must have succeeded. */
static inline bool guest_done(const char *name, long rc)
{
	int seen = rc < 0 ? errno : 0;

	return guest_check(rc >= 0, name, "returned %ld (%s)", rc,
			   strerror(seen));
}

/* guest_write() - write a file that the kernel has made, as a whole. */
static inline bool guest_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* guest_parameter() - of the module, a number; -1: it has no such. */
static inline long guest_parameter(const char *name)
{
	char path[80];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/switchcost/parameters/%s",
		 name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

/* guest_log_has() - is this in the kernel's log? */
static inline bool guest_log_has(const char *text)
{
	enum { READ_ALL = 3, BYTES = 1 << 20 };
	char *log = calloc(1, BYTES + 1);
	bool found;

	if (!log || klogctl(READ_ALL, log, BYTES) < 0)
		return false;
	found = strstr(log, text);
	free(log);
	return found;
}

/*
 * guest_areas() - how many areas of virtual memory are the module's, of those that the
 * kernel lists with @text beside them: it names who made each, and how.
 */
static inline int guest_areas(const char *text)
{
	FILE *f = fopen("/proc/vmallocinfo", "re");
	char line[512];
	int n = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "[switchcost]") && strstr(line, text);
	fclose(f);
	return n;
}

/* guest_set_online() - bring the second CPU up, "1", or down, "0". */
static inline bool guest_set_online(const char *value)
{
	return guest_write("/sys/devices/system/cpu/cpu1/online", value);
}

/* The last line, which scripts/test counts. Return: the exit code. */
static inline int guest_summary(void)
{
	printf("%u passed, %u failed\n", guest_passed, guest_failed);
	return guest_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* @what has failed, and nothing can go on without it: reports that, and exits. */
__attribute__((noreturn)) static inline void guest_give_up(const char *what)
{
	guest_check(false, what, "%s; giving up", strerror(errno));
	guest_summary();
	exit(EXIT_FAILURE);
}

/* guest_pin() - run on this CPU only. */
static inline void guest_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		guest_give_up("pin");
}

static inline int guest_open(void)
{
	int fd = open(SWC_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		guest_give_up("open " SWC_DEVICE);
	/* Lines must not be lost or doubled by fork() and kill(). */
	setvbuf(stdout, NULL, _IOLBF, 0);
	return fd;
}

static inline struct swc_info guest_info(int device)
{
	struct swc_info info;

	if (ioctl(device, SWC_IOC_GET_INFO, &info))
		guest_give_up("GET_INFO");
	return info;
}

/* Bytes of a ring that holds @samples, or some more. */
static inline size_t guest_ring_bytes(size_t samples)
{
	size_t bytes = samples * sizeof(struct swc_sample);

	return SWC_RING_SAMPLES_OFFSET +
	       ((bytes + GUEST_PAGE - 1) & ~(size_t)(GUEST_PAGE - 1));
}

/* Map the ring of @device. */
static inline struct swc_ring *guest_ring(int device, size_t samples)
{
	void *p = mmap(NULL, guest_ring_bytes(samples), PROT_READ | PROT_WRITE,
		       MAP_SHARED, device, 0);

	if (p == MAP_FAILED)
		guest_give_up("map the ring");
	return p;
}

static inline const struct swc_sample *
guest_samples(const struct swc_ring *ring)
{
	return (const struct swc_sample *)((const char *)ring +
					   SWC_RING_SAMPLES_OFFSET);
}

/* Map the ring for runs of up to @samples that rewind it. */
static inline const struct swc_sample *guest_map(int device, size_t samples)
{
	return guest_samples(guest_ring(device, samples));
}

static inline void guest_unmap(const struct swc_sample *samples, size_t n)
{
	munmap((char *)samples - SWC_RING_SAMPLES_OFFSET, guest_ring_bytes(n));
}

/* A LOAD of what the text form describes; keep @s while @load is in use. */
static inline struct swc_load guest_parse(const char *text, struct sequence *s)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	struct error err = {0};

	if (!f || seqtext_read(s, f, "test", &err)) {
		guest_check(false, "text", "%s", err.text);
		exit(EXIT_FAILURE);
	}
	fclose(f);
	return sequence_load(s);
}

/* Return: the sequence's descriptor, or -1 with errno and @result set. */
static inline int guest_load(int device, const char *text,
			     struct swc_load *result)
{
	struct sequence s;
	int fd, cause;

	*result = guest_parse(text, &s);
	fd = ioctl(device, SWC_IOC_LOAD, result);
	cause = errno;
	sequence_free(&s);
	errno = cause;
	return fd;
}

/* A sequence that has to load. */
static inline int guest_must_load(int device, const char *text)
{
	struct swc_load load;
	int fd = guest_load(device, text, &load);

	if (fd < 0)
		guest_give_up("load a plain sequence");
	return fd;
}

/* A RUN of @narms arms on CPU 0 that has nothing wrong with it. */
static inline struct swc_run guest_run(const int *arms, uint32_t narms,
				       uint32_t samples)
{
	return (struct swc_run){
		.arms = (uintptr_t)arms,
		.narms = narms,
		.isolation = SWC_ISOLATION_IRQ_OFF,
		.samples = samples,
		.seed = 1,
		.delay_max = 100,
		.flags = SWC_RUN_REWIND,
	};
}

/*
 * TRIALS of one victim by @arm, all alike, that have nothing wrong with them. @taken
 * has room for @capacity; the arm is that of the last call.
 */
static inline struct swc_trials
guest_trials(int arm, struct swc_trial_sample *taken, uint32_t capacity)
{
	static const struct swc_trial_victim victim;
	static struct swc_trial_source source;

	source = (struct swc_trial_source){.sequence = arm, .weight = 1};
	return (struct swc_trials){
		.sources = (uintptr_t)&source,
		.victims = (uintptr_t)&victim,
		.samples = (uintptr_t)taken,
		.seed = 1,
		.narms = 1,
		.nvictims = 1,
		.npages = 1,
		.capacity = capacity,
		.isolation = SWC_ISOLATION_IRQ_OFF,
		.passes = 1,
		.probes = 1,
	};
}

static inline double guest_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* A sample of many replays takes so long. */
#define GUEST_LONG_NS 50000.0

/*
 * guest_long_warm() - so many untimed replays of 4096 additions make a sample of
 * GUEST_LONG_NS here, by the time that as many additions of one's own take. That is a
 * fortieth of what a window may take, however slow an emulator is, and a run of 200000
 * samples lasts 10 s, however fast a processor.
 */
static inline uint32_t guest_long_warm(void)
{
	double least = 1, from;
	unsigned int i, sum = 0;

	for (i = 0; i < 20; i++) {
		from = guest_now();
		asm volatile(".rept 4096\n\tadd $1, %0\n\t.endr" : "+r"(sum));
		from = guest_now() - from;
		least = from < least ? from : least;
	}
	return 1 + GUEST_LONG_NS / 1e9 / least;
}

/*
 * guest_wait_samples() - until a run that another process has begun, or is about to,
 * fills the @ring, whose head is 0 before. However slow this machine is, that run
 * then goes on.
 */
static inline void guest_wait_samples(const struct swc_ring *ring)
{
	double end = guest_now() + 60;

	while (!__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) &&
	       guest_now() < end)
		usleep(1000);
}

/* Return: the letter of a process's state in /proc, or 0. */
static inline char guest_state_of(pid_t pid)
{
	char path[32], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(f);
	return state;
}

/*
 * guest_wait_asleep() - until a child that was forked to run something waits for it
 * to be done. Return: does it?
 */
static inline bool guest_wait_asleep(pid_t pid)
{
	double end = guest_now() + 60;

	while (guest_state_of(pid) != 'S') {
		if (guest_now() > end)
			return false;
		usleep(1000);
	}
	return true;
}

/* Wait for a child. Return: did it exit with 0? */
static inline bool guest_child_passed(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

/* guest_has_kasan() - does the kernel watch each of its own accesses? */
static inline bool guest_has_kasan(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[256], name[128];
	bool found = false;

	while (!found && f && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*c %127s", name) == 1 &&
			!strcmp(name, "kasan_report");
	if (f)
		fclose(f);
	return found;
}

#endif
