// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "geometry_file.h"

/* Descriptions of CPUs: what is taken over, and where each mistake is found. */

static const char *path_of(const char *text, size_t bytes)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/test_geometry_file.%d", getpid());
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, bytes, f), bytes);
	fclose(f);
	return path;
}

static int read_text(struct geometry *g, const char *text, struct error *err)
{
	const char *path = path_of(text, strlen(text));
	int rc = geometry_of_file(g, path, err);

	unlink(path);
	return rc;
}

static const char golden_cove[] =
	"# Golden Cove, one core\n"
	"vendor: GenuineIntel\n"
	"caches:\n"
	"  l1d: {kib: 48, ways: 12, policy: plru}\n"
	"  l1i: {kib: 32, ways: 8}\n"
	"  l2:\n"
	"    kib: 2048\n"
	"    ways: 16\n"
	"    inclusive: no\n"
	"  l3: {kib: 107520, ways: 15, line_bytes: 64, hashed: yes}\n"
	"tlbs:\n"
	"  - {level: 1, kind: load, entries: 96, ways: 6, pages: [4k]}\n"
	"  - {level: 1, kind: store, entries: 16, ways: 16, pages: [4k, 2m]}\n"
	"  - {level: 1, kind: code, entries: 256, ways: 8}\n"
	"  - {level: 2, kind: unified, entries: 2048, ways: 16,\n"
	"     policy: random, pages: [4k, 2m]}\n"
	"  - {level: 2, kind: data, entries: 16, pages: [1g]}\n";

static void test_all(void **state)
{
	struct error err = {0};
	const struct geometry_cache *c;
	struct geometry g;

	(void)state;
	if (read_text(&g, golden_cove, &err))
		fail_msg("%s", err.text);
	assert_string_equal(g.vendor, "GenuineIntel");
	c = &g.cache[GEOMETRY_L1D];
	assert_int_equal(c->source, GEOMETRY_FILE);
	assert_int_equal(c->bytes, 48 << 10);
	assert_int_equal(c->ways, 12);
	assert_int_equal(c->sets, 64);
	assert_int_equal(c->line_bytes, 64);
	assert_int_equal(c->policy, GEOMETRY_PLRU);
	assert_int_equal(c->inclusive, GEOMETRY_UNKNOWN);
	assert_int_equal(c->fully_associative, GEOMETRY_NO);
	c = &g.cache[GEOMETRY_L2];
	assert_int_equal(c->sets, 2048);
	assert_int_equal(c->inclusive, GEOMETRY_NO);
	assert_int_equal(c->policy, GEOMETRY_POLICY_NOT_TOLD);
	c = &g.cache[GEOMETRY_L3];
	assert_int_equal(c->sets, 114688);
	assert_int_equal(c->hashed, GEOMETRY_YES);
	assert_int_equal(g.ntlbs, 5);
	assert_int_equal(g.tlb[0].kind, GEOMETRY_TLB_LOAD);
	assert_int_equal(g.tlb[0].entries, 96);
	assert_int_equal(g.tlb[0].ways, 6);
	assert_int_equal(g.tlb[0].source, GEOMETRY_FILE);
	assert_int_equal(g.tlb[1].pages, GEOMETRY_4K | GEOMETRY_2M);
	assert_int_equal(g.tlb[2].pages, GEOMETRY_4K);
	assert_int_equal(g.tlb[3].policy, GEOMETRY_RANDOM);
	assert_int_equal(g.tlb[3].level, 2);
	assert_int_equal(g.tlb[4].ways, 0);
	assert_int_equal(geometry_tlb_entries(&g, 2, GEOMETRY_TLB_CODE,
					      GEOMETRY_4K),
			 2048);
}

/* Whatever the file lacks is not reported; ways may be unknown. */
static void test_parts(void **state)
{
	struct error err = {0};
	struct geometry g;

	(void)state;
	assert_int_equal(read_text(&g, "caches: {l2: {kib: 512}}\n", &err), 0);
	assert_int_equal(g.cache[GEOMETRY_L1D].source, GEOMETRY_NOT_REPORTED);
	assert_int_equal(g.cache[GEOMETRY_L2].bytes, 512 << 10);
	assert_int_equal(g.cache[GEOMETRY_L2].ways, 0);
	assert_int_equal(g.cache[GEOMETRY_L2].sets, 0);
	assert_non_null(strstr(g.tlb_why, "no TLB"));
	assert_int_equal(read_text(&g, "tlbs: []\n", &err), 0);
	assert_int_equal(g.ntlbs, 0);
}

static void check_bad(const char *text, unsigned int line, const char *what)
{
	struct error err = {0};
	struct geometry g;
	char place[16];

	snprintf(place, sizeof(place), ":%u: ", line);
	assert_int_equal(read_text(&g, text, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	if (!strstr(err.text, place) || !strstr(err.text, what))
		fail_msg("%s\n-> %s, not \"%s\" in line %u", text, err.text,
			 what, line);
}

#define L1D(what) "caches:\n  l1i: {kib: 32, ways: 8}\n  l1d:\n" what
#define TLB(what) \
	"tlbs:\n  - {level: 1, kind: code, entries: 4, ways: 4}\n  -" what

/* Each complaint names the key, the value, and what is needed. */
static void test_bad(void **state)
{
	(void)state;
	check_bad("", 1, "empty");
	check_bad("# nothing\n\n", 1, "empty");
	check_bad("[1, 2]\n", 1, "mapping is needed, of keys as vendor");
	check_bad("just text\n", 1, "just text: a mapping");
	check_bad("caches:\n\tl1d: 3\n", 2, "not YAML");
	check_bad("caches: {\n  l1d: [\n", 3, "not YAML");
	check_bad("vendor: \xff\n", 1, "not YAML");
	check_bad("vendor: MuchTooLongName\n", 1,
		  "vendor: MuchTooLongName: text of 12 characters");
	check_bad("vendor: [x]\n", 1, "vendor: text");
	check_bad("vendor: \"a\\0b\"\n", 1, "vendor: text");
	check_bad("vendor: x\nvendor: y\n", 2, "vendor: twice");
	check_bad("vendor: x\nkaches: {}\n", 2,
		  "kaches: no such key: one of vendor, caches, tlbs");
	check_bad("? [a]\n: b\n", 1, "no such key");
	check_bad("caches: 5\n", 1, "5: a mapping");
	check_bad(L1D("    kib: 48\n    wais: 12\n"), 5, "wais: no such key");
	check_bad("caches:\n  l4: {kib: 1}\n", 2, "l4: no such key");
	check_bad(L1D("    ways: 12\n"), 4, "kib: is missing");
	check_bad(L1D("    kib: lots\n"), 4, "kib: lots: a number");
	check_bad(L1D("    kib: 4x\n"), 4, "kib: 4x: a number");
	check_bad(L1D("    kib: [4]\n"), 4, "kib: a number");
	check_bad(L1D("    kib: -48\n"), 4, "kib: -48: a number from 1");
	check_bad(L1D("    kib: 99999999999999\n"), 4,
		  "kib: 99999999999999: a number");
	check_bad(L1D("    kib: 99999999999999999999999\n"), 4, "a number");
	check_bad(L1D("    ways: 8\n    kib: 0\n"), 5,
		  "kib: 0: a number from 1");
	check_bad(L1D("    kib: 5000000\n"), 4, "from 1 to 4194304");
	check_bad(L1D("    kib: 48\n    ways: 13\n"), 5, "whole number");
	check_bad(L1D("    kib: 48\n    ways: 2000\n"), 5, "from 1 to 1024");
	check_bad(L1D("    kib: 48\n    line_bytes: 48\n"), 5, "power of two");
	check_bad(L1D("    kib: 48\n    line_bytes: 8\n"), 5, "from 16");
	check_bad(L1D("    kib: 48\n    policy: fifo\n"), 5,
		  "policy: fifo: one of lru, plru, random");
	check_bad(L1D("    kib: 48\n    policy: 3\n"), 5, "policy: 3: one of");
	check_bad(L1D("    kib: 48\n    inclusive: maybe\n"), 5,
		  "inclusive: maybe: one of no, yes");
	check_bad(TLB("\n    level: 1\n    kind: data\n"), 4,
		  "entries: is missing");
	check_bad(TLB(" {level: 3, kind: data, entries: 4}\n"), 3,
		  "level: 3: a number from 1 to 2");
	check_bad(TLB("\n    level: 1\n    kind: both\n    entries: 4\n"), 5,
		  "kind: both: one of data, code");
	check_bad(TLB("\n    level: 1\n    kind: data\n    entries: 0\n"), 6,
		  "entries: 0");
	check_bad(TLB("\n    level: 1\n    kind: data\n    entries: 64\n"
		      "    ways: 65\n"),
		  7, "from 1 to 64");
	check_bad(TLB("\n    level: 1\n    kind: data\n    entries: 64\n"
		      "    ways: 5\n"),
		  7, "whole number");
	check_bad(TLB("\n    level: 1\n    kind: data\n    entries: 64\n"
		      "    pages: [4k, 3k]\n"),
		  7, "pages: 3k: one of 4k, 2m");
	check_bad(TLB("\n    level: 1\n    kind: data\n    entries: 64\n"
		      "    pages: 4k\n"),
		  7, "pages: 4k: a list");
	check_bad("tlbs: {level: 1}\n", 1, "tlbs: a list");
	check_bad("tlbs: [7]\n", 1, "7: a mapping");
}

/* More TLBs than a geometry holds are refused, not dropped. */
static void test_too_many(void **state)
{
	char text[4096] = "tlbs:\n";
	struct error err = {0};
	struct geometry g;
	unsigned int i;

	(void)state;
	for (i = 0; i < GEOMETRY_TLBS; i++)
		strcat(text, " - {level: 1, kind: data, entries: 4}\n");
	assert_int_equal(read_text(&g, text, &err), 0);
	assert_int_equal(g.ntlbs, GEOMETRY_TLBS);
	strcat(text, " - {level: 1, kind: data, entries: 4}\n");
	assert_int_equal(read_text(&g, text, &err), -1);
	assert_non_null(strstr(err.text, "tlbs: 25 entries: 24 at most"));
}

/* No beginning of a good file, and no changed byte of it, does harm. */
static void test_damage(void **state)
{
	char text[sizeof(golden_cove)];
	struct error err;
	struct geometry g;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++) {
		memcpy(text, golden_cove, sizeof(text));
		err = (struct error){0};
		text[i] ^= 1 << i % 7;
		rc = read_text(&g, text, &err);
		assert_int_equal(rc, err.text[0] ? -1 : 0);
		text[i] = 0;
		err = (struct error){0};
		rc = read_text(&g, text, &err);
		assert_int_equal(rc, err.text[0] ? -1 : 0);
	}
}

static void test_no_file(void **state)
{
	struct error err = {0};
	struct geometry g;
	char *large;
	const char *path;

	(void)state;
	assert_int_equal(geometry_of_file(&g, "/nonexistent/x.yaml", &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_non_null(strstr(err.text, "cannot open"));
	err = (struct error){0};
	assert_int_equal(geometry_of_file(&g, "/", &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	large = test_malloc(2 << 20);
	memset(large, '#', 2 << 20);
	err = (struct error){0};
	path = path_of(large, 2 << 20);
	assert_int_equal(geometry_of_file(&g, path, &err), -1);
	unlink(path);
	assert_non_null(strstr(err.text, "larger"));
	test_free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),    cmocka_unit_test(test_parts),
		cmocka_unit_test(test_bad),    cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
