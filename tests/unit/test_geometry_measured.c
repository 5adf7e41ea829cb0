// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geometry_cpu.h"
#include "geometry_measured.h"

/*
 * A measured geometry is found again on its own machine and on no other, and only if
 * it is whole; and it goes before what CPUID says.
 */

static char folder[64];

static const struct machine here = {
	.signature = "1a-02-01",
	.microcode = "0xb00211a",
	.hypervisor = "KVMKVMKVM",
	.date = "2026-01-02T03:04:05Z",
};

static const struct geometry_measured measured = {
	.level = {{true, 96, 95, 96}, {true, 3072.5, 2100, 4300}}};

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/switchcost-test-XXXXXX");
	return !mkdtemp(folder) || setenv("XDG_CACHE_HOME", folder, 1);
}

static int tear_down(void **state)
{
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/switchcost/tlb-%s", folder,
		 here.signature);
	unlink(path);
	snprintf(path, sizeof(path), "%s/switchcost", folder);
	rmdir(path);
	return rmdir(folder);
}

static void save(char *path, size_t size)
{
	struct error err = {0};

	if (geometry_measured_save(&measured, &here, path, size, &err))
		fail_msg("%s", err.text);
}

static int load(const struct machine *machine, struct geometry_measured *m,
		char *why)
{
	return geometry_measured_load(m, machine, why, 640);
}

static void test_found_again(void **state)
{
	struct geometry_measured m;
	char path[512], why[640];
	struct dirent *entry;
	unsigned int files = 0;
	DIR *d;

	(void)state;
	assert_int_equal(load(&here, &m, why), 0);
	assert_non_null(strstr(why, "doctor --tlb"));
	save(path, sizeof(path));
	save(path, sizeof(path));
	assert_int_equal(load(&here, &m, why), 1);
	assert_string_equal(why, "");
	assert_memory_equal(&m, &measured, sizeof(m));
	/* No file of its writing is left. */
	*strrchr(path, '/') = '\0';
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)))
		files += entry->d_name[0] != '.';
	closedir(d);
	assert_int_equal(files, 1);
}

/* The same, even if both machines share one folder and one file. */
static void test_of_another_machine(void **state)
{
	struct machine others[3] = {here, here, here};
	struct geometry_measured m;
	char path[512], why[640];
	unsigned int i;

	(void)state;
	save(path, sizeof(path));
	strcpy(others[0].microcode, "0xb00211b");
	strcpy(others[1].hypervisor, "none");
	strcpy(others[2].signature, "1a-02-02");
	for (i = 0; i < 3; i++) {
		assert_int_equal(load(&others[i], &m, why), 0);
		assert_false(m.level[0].known || m.level[1].known);
		assert_non_null(strstr(why, "doctor --tlb"));
	}
	assert_non_null(strstr(why, "not measured"));
	assert_int_equal(load(&here, &m, why), 1);
}

/* A file that is cut short anywhere, or that holds something else. */
static void test_damaged(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"level 1 96 95 96\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 3 96 95 96\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 1 96 97 98\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 1 nan nan nan\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 1 96 95 1e9\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 1 96 95 96 7\n",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 1 96 95 9",
		"signature 1a-02-01\nmicrocode 0xb00211a\n"
		"hypervisor KVMKVMKVM\nlevel 1 96 95 96\nvoid\n",
	};
	struct geometry_measured m;
	char path[512], why[640];
	unsigned int i;
	FILE *f;

	(void)state;
	save(path, sizeof(path));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(bad[i], f);
		fclose(f);
		assert_int_equal(load(&here, &m, why), -1);
		assert_non_null(strstr(why, path));
		assert_non_null(strstr(why, "ignored"));
		assert_false(m.level[0].known || m.level[1].known);
	}
}

static void test_no_place(void **state)
{
	struct geometry_measured m;
	struct error err = {0};
	char path[512], why[640];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	fclose(fopen(path, "w"));
	setenv("XDG_CACHE_HOME", path, 1);
	assert_int_equal(geometry_measured_save(&measured, &here, why,
						sizeof(why), &err),
			 -1);
	assert_int_equal(err.code, EXIT_IMPOSSIBLE);
	assert_int_equal(load(&here, &m, why), 0);
	unlink(path);
	setenv("XDG_CACHE_HOME", folder, 1);
}

/* That guest's CPUID says 96 and, wrongly, 128. */
static struct geometry told(void)
{
	static const struct geometry_tlb first = {.level = 1,
						  .pages = GEOMETRY_4K,
						  .entries = 96,
						  .ways = 96,
						  .source =
							  GEOMETRY_AMD_LEGACY};
	static const struct geometry_tlb second = {
		.level = 2,
		.pages = GEOMETRY_4K | GEOMETRY_2M,
		.entries = 128,
		.ways = 8,
		.source = GEOMETRY_AMD_LEGACY};
	struct geometry g = {.ntlbs = 0};

	geometry_add_tlb(&g, &first);
	geometry_add_tlb(&g, &second);
	return g;
}

static uint32_t entries(const struct geometry *g, unsigned int level)
{
	return geometry_tlb_entries(g, level, GEOMETRY_TLB_LOAD, GEOMETRY_4K);
}

static void test_goes_before_cpuid(void **state)
{
	struct geometry_measured m = measured;
	struct geometry g = told();

	(void)state;
	geometry_measured_apply(&g, &m);
	/* If both agree CPUID's stays, in all its detail. */
	assert_int_equal(entries(&g, 1), 96);
	assert_int_equal(g.tlb[0].source, GEOMETRY_AMD_LEGACY);
	assert_int_equal(entries(&g, 2), 3073);
	assert_int_equal(g.tlb[2].source, GEOMETRY_MEASURED);
	/* Nothing was measured of pages of 2 MiB. */
	assert_int_equal(geometry_tlb_entries(&g, 2, GEOMETRY_TLB_LOAD,
					      GEOMETRY_2M),
			 128);
	/* A level that wasn't found says nothing. */
	g = told();
	m.level[1].known = false;
	geometry_measured_apply(&g, &m);
	assert_int_equal(entries(&g, 2), 128);
	/* CPUID is silent. */
	g = (struct geometry){.ntlbs = 0};
	geometry_measured_apply(&g, &measured);
	assert_int_equal(entries(&g, 1), 96);
	assert_int_equal(entries(&g, 2), 3073);
}

static void check_same(const struct geometry_measured *a,
		       const struct geometry_measured *b)
{
	size_t i;

	for (i = 0; i < GEOMETRY_MEASURED_LEVELS; i++) {
		assert_int_equal(a->level[i].known, b->level[i].known);
		assert_true(a->level[i].entries == b->level[i].entries);
		assert_true(a->level[i].lo == b->level[i].lo);
		assert_true(a->level[i].hi == b->level[i].hi);
	}
}

/* A neighbour may have taken entries away meanwhile, and can't have added any. */
static void test_largest(void **state)
{
	struct geometry_measured taken = measured, wider = measured;
	struct geometry_measured none = {0};

	(void)state;
	taken.level[1].entries = 1535;
	taken.level[1].lo = 1500;
	taken.level[1].hi = 1560;
	assert_true(geometry_measured_largest(&taken, &measured));
	check_same(&taken, &measured);
	/* The new one stays, if the intervals overlap, or if it is larger. */
	wider.level[1].entries = 2500;
	wider.level[1].hi = 2600;
	taken = wider;
	assert_false(geometry_measured_largest(&wider, &measured));
	check_same(&wider, &taken);
	wider.level[0].lo = wider.level[0].entries = wider.level[0].hi = 128;
	taken = wider;
	assert_false(geometry_measured_largest(&wider, &measured));
	check_same(&wider, &taken);
	/* A level that was found only once is that. */
	assert_true(geometry_measured_largest(&none, &measured));
	check_same(&none, &measured);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_of_another_machine, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_no_place, set_up,
						tear_down),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_goes_before_cpuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
