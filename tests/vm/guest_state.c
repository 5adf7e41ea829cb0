// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: states that are prepared before each replay: what is refused,
 * that all kinds run, and that the memory they evict through comes back.
 */
#include "guest.h"

#define BAD_POINTER 0x1000ull /* below mmap_min_addr: never mapped */

#define KB 1024u
#define MB (1024u * KB)

/* Available memory moves by that much by itself. */
#define NOISE_KB 6000

#define TEXT                                                              \
	"region a 2\nregion s 2\nregion c 1\nstore a+0 8\nload a+0x1040 " \
	"8\nswitch s+0x1800\npush\ncall\nret\npop\nswitch back\n"         \
	"load c+0x80 8\n"

static int device;
static struct swc_load last;

static void add(struct swc_region_set *set, uint32_t region)
{
	set->bits[region / 64] |= 1ull << (region % 64);
}

/* The geometry of some real CPU, and nothing cold. */
static struct swc_state warm(void)
{
	return (struct swc_state){
		.l1d_bytes = 64 * KB,
		.l2_bytes = 2 * MB,
		.l2_ways = 8,
		.l2_way_bytes = 64 * KB,
	};
}

static int load_text(const char *text, uint64_t state)
{
	struct sequence s;
	int fd, cause;

	last = guest_parse(text, &s);
	last.state = state;
	fd = ioctl(device, SWC_IOC_LOAD, &last);
	cause = errno;
	sequence_free(&s);
	errno = cause;
	return fd;
}

static int load(const struct swc_state *state)
{
	return load_text(TEXT, (uintptr_t)state);
}

static void refuse(const char *name, const struct swc_state *state, int wanted,
		   uint32_t error)
{
	int fd = load(state), cause = fd < 0 ? errno : 0;

	guest_check(fd < 0 && cause == wanted && last.error == error, name,
		    "returned %d (%s), error %u; wanted %s, error %u", fd,
		    strerror(cause), last.error, strerror(wanted), error);
	if (fd >= 0)
		close(fd);
}

static void test_refusals(void)
{
	struct swc_state s;

	refuse("refused/bad pointer", (void *)BAD_POINTER, EFAULT, SWC_OK);
	refuse("refused/the kernel's memory", (void *)0xffffffff81000000ull,
	       EFAULT, SWC_OK);
	s = warm();
	s.ntouches = 1;
	refuse("refused/touches, not asked for", &s, EINVAL, SWC_ERR_RESERVED);
	s = warm();
	s.touches = BAD_POINTER;
	refuse("refused/pointer to touches, not asked for", &s, EINVAL,
	       SWC_ERR_RESERVED);
	s = warm();
	s.flags = 1u << 31;
	refuse("refused/flags", &s, EINVAL, SWC_ERR_RESERVED);
	s = warm();
	s.flags = SWC_STATE_RECORDED;
	s.touches = BAD_POINTER;
	s.ntouches = UINT32_MAX;
	refuse("refused/touches", &s, EINVAL, SWC_ERR_STATE);
	s = warm();
	add(&s.dtlb, 3);
	refuse("refused/no such region", &s, EINVAL, SWC_ERR_REGION);
	s = warm();
	add(&s.memory, SWC_MAX_REGIONS - 1);
	refuse("refused/last region", &s, EINVAL, SWC_ERR_REGION);
	s = warm();
	add(&s.l1d, 1);
	add(&s.memory, 1);
	refuse("refused/contradiction", &s, EINVAL, SWC_ERR_STATE);
	s = warm();
	add(&s.l1d, 0);
	s.l1d_bytes = 0;
	refuse("refused/L1d's size unknown", &s, EINVAL, SWC_ERR_STATE);
	s.l1d_bytes = SWC_MAX_SWEEP_BYTES + 1;
	refuse("refused/L1d too large", &s, EINVAL, SWC_ERR_STATE);
	s = warm();
	add(&s.l2, 0);
	s.l2_ways = s.l2_way_bytes = s.l2_bytes = 0;
	refuse("refused/L2's size unknown", &s, EINVAL, SWC_ERR_STATE);
	s.l2_bytes = UINT32_MAX;
	refuse("refused/L2 too large", &s, EINVAL, SWC_ERR_STATE);
	s = warm();
	s.l2_way_bytes = 3 * 4096;
	refuse("refused/L2's way", &s, EINVAL, SWC_ERR_STATE);
	s.l2_way_bytes = SWC_MAX_L2_WAY_BYTES;
	s.l2_ways = SWC_MAX_L2_WAYS;
	refuse("refused/L2 of 64 MiB", &s, EINVAL, SWC_ERR_STATE);
	if (guest_info(device).capabilities & SWC_CAP_CODE_PAGES)
		return;
	s = warm();
	s.flags = SWC_STATE_COLD_ITLB;
	refuse("refused/code that is shared", &s, EINVAL, SWC_ERR_CODE_PAGES);
}

/* More lines to evict from L2 than there is time. */
static void test_time(void)
{
	struct swc_state s = warm();
	char text[8192] = "region a 4\n", *end = text + strlen(text);
	int fd, i;

	add(&s.l2, 0);
	s.l2_ways = SWC_MAX_L2_WAYS;
	for (i = 0; i < 200; i++)
		end += sprintf(end, "store a+%u 8\n", i * 64);
	fd = load_text(text, (uintptr_t)&s);
	guest_check(fd < 0 && errno == EINVAL && last.error == SWC_ERR_TIME,
		    "time/too many lines", "%d, error %u", fd, last.error);
}

/* Load and run. Return: the errno of whichever failed. */
static int replay(const struct swc_state *state, uint32_t level)
{
	int arms[2] = {load(state), load(NULL)}, cause = 0;
	struct swc_run run = guest_run(arms, 2, GUEST_PAGE_SAMPLES);

	run.isolation = level;
	run.warm = 1;
	if (ioctl(device, SWC_IOC_RUN, &run))
		cause = errno;
	else if (run.produced != GUEST_PAGE_SAMPLES || run.traps)
		cause = EIO;
	close(arms[0]);
	close(arms[1]);
	return cause;
}

/*
 * Each kind at each level; in small each at the usual level, and all together at each.
 */
static void test_kinds(bool small)
{
	struct swc_state s[6];
	char name[64];
	uint32_t level;
	size_t i;
	int rc;

	for (i = 0; i < GUEST_COUNT(s); i++)
		s[i] = warm();
	add(&s[0].l1d, 0);
	add(&s[1].l2, 1);
	add(&s[2].memory, 2);
	add(&s[3].dtlb, 0);
	add(&s[3].dtlb, 1);
	s[4].flags = SWC_STATE_COLD_CODE;
	if (guest_info(device).capabilities & SWC_CAP_CODE_PAGES)
		s[4].flags |= SWC_STATE_COLD_ITLB;
	s[5] = s[4];
	add(&s[5].l1d, 0);
	add(&s[5].l2, 1);
	add(&s[5].memory, 2);
	add(&s[5].dtlb, 2);
	for (i = 0; i < GUEST_COUNT(s); i++) {
		for (level = 0; level <= SWC_ISOLATION_QUIESCED; level++) {
			if (small && i + 1 < GUEST_COUNT(s) &&
			    level != SWC_ISOLATION_IRQ_OFF)
				continue;
			rc = replay(&s[i], level);
			snprintf(name, sizeof(name), "kinds/%zu at level %u", i,
				 level);
			guest_check(!rc, name, "%s, error %u", strerror(rc),
				    last.error);
		}
	}
}

/* A sweep of all of L2 may not fit into a window; set by set it does. */
static void test_sweep(void)
{
	struct swc_state s = warm();
	int rc;

	add(&s.l2, 0);
	s.l2_bytes = 8 * MB;
	rc = replay(&s, SWC_ISOLATION_IRQ_OFF);
	guest_check(!rc, "sweep/set by set", "%s", strerror(rc));
	s.l2_ways = s.l2_way_bytes = 0;
	s.l2_bytes = 16 * MB;
	rc = replay(&s, SWC_ISOLATION_IRQ_OFF);
	guest_check(rc == E2BIG, "sweep/of all takes too long", "%s",
		    strerror(rc));
}

/* The sum of all numbers that follow @key at the beginning of lines, or 0. */
static long sum_of(const char *path, const char *key)
{
	FILE *f = fopen(path, "r");
	size_t length = strlen(key);
	char line[128];
	const char *at;
	long sum = 0;

	while (f && fgets(line, sizeof(line), f)) {
		at = line + strspn(line, " ");
		if (!strncmp(at, key, length))
			sum += strtol(at + length, NULL, 10);
	}
	if (f)
		fclose(f);
	return sum;
}

/*
 * Freed pages lie in lists of each CPU's before the zones see them. MemAvailable
 * doesn't count these, and since Linux 6.7 they grow to tens of megabytes.
 */
static long available_kb(void)
{
	/* Reading it folds each CPU's own counts into the sums. */
	sum_of("/proc/sys/vm/stat_refresh", "");
	return sum_of("/proc/meminfo", "MemAvailable:") +
	       sum_of("/proc/zoneinfo", "count:") * (GUEST_PAGE / KB);
}

static int load_sized(uint32_t bytes)
{
	struct swc_state s = warm();

	add(&s.l1d, 0);
	s.l1d_bytes = bytes;
	return load(&s);
}

/* Freed memory may wait for an RCU grace period: give it the time. */
static void check_memory(const char *name, long before_kb, long wanted_kb)
{
	double end = guest_now() + 10;
	bool ok = false;
	long taken = 0;

	while (!ok && guest_now() < end) {
		taken = before_kb - available_kb();
		ok = taken > wanted_kb - NOISE_KB &&
		     taken < wanted_kb + NOISE_KB;
		if (!ok)
			usleep(100000);
	}
	guest_check(ok, name, "%ld kB are taken, wanted %ld", taken, wanted_kb);
}

/* KASAN notes for each eight bytes that the kernel maps which of them may be touched. */
static long with_notes(long kb)
{
	return guest_has_kasan() ? kb + kb / 8 : kb;
}

static void test_memory(void)
{
	long before = available_kb();
	long wanted = with_notes(SWC_MAX_SWEEP_BYTES / KB);
	int first, second, third;

	first = load_sized(SWC_MAX_SWEEP_BYTES);
	guest_done("memory/64 MiB", first);
	check_memory("memory/is taken", before, wanted);
	second = load_sized(SWC_MAX_SWEEP_BYTES);
	third = load_sized(MB);
	guest_done("memory/for a second and a third", second | third);
	check_memory("memory/is shared", before, wanted);
	close(first);
	check_memory("memory/is kept for the others", before, wanted);
	close(second);
	close(third);
	check_memory("memory/comes back", before, 0);
}

/*
 * Each buffer is a little larger, so that none can be shared: in all at most
 * 128 MiB.
 */
static void test_limit(void)
{
	long before = available_kb();
	int fds[8], n = 0, fd;

	do {
		fd = load_sized((30 + n) * MB);
		if (fd >= 0)
			fds[n++] = fd;
	} while (fd >= 0 && n < 8);
	guest_check(n == 4 && errno == ENOSPC && last.error == SWC_ERR_NO_SPACE,
		    "limit/of all together", "%d loaded, then %s, error %u", n,
		    strerror(errno), last.error);
	while (n)
		close(fds[--n]);
	check_memory("limit/all comes back", before, 0);
	fd = load_sized(60 * MB);
	guest_done("limit/and can be used", fd);
	close(fd);
}

/* A load that fails late has taken memory before. */
static void test_failed(void)
{
	long before = available_kb();
	struct swc_state s = warm();
	int i, fd = 0;

	add(&s.l1d, 0);
	add(&s.l2, 1);
	s.l1d_bytes = 32 * MB;
	s.l2_ways = s.l2_way_bytes = 0;
	s.l2_bytes = 63; /* less than a line */
	for (i = 0; i < 20 && fd <= 0; i++)
		fd = load(&s);
	guest_check(fd < 0 && last.error == SWC_ERR_STATE,
		    "failed/twenty times", "%d, error %u", fd, last.error);
	check_memory("failed/all comes back", before, 0);
}

static void test_killed(void)
{
	long before = available_kb();
	int pipes[2], arm;
	struct swc_run run;
	char ready = 0;
	pid_t pid;

	if (pipe(pipes))
		return;
	pid = fork();
	if (!pid) {
		arm = load_sized(SWC_MAX_SWEEP_BYTES);
		close(arm);
		arm = load_sized(512 * KB);
		ready = arm >= 0;
		if (write(pipes[1], &ready, 1) != 1)
			_exit(1);
		for (;;) {
			run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
			ioctl(device, SWC_IOC_RUN, &run);
		}
	}
	guest_check(read(pipes[0], &ready, 1) == 1 && ready, "killed/runs",
		    "it couldn't load");
	guest_wait_asleep(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_memory("killed/all comes back", before, 0);
	guest_check(!replay(NULL, SWC_ISOLATION_IRQ_OFF),
		    "killed/others still run", "%s", strerror(errno));
	close(pipes[0]);
	close(pipes[1]);
}

int main(int argc, char **argv)
{
	bool small = guest_is_small(argc, argv);

	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	test_refusals();
	test_time();
	test_kinds(small);
	test_sweep();
	test_memory();
	test_limit();
	if (!small) {
		test_failed();
		test_killed();
	}
	return guest_summary();
}
