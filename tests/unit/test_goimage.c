// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>

#include "gocode.h"
#include "goruntime.h"
#include "gopclntab.h"

#define PROGRAM "build/goprobe/goprobe"

static int set_up(void **state)
{
	static struct goimage image;
	struct error err = {0};
	int fd = open(PROGRAM, O_RDONLY | O_CLOEXEC);

	*state = &image;
	assert_true(fd >= 0);
	if (goruntime_open(&image, fd, PROGRAM, &err))
		fail_msg("%s", err.text);
	return 0;
}

static int tear_down(void **state)
{
	goimage_close(*state);
	return 0;
}

/* The runtime's instructions give the same offsets and addresses as DWARF. */
static void test_code(void **state)
{
	struct goimage *image = *state;
	const struct gooffsets by_dwarf = image->offsets;
	const uint64_t allm = image->allm, dead = image->dead_calls;
	struct error err = {0};

	assert_string_equal(image->offsets_from, "DWARF");
	assert_int_equal(gocode_offsets(image, PROGRAM, &err), 0);
	assert_int_equal(gocode_argument(image, PROGRAM, &err), 0);
	assert_memory_equal(&image->offsets, &by_dwarf, sizeof(by_dwarf));
	image->allm = image->dead_calls = 0;
	assert_int_equal(gocode_variables(image, PROGRAM, &err), 0);
	assert_int_equal(image->allm, allm);
	assert_int_equal(image->dead_calls, dead);
}

/* Go's own table has the functions where the symbols have them. */
static void test_pclntab(void **state)
{
	static const char *const names[] = {"runtime.cgocall", "runtime.mexit",
					    "main.main", "runtime.handoffp"};
	struct goimage *image = *state;
	const struct gofunction *f;
	struct error err = {0};
	uint64_t starts[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		f = goimage_function(image, names[i]);
		assert_non_null(f);
		starts[i] = f->start;
	}
	assert_int_equal(gopclntab_read(image, PROGRAM, &err), 0);
	for (i = 0; i < 4; i++) {
		f = goimage_function(image, names[i]);
		assert_non_null(f);
		assert_int_equal(f->start, starts[i]);
		assert_ptr_equal(goimage_at(image, starts[i] + 1), f);
	}
}

static void test_returns(void **state)
{
	struct goimage *image = *state;
	const struct gofunction *f = goimage_function(image, "runtime.cgocall");
	uint64_t returns[GOCODE_MAX_RETURNS];
	uint8_t byte;
	size_t n;

	n = gocode_returns(image, f, returns);
	assert_in_range(n, 1, GOCODE_MAX_RETURNS);
	while (n--) {
		assert_in_range(returns[n], f->start, f->end - 1);
		assert_true(goimage_read(image, returns[n], &byte, 1));
		assert_int_equal(byte, 0xc3);
	}
}

/* A caller in Go has two instructions after the call that are the call's. */
static void test_called(void **state)
{
	struct goimage *image = *state;
	const struct gofunction *f = goimage_function(image, "main.twice");
	const struct gofunction *called;
	uint64_t address, found[3];
	uint8_t byte;
	size_t n = 0;

	assert_non_null(f);
	for (address = f->start; address < f->end; address++) {
		called = gocode_called(image, address);
		if (!called || !strstr(called->name, "_Cfunc_twice"))
			continue;
		assert_in_range(n, 0, 1);
		found[n++] = address;
	}
	assert_int_equal(n, 2);
	assert_true(goimage_read(image, found[0] - 5, &byte, 1));
	assert_int_equal(byte, 0xe8);
	assert_in_range(found[1] - found[0], 4, 5);
	/* Nothing of a function that only returns, and nothing outside of all. */
	f = goimage_function(image, "_cgo_topofstack");
	assert_non_null(f);
	for (address = f->start; address < f->end; address++)
		assert_null(gocode_called(image, address));
	assert_null(gocode_called(image, 1));
}

static void test_refused(void **state)
{
	struct goimage *image = *state, other;
	struct error err = {0};

	assert_int_equal(goruntime_open(&other,
					open("/proc/self/exe", O_RDONLY), "it",
					&err),
			 -1);
	assert_int_equal(err.code, EXIT_USAGE);
	goimage_close(&other);
	err = (struct error){0};
	strcpy(image->version, "go1.99");
	assert_int_equal(gocode_offsets(image, PROGRAM, &err), -1);
	assert_int_equal(err.code, EXIT_IMPOSSIBLE);
	assert_non_null(strstr(err.text, "go1.99"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_code, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pclntab, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_returns, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_called, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
