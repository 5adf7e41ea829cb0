// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "environment.h"

/* A fake machine on which all is well around CPU 3, then one thing is not. */

#define CPU   "/sys/devices/system/cpu"
#define CPU3  CPU "/cpu3"
#define CLOCK "/sys/devices/system/clocksource/clocksource0"

struct file {
	const char *path;
	const char *text;
};

static const struct file machine[] = {
	{"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu constant_tsc "
			  "nonstop_tsc ssse3\n"},
	{"/proc/stat", "cpu  9 9 9 9 9 9 9 9 0 0\n"
		       "cpu30 1 1 1 1 1 1 1 1 0 0\n"
		       "cpu3 1 0 1 500 0 0 0 7 0 0\n"},
	{"/proc/cmdline", "quiet isolcpus=3 nohz_full=3 rcu_nocbs=3\n"},
	{"/proc/loadavg", "0.10 0.20 0.30 1/100 1234\n"},
	{"/proc/sys/kernel/nmi_watchdog", "0\n"},
	{"/proc/sys/kernel/perf_event_paranoid", "2\n"},
	{"/proc/irq/1/smp_affinity_list", "0-3\n"},
	{"/proc/irq/1/effective_affinity_list", "0\n"},
	{"/proc/irq/2/smp_affinity_list", "0-2\n"},
	{"/sys/kernel/mm/transparent_hugepage/enabled",
	 "always [madvise] never\n"},
	{CLOCK "/current_clocksource", "tsc\n"},
	{CPU "/isolated", "3\n"},
	{CPU "/nohz_full", "3\n"},
	{CPU "/intel_pstate/no_turbo", "1\n"},
	{CPU "/vulnerabilities/meltdown", "Not affected\n"},
	{CPU "/vulnerabilities/spectre_v1", "Mitigation: barriers\n"},
	{CPU3 "/topology/thread_siblings_list", "3\n"},
	{CPU3 "/cpufreq/scaling_governor", "performance\n"},
	{CPU3 "/cpufreq/scaling_min_freq", "3000000\n"},
	{CPU3 "/cpufreq/scaling_max_freq", "3000000\n"},
	{CPU3 "/cpuidle/state0/name", "POLL\n"},
	{CPU3 "/cpuidle/state0/latency", "0\n"},
	{CPU3 "/cpuidle/state0/disable", "0\n"},
	{CPU3 "/cpuidle/state1/name", "C6\n"},
	{CPU3 "/cpuidle/state1/latency", "133\n"},
	{CPU3 "/cpuidle/state1/disable", "1\n"},
};

static char root[64];

static void put(const char *path, const char *text, size_t bytes)
{
	char name[256], *p;
	FILE *f;

	snprintf(name, sizeof(name), "%s%s", root, path);
	for (p = name + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(name, 0755);
		*p = '/';
	}
	f = fopen(name, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, bytes, f), bytes);
	fclose(f);
}

static void put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static void drop(const char *path)
{
	char name[256];

	snprintf(name, sizeof(name), "%s%s", root, path);
	assert_int_equal(unlink(name), 0);
}

static int setup(void **state)
{
	size_t i;

	(void)state;
	strcpy(root, "/tmp/switchcost-env-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	for (i = 0; i < ARRAY_SIZE(machine); i++)
		put_text(machine[i].path, machine[i].text);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct environment e;

/* All but @except are good; that has @expected and says what to do. */
static void check(const char *except, enum environment_state expected,
		  const char *value)
{
	bool found = false;
	size_t i;

	environment_check(&e, root, 3, 20);
	for (i = 0; i < e.n; i++) {
		const struct environment_finding *f = &e.finding[i];
		bool is_it = except && !strcmp(f->name, except);
		enum environment_state s = is_it ? expected : ENVIRONMENT_GOOD;

		found |= is_it;
		if (f->state != s)
			fail_msg("%s: %s (%s), not %s", f->name,
				 environment_state_name(f->state), f->value,
				 environment_state_name(s));
		assert_true(*f->value);
		assert_int_equal(!*f->advice, f->state == ENVIRONMENT_GOOD);
		assert_null(strchr(f->value, '\n'));
		assert_null(strchr(f->advice, '\n'));
		if (is_it && value && !strstr(f->value, value) &&
		    !strstr(f->advice, value))
			fail_msg("%s: neither \"%s\" nor \"%s\" has \"%s\"",
				 f->name, f->value, f->advice, value);
	}
	assert_true(!except || found);
}

static void test_good(void **state)
{
	(void)state;
	check(NULL, ENVIRONMENT_GOOD, NULL);
	assert_string_equal(environment_find(&e, "mitigations")->value,
			    "spectre_v1: Mitigation: barriers");
	assert_null(environment_find(&e, "nonsense"));
}

/* One file changed, or removed if there is no text. */
static void test_each(void **state)
{
	static const struct {
		const char *name;
		enum environment_state expected;
		const char *value;
		struct file file;
	} cases[] = {
		{"smt",
		 ENVIRONMENT_ADVICE,
		 "take 1 offline",
		 {CPU3 "/topology/thread_siblings_list", "1,3\n"}},
		{"smt",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {CPU3 "/topology/thread_siblings_list", NULL}},
		{"turbo",
		 ENVIRONMENT_ADVICE,
		 "echo 1 > " CPU "/intel_pstate/no_turbo",
		 {CPU "/intel_pstate/no_turbo", "0\n"}},
		{"turbo",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {CPU "/intel_pstate/no_turbo", NULL}},
		{"governor",
		 ENVIRONMENT_ADVICE,
		 "powersave",
		 {CPU3 "/cpufreq/scaling_governor", "powersave\n"}},
		{"governor",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {CPU3 "/cpufreq/scaling_governor", NULL}},
		{"frequency",
		 ENVIRONMENT_ADVICE,
		 "800000 to 3000000",
		 {CPU3 "/cpufreq/scaling_min_freq", "800000\n"}},
		{"frequency",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {CPU3 "/cpufreq/scaling_max_freq", NULL}},
		{"idle_states",
		 ENVIRONMENT_ADVICE,
		 "C6 (133 us)",
		 {CPU3 "/cpuidle/state1/disable", "0\n"}},
		{"idle_states",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {CPU3 "/cpuidle/state0/latency", NULL}},
		{"isolated",
		 ENVIRONMENT_ADVICE,
		 "isolcpus=3",
		 {CPU "/isolated", "1-2\n"}},
		{"isolated",
		 ENVIRONMENT_ADVICE,
		 "none",
		 {CPU "/isolated", "\n"}},
		{"isolated", ENVIRONMENT_UNKNOWN, NULL, {CPU "/isolated", NULL}},
		{"nohz_full",
		 ENVIRONMENT_ADVICE,
		 "none",
		 {CPU "/nohz_full", "(null)\n"}},
		{"nohz_full",
		 ENVIRONMENT_ADVICE,
		 "not in this kernel",
		 {CPU "/nohz_full", NULL}},
		{"rcu_nocbs",
		 ENVIRONMENT_GOOD,
		 "3",
		 {"/proc/cmdline", "quiet nohz_full=3\n"}},
		{"interrupts",
		 ENVIRONMENT_ADVICE,
		 "1 of 2",
		 {"/proc/irq/1/effective_affinity_list", "3\n"}},
		{"interrupts",
		 ENVIRONMENT_ADVICE,
		 "1 of 2",
		 {"/proc/irq/1/effective_affinity_list", NULL}},
		{"nmi_watchdog",
		 ENVIRONMENT_ADVICE,
		 "sysctl kernel.nmi_watchdog=0",
		 {"/proc/sys/kernel/nmi_watchdog", "1\n"}},
		{"nmi_watchdog",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {"/proc/sys/kernel/nmi_watchdog", NULL}},
		{"steal", ENVIRONMENT_UNKNOWN, NULL, {"/proc/stat", NULL}},
		{"huge_pages",
		 ENVIRONMENT_ADVICE,
		 "always",
		 {"/sys/kernel/mm/transparent_hugepage/enabled",
		  "[always] madvise never\n"}},
		{"load",
		 ENVIRONMENT_ADVICE,
		 "1.01",
		 {"/proc/loadavg", "1.01 0.20 0.30 1/100 1234\n"}},
		{"load", ENVIRONMENT_UNKNOWN, NULL, {"/proc/loadavg", NULL}},
		{"perf_event_paranoid",
		 ENVIRONMENT_ADVICE,
		 "3",
		 {"/proc/sys/kernel/perf_event_paranoid", "3\n"}},
		{"clocksource",
		 ENVIRONMENT_ADVICE,
		 "hpet",
		 {CLOCK "/current_clocksource", "hpet\n"}},
		{"clocksource",
		 ENVIRONMENT_UNKNOWN,
		 NULL,
		 {CLOCK "/current_clocksource", NULL}},
		{"tsc",
		 ENVIRONMENT_ADVICE,
		 "stops",
		 {"/proc/cpuinfo", "flags\t: fpu constant_tsc\n"}},
		/* A word that only begins like the flag isn't it. */
		{"tsc",
		 ENVIRONMENT_ADVICE,
		 "changes",
		 {"/proc/cpuinfo", "flags\t: constant_tsc_x nonstop_tsc\n"}},
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].file.text)
			put_text(cases[i].file.path, cases[i].file.text);
		else
			drop(cases[i].file.path);
		check(cases[i].name, cases[i].expected, cases[i].value);
		for (j = 0; j < ARRAY_SIZE(machine); j++)
			put_text(machine[j].path, machine[j].text);
	}
}

static void check_one(const char *name, enum environment_state expected,
		      const char *value)
{
	const struct environment_finding *f;

	environment_check(&e, root, 3, 20);
	f = environment_find(&e, name);
	assert_non_null(f);
	assert_int_equal(f->state, expected);
	if (!strstr(f->value, value))
		fail_msg("%s: \"%s\" hasn't \"%s\"", name, f->value, value);
}

/* Inside a guest nobody can see the host's siblings. */
static void test_guest(void **state)
{
	(void)state;
	put_text("/proc/cpuinfo",
		 "flags\t: hypervisor constant_tsc nonstop_tsc\n");
	check_one("hypervisor", ENVIRONMENT_ADVICE, "present");
	check_one("smt", ENVIRONMENT_UNKNOWN, "no sibling in this guest");
}

static void test_boost(void **state)
{
	(void)state;
	drop(CPU "/intel_pstate/no_turbo");
	put_text(CPU "/cpufreq/boost", "1\n");
	check_one("turbo", ENVIRONMENT_ADVICE, "on");
	put_text(CPU "/cpufreq/boost", "0\n");
	check_one("turbo", ENVIRONMENT_GOOD, "off");
}

static void test_rcu_nocbs(void **state)
{
	(void)state;
	put_text(CPU "/nohz_full", "(null)\n");
	check_one("rcu_nocbs", ENVIRONMENT_GOOD, "3");
	put_text("/proc/cmdline", "rcu_nocbs=all\n");
	check_one("rcu_nocbs", ENVIRONMENT_GOOD, "all");
	put_text("/proc/cmdline", "rcu_nocbs=0-2\n");
	check_one("rcu_nocbs", ENVIRONMENT_ADVICE, "0-2");
	put_text("/proc/cmdline", "quiet\n");
	check_one("rcu_nocbs", ENVIRONMENT_ADVICE, "none");
}

/* A limit on latency that somebody holds does as well as disabled states. */
static void test_latency_limit(void **state)
{
	static const int32_t limits[] = {2, 200, 2000000000};

	(void)state;
	put_text(CPU3 "/cpuidle/state1/disable", "0\n");
	put("/dev/cpu_dma_latency", (const char *)&limits[0], 4);
	check_one("idle_states", ENVIRONMENT_GOOD, "none");
	put("/dev/cpu_dma_latency", (const char *)&limits[1], 4);
	check_one("idle_states", ENVIRONMENT_ADVICE, "C6");
	put("/dev/cpu_dma_latency", (const char *)&limits[2], 4);
	check_one("idle_states", ENVIRONMENT_ADVICE, "C6");
}

static volatile bool stop;

/* A host that takes a tick whenever it can. */
static void *steal(void *arg)
{
	struct timespec pause = {.tv_nsec = 1000000};
	unsigned int ticks = 7;
	char name[128], other[128];
	FILE *f;

	(void)arg;
	snprintf(name, sizeof(name), "%s/proc/stat", root);
	snprintf(other, sizeof(other), "%s/proc/next", root);
	while (!stop) {
		f = fopen(other, "w");
		fprintf(f,
			"cpu  9 9 9 9 9 9 9 9 0 0\n"
			"cpu30 1 1 1 1 1 1 1 1 0 0\n"
			"cpu3 1 0 1 500 0 0 0 %u 0 0\n",
			ticks++);
		fclose(f);
		rename(other, name);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void test_steal(void **state)
{
	uint64_t ticks;
	pthread_t host;

	(void)state;
	assert_true(environment_steal(root, 3, &ticks));
	assert_int_equal(ticks, 7);
	assert_false(environment_steal(root, 4, &ticks));
	stop = false;
	assert_int_equal(pthread_create(&host, NULL, steal, NULL), 0);
	environment_check(&e, root, 3, 300);
	stop = true;
	pthread_join(host, NULL);
	assert_int_equal(environment_find(&e, "steal")->state,
			 ENVIRONMENT_ADVICE);
	/* Nobody watched: not good, but unknown. */
	environment_check(&e, root, 3, 0);
	assert_int_equal(environment_find(&e, "steal")->state,
			 ENVIRONMENT_UNKNOWN);
}

static void test_nothing_there(void **state)
{
	size_t i;

	(void)state;
	environment_check(&e, "/nonexistent", 3, 10);
	for (i = 0; i < e.n; i++) {
		const char *name = e.finding[i].name;

		/* A feature that the kernel doesn't have can't disturb. */
		if (!strcmp(name, "huge_pages"))
			assert_int_equal(e.finding[i].state, ENVIRONMENT_GOOD);
		else
			assert_int_not_equal(e.finding[i].state,
					     ENVIRONMENT_GOOD);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),      TEST(test_each),
		TEST(test_guest),     TEST(test_boost),
		TEST(test_rcu_nocbs), TEST(test_latency_limit),
		TEST(test_steal),     TEST(test_nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
