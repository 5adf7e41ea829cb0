// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "events.h"
#include "nearest.h"

/*
 * Names of events on machines that this isn't: libpfm4 is made to believe in a
 * PMU, and a folder stands in for /sys. The codes that names must resolve to
 * are the vendors' (Intel's perfmon event lists, AMD's PPR for family 19h).
 */

static const struct pmu eight = {
	.counters = 8, .fixed = 4, .has_driver = true, .available = true};
static const struct pmu none = {.why = "no PMU: planted"};

static char root[] = "/tmp/switchcost-events-XXXXXX";

static const struct {
	const char *path;
	const char *text;
} files[] = {
	{"/cpu/type", "4\n"},
	{"/cpu/format/event", "config:0-7\n"},
	{"/cpu/format/umask", "config:8-15\n"},
	{"/cpu/format/edge", "config:18\n"},
	{"/cpu/format/offcore_rsp", "config1:0-63\n"},
	{"/cpu/events/cache-misses", "event=0x2e,umask=0x41\n"},
	{"/kprobe/type", "8\n"},
	{"/kprobe/format/retprobe", "config:0\n"},
	{"/odd/type", "77\n"},
	{"/odd/format/split", "config:0-3,32-35\n"},
	{"/odd/format/broken", "config:9-3\n"},
	{"/odd/events/loop", "loop\n"},
};

static void put(const char *path, const char *text)
{
	char name[256], *p;
	FILE *f;

	snprintf(name, sizeof(name), "%s" PMU_DEVICES "%s", root, path);
	for (p = name + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(name, 0755);
		*p = '/';
	}
	f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	size_t i;

	(void)state;
	if (!mkdtemp(root))
		return -1;
	for (i = 0; i < ARRAY_SIZE(files); i++)
		put(files[i].path, files[i].text);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

/* The PMU of the machine; libpfm4's own detection if empty. */
static const char *detected = "";

struct answer {
	int rc;
	struct events events;
	struct error err;
};

/* libpfm4 detects once in a process. */
static struct answer ask(const char *text, const struct pmu *pmu)
{
	struct answer *shared, answer;
	int status;
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	pid = fork();
	if (!pid) {
		if (*detected)
			setenv("LIBPFM_FORCE_PMU", detected, 1);
		shared->rc = events_parse(&shared->events, text, pmu, root,
					  &shared->err);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("\"%s\" ends the process: %#x", text, status);
	answer = *shared;
	munmap(shared, sizeof(*shared));
	return answer;
}

static struct events parse(const char *text, const struct pmu *pmu)
{
	struct answer answer = ask(text, pmu);

	if (answer.rc)
		fail_msg("%s: %s", text, answer.err.text);
	return answer.events;
}

static void check_event(const struct events *events, unsigned int i,
			uint32_t type, uint64_t config, uint64_t config1)
{
	const struct swc_event *e = &events->list[i].encoding;

	assert_true(i < events->n);
	if (e->type != type || e->config != config || e->config1 != config1 ||
	    e->config2 || e->reserved0)
		fail_msg("%s: type %u, %#llx, %#llx, %#llx",
			 events->list[i].name, e->type, e->config, e->config1,
			 e->config2);
}

/* Refused with this exit code, in words among which is @word. */
static void check_refused(const char *text, const struct pmu *pmu,
			  enum exit_code code, const char *word)
{
	struct answer answer = ask(text, pmu);

	if (!answer.rc)
		fail_msg("\"%s\" is accepted", text);
	if (answer.err.code != code || !strstr(answer.err.text, word))
		fail_msg("\"%s\": %d, %s", text, answer.err.code,
			 answer.err.text);
}

static void test_names(void **state)
{
	struct events e;

	(void)state;
	detected = "skl";
	e = parse("DTLB_LOAD_MISSES:STLB_HIT,l1d:replacement,"
		  "skl::INST_RETIRED:ANY_P:k,BR_MISP_RETIRED:ALL_BRANCHES,"
		  "FRONTEND_RETIRED:IDQ_4_BUBBLES",
		  &eight);
	assert_int_equal(e.n, 5);
	assert_int_equal(e.at_once, 5);
	check_event(&e, 0, PERF_TYPE_RAW, 0x2008, 0);
	check_event(&e, 1, PERF_TYPE_RAW, 0x0151, 0);
	check_event(&e, 2, PERF_TYPE_RAW, 0x00c0, 0);
	check_event(&e, 3, PERF_TYPE_RAW, 0x00c5, 0);
	check_event(&e, 4, PERF_TYPE_RAW, 0x01c6, 0x400106);
	assert_string_equal(e.list[1].name, "l1d:replacement");

	detected = "amd64_fam19h_zen3";
	e = parse("RETIRED_INSTRUCTIONS", &eight);
	check_event(&e, 0, PERF_TYPE_RAW, 0xc0, 0);
	check_refused("L1D:REPLACEMENT", &eight, EXIT_USAGE, "zen3");
}

static void test_unknown_names(void **state)
{
	(void)state;
	detected = "skl";
	check_refused("DTLB_LOAD_MISES", &eight, EXIT_USAGE,
		      "did you mean DTLB_LOAD_MISSES");
	check_refused("skl::L1D:REPLACMENT", &eight, EXIT_USAGE,
		      "did you mean L1D:REPLACEMENT");
	check_refused("DTLB_LOAD_MISSES", &eight, EXIT_USAGE,
		      "needs one of DTLB_LOAD_MISSES:");
	check_refused("L1D:REPLACEMENT,XYZZY", &eight, EXIT_USAGE, "\"XYZZY\"");
	check_refused("", &eight, EXIT_USAGE, "empty");
	check_refused("L1D:REPLACEMENT,", &eight, EXIT_USAGE, "empty");
	check_refused("INST_RETIRED:ANY_P:u", &eight, EXIT_USAGE, "ring 0");
	check_refused("INST_RETIRED:PREC_DIST:precise=2", &eight, EXIT_USAGE,
		      "sampling");
	detected = "";
	check_refused("PAGE-FAULTS", &eight, EXIT_USAGE, "not a PMU's");
}

static void test_sysfs(void **state)
{
	struct events e;

	(void)state;
	e = parse("cpu/event=0x51,umask=1/,cpu/cache-misses/,"
		  "cpu/cache-misses,edge/,cpu/config=0x12,config1=3/,"
		  "odd/split=0xa5/,cpu/offcore_rsp=0xffffffffffffffff/,cpu//",
		  &eight);
	assert_int_equal(e.n, 7);
	check_event(&e, 0, 4, 0x151, 0);
	check_event(&e, 1, 4, 0x412e, 0);
	check_event(&e, 2, 4, 0x4412e, 0);
	check_event(&e, 3, 4, 0x12, 3);
	check_event(&e, 4, 77, 0xa00000005, 0);
	check_event(&e, 5, 4, 0, ~0ull);
	check_event(&e, 6, 4, 0, 0);
}

static void test_sysfs_refused(void **state)
{
	(void)state;
	check_refused("cpi/event=1/", &eight, EXIT_USAGE, "did you mean cpu?");
	check_refused("cpu/evnt=1/", &eight, EXIT_USAGE, "did you mean event");
	check_refused("cpu/cache-mises/", &eight, EXIT_USAGE,
		      "did you mean cache-misses?");
	check_refused("cpu/event=256/", &eight, EXIT_USAGE, "doesn't fit");
	check_refused("odd/broken=1/", &eight, EXIT_USAGE, "doesn't fit");
	check_refused("cpu/event=x/", &eight, EXIT_USAGE, "no number");
	check_refused("cpu/event=/", &eight, EXIT_USAGE, "no number");
	check_refused("cpu/event=-1/", &eight, EXIT_USAGE, "no number");
	check_refused("cpu/config=99999999999999999999/", &eight, EXIT_USAGE,
		      "no number");
	check_refused("cpu/event=1", &eight, EXIT_USAGE, "PMU/TERM");
	check_refused("cpu/", &eight, EXIT_USAGE, "PMU/TERM");
	check_refused("/event=1/", &eight, EXIT_USAGE, "no PMU");
	check_refused("../event=1/", &eight, EXIT_USAGE, "no PMU");
	check_refused("kprobe/retprobe=1/", &eight, EXIT_USAGE, "not a PMU's");
	/* An event's terms can't name events. */
	check_refused("odd/loop/", &eight, EXIT_USAGE, "neither");
}

static void test_counters(void **state)
{
	const struct pmu two = {.counters = 1,
				.fixed = 1,
				.has_driver = true,
				.available = true};
	struct events e;

	(void)state;
	e = parse("cpu/event=1/,cpu/event=2/", &two);
	assert_int_equal(e.n, 2);
	check_refused("cpu/event=1/,cpu/event=2/,cpu/event=3/", &two,
		      EXIT_USAGE, "3 events");
	/* Another PMU's counters are its own. */
	e = parse("cpu/event=1/,odd/split=1/,cpu/event=2/", &two);
	assert_int_equal(e.n, 3);
	check_refused("odd//,odd//,odd//,odd//,odd//,odd//,odd//,odd//,odd//",
		      &eight, EXIT_USAGE, "more than 8");
	/* Other PMUs' events work even without a PMU of the CPU. */
	parse("odd/split=1/", &none);
	check_refused("cpu/event=1/", &none, EXIT_IMPOSSIBLE, "planted");
	check_refused("default", &none, EXIT_IMPOSSIBLE, "planted");
}

static bool has(const struct events *events, const char *name)
{
	unsigned int i;

	for (i = 0; i < events->n; i++) {
		if (!strcmp(events->list[i].name, name))
			return true;
	}
	return false;
}

static void test_default(void **state)
{
	/* A PMU, the names that must be in its set, and how many there are. */
	static const struct {
		const char *pmu;
		unsigned int n;
		const char *names[4];
	} sets[] = {
		{"spr",
		 13,
		 {"INST_RETIRED:ANY_P", "DTLB_LOAD_MISSES:STLB_HIT",
		  "BR_MISP_RETIRED:RET", "L2_LINES_OUT:SILENT"}},
		{"skl",
		 13,
		 {"ITLB_MISSES:WALK_COMPLETED", "L1D:REPLACEMENT",
		  "L2_LINES_IN:ALL", "CPU_CLK_UNHALTED:THREAD_P"}},
		{"nhm",
		 11,
		 {"L1D:REPL", "L2_LINES_IN:ANY", "BR_MISP_EXEC:ANY",
		  "DTLB_LOAD_MISSES:WALK_COMPLETED"}},
		{"amd64_fam19h_zen3",
		 8,
		 {"RETIRED_INSTRUCTIONS", "L1_DTLB_MISS:TLB_RELOAD_4K_L2_HIT",
		  "L1_ITLB_MISS_L2_ITLB_MISS:IF4K",
		  "RETIRED_NEAR_RETURNS_MISPREDICTED"}},
	};
	struct events e;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		detected = sets[i].pmu;
		e = parse("default", &eight);
		if (e.n != sets[i].n)
			fail_msg("%s: %u events", sets[i].pmu, e.n);
		for (j = 0; j < ARRAY_SIZE(sets[i].names); j++) {
			if (!has(&e, sets[i].names[j]))
				fail_msg("%s: %s isn't there", sets[i].pmu,
					 sets[i].names[j]);
		}
	}
}

/* In as few rounds as it takes, each event is counted once. */
static void test_turns(void **state)
{
	struct events events = {0};
	unsigned int n, at_once, round, first, count, i, seen[EVENTS_MAX];

	(void)state;
	for (n = 1; n <= EVENTS_MAX; n++) {
		for (at_once = 1; at_once <= n; at_once++) {
			events.n = n;
			events.at_once = at_once;
			memset(seen, 0, sizeof(seen));
			for (round = 0; round < (n + at_once - 1) / at_once;
			     round++) {
				count = events_of_round(&events, round, &first);
				assert_in_range(count, 1, at_once);
				for (i = first; i < first + count; i++)
					seen[i]++;
			}
			for (i = 0; i < EVENTS_MAX; i++)
				assert_int_equal(seen[i], i < n);
			events_of_round(&events, round, &first);
			assert_int_equal(first, 0);
		}
	}
}

static void test_distance(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("abc", ""), 3);
	assert_int_equal(nearest_distance("ABC", "abc"), 0);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("flaw", "lawn"), 2);
	assert_int_equal(nearest_distance("intention", "execution"), 5);
}

static void test_nearest(void **state)
{
	struct nearest n = {.wanted = "walk"};
	char text[64];

	(void)state;
	nearest_print(&n, text, sizeof(text));
	assert_string_equal(text, "");
	nearest_offer(&n, "completely");
	assert_int_equal(n.n, 0);
	nearest_offer(&n, "tall");
	nearest_offer(&n, "talk");
	nearest_offer(&n, "walks");
	nearest_offer(&n, "wale");
	nearest_offer(&n, "balm");
	nearest_print(&n, text, sizeof(text));
	assert_string_equal(text, "; did you mean talk, walks, wale?");
	nearest_offer(&n, "WALK");
	nearest_print(&n, text, sizeof(text));
	assert_string_equal(text, "; did you mean WALK, talk, walks?");
	nearest_print(&n, text, 10);
	assert_true(strlen(text) < 10);
}

/* A CPU with these leaves. */
struct planted {
	const char *vendor;
	uint32_t max, max_extended;
	struct swc_cpuid a, features, v2;
};

static struct swc_cpuid answer(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	const struct planted *p = ctx;
	struct swc_cpuid r = {0};

	(void)subleaf;
	switch (leaf) {
	case 0:
		r.eax = p->max;
		memcpy(&r.ebx, p->vendor, 4);
		memcpy(&r.edx, p->vendor + 4, 4);
		memcpy(&r.ecx, p->vendor + 8, 4);
		return r;
	case 0xa:
		return p->a;
	case 0x80000000:
		r.eax = p->max_extended;
		return r;
	case 0x80000001:
		return p->features;
	case 0x80000022:
		return p->v2;
	default:
		return r;
	}
}

static void test_pmu(void **state)
{
#define LEAF_A(eax_, edx_) .a = {.eax = (eax_), .edx = (edx_)}
	/* Leaf 0xa as Skylake's and a guest's without a virtual PMU show it. */
	static const struct {
		unsigned int counters, fixed;
		struct planted cpu;
	} cpus[] = {
		{8, 3, {"GenuineIntel", 0x16, 0, LEAF_A(0x07300804, 0x603)}},
		{0, 0, {"GenuineIntel", 0x20, 0, LEAF_A(0, 0)}},
		/* Too old for the leaf; version 1 has no fixed ones. */
		{0, 0, {"GenuineIntel", 5, 0, LEAF_A(0x07300804, 0x603)}},
		{2, 0, {"GenuineIntel", 0xa, 0, LEAF_A(0x07280201, 0x603)}},
		{6,
		 0,
		 {"AuthenticAMD", 0xd, 0x80000022,
		  .features = {.ecx = 1u << 23}, .v2 = {1, 0x46, 0, 0}}},
		{6,
		 0,
		 {"AuthenticAMD", 0xd, 0x8000001f,
		  .features = {.ecx = 1u << 23}, .v2 = {1, 0x48, 0, 0}}},
		{4, 0, {"AuthenticAMD", 6, 0x8000001b, LEAF_A(0, 0)}},
		{0,
		 0,
		 {"CentaurHauls", 0xa, 0x80000008, LEAF_A(0x07300804, 0x603)}},
	};
	struct pmu pmu;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		pmu_decode(&pmu, answer, (void *)&cpus[i].cpu);
		if (pmu.counters != cpus[i].counters ||
		    pmu.fixed != cpus[i].fixed)
			fail_msg("number %zu: %u and %u", i, pmu.counters,
				 pmu.fixed);
	}
}

static void test_pmu_available(void **state)
{
	struct pmu pmu = {.counters = 8};

	(void)state;
	pmu_conclude(&pmu, root);
	assert_true(pmu.available);
	assert_string_equal(pmu.why, "");
	pmu = (struct pmu){.counters = 8};
	pmu_conclude(&pmu, "/nowhere");
	assert_false(pmu.available);
	assert_non_null(strstr(pmu.why, "kernel"));
	pmu = (struct pmu){0};
	pmu_conclude(&pmu, root);
	assert_false(pmu.available);
	assert_non_null(strstr(pmu.why, "CPUID"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_sysfs),
		cmocka_unit_test(test_sysfs_refused),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_pmu),
		cmocka_unit_test(test_pmu_available),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
