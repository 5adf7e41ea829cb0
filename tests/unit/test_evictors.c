// SPDX-License-Identifier: GPL-2.0
#include "evictors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper.h"

/*
 * The memory that ring 3 empties caches and TLBs with is there, large enough,
 * and lasts.
 */

#define PAGE 4096u

/* A bit of an entry of /proc/self/pagemap: proc_pid_pagemap(5). */
#define PRESENT (1ull << 63)
#define FRAME	((1ull << 55) - 1)

static struct swc_state cold_l1d(uint32_t bytes)
{
	return (struct swc_state){.l1d.bits = {1}, .l1d_bytes = bytes};
}

static struct swc_evictors provide(struct evictors *e,
				   const struct swc_state *state, __s64 alias)
{
	struct swc_evictors out;
	struct error err = {0};

	if (evictors_provide(e, state, alias, &out, &err))
		fail_msg("%s", err.text);
	return out;
}

/* Is each page of these bytes mapped, and a frame of its own? */
static void check_buffer(__u64 buffer, uint32_t bytes)
{
	volatile uint32_t *word;
	uint32_t at;

	for (at = 0; at < bytes; at += PAGE) {
		word = (volatile uint32_t *)(buffer + at);
		*word = at;
	}
	for (at = 0; at < bytes; at += PAGE) {
		word = (volatile uint32_t *)(buffer + at);
		assert_int_equal(*word, at);
	}
}

static void test_warm(void **state)
{
	struct swc_state warm = {0};
	struct evictors e = {0};
	struct swc_evictors out = provide(&e, &warm, 0);

	(void)state;
	assert_int_equal(out.buffer, 0);
	assert_int_equal(out.pages, 0);
	assert_int_equal(out.code, 0);
	assert_false(out.invlpg);
	assert_null(out.colours);
	evictors_free(&e);
}

/* An arm that is loaded later must not take away what an earlier one reads. */
static void test_growing(void **state)
{
	struct swc_state small = cold_l1d(24 * PAGE), large = cold_l1d(4 << 20),
			 largest = cold_l1d(SWC_MAX_SWEEP_BYTES);
	struct swc_evictors first, second, third;
	struct evictors e = {0};

	(void)state;
	first = provide(&e, &small, 0);
	check_buffer(first.buffer, small.l1d_bytes);
	second = provide(&e, &large, 0);
	check_buffer(second.buffer, large.l1d_bytes);
	check_buffer(first.buffer, small.l1d_bytes);
	third = provide(&e, &largest, 0);
	check_buffer(third.buffer, largest.l1d_bytes);
	check_buffer(second.buffer, large.l1d_bytes);
	check_buffer(first.buffer, small.l1d_bytes);
	/* A state that needs less finds enough. */
	first = provide(&e, &small, 0);
	check_buffer(first.buffer, small.l1d_bytes);
	evictors_free(&e);
	assert_null(e.buffer);
}

/* Are these pages all mapped to one frame? Its number is shown to root only. */
static void check_one_frame(__u64 pages, uint32_t n)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t first, entry;
	uint32_t i;

	assert_true(fd >= 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(pread(fd, &entry, sizeof(entry),
				       (pages / PAGE + i) * sizeof(entry)),
				 sizeof(entry));
		assert_true(entry & PRESENT);
		if (!i)
			first = entry & FRAME;
		assert_int_equal(entry & FRAME, first);
	}
	close(fd);
}

static void test_data_pages(void **state)
{
	struct swc_state cold = {.dtlb.bits = {1}};
	struct evictors e = {0};
	struct swc_evictors out = provide(&e, &cold, -0x5000);

	(void)state;
	assert_int_equal(out.alias, -0x5000);
	assert_int_equal(out.npages, EVICTORS_PAGES);
	assert_int_equal(out.buffer, 0);
	check_one_frame(out.pages, out.npages);
	assert_int_equal(provide(&e, &cold, 0).pages, out.pages);
	evictors_free(&e);
}

static void test_code_pages(void **state)
{
	struct swc_state cold = {.flags = SWC_STATE_COLD_ITLB};
	struct evictors e = {0};
	struct swc_evictors out = provide(&e, &cold, 0);
	const unsigned char *page;
	__u32 i;

	(void)state;
	assert_int_equal(out.ncode, EVICTORS_PAGES);
	check_one_frame(out.code, out.ncode);
	for (i = 0; i < out.ncode; i++) {
		page = (unsigned char *)(out.code + (__u64)i * PAGE);
		/* RET, and after it INT3, which traps. */
		assert_int_equal(page[0], 0xc3);
		assert_int_equal(page[1], 0xcc);
		((void (*)(void))(uintptr_t)page)();
	}
	evictors_free(&e);
}

/* Whatever was provided is gone again. */
static void test_freed(void **state)
{
	struct swc_state all = cold_l1d(16 * PAGE);
	struct evictors e = {0};
	struct swc_evictors out;

	(void)state;
	all.dtlb.bits[0] = 1;
	all.flags = SWC_STATE_COLD_ITLB;
	out = provide(&e, &all, 0);
	evictors_free(&e);
	assert_int_equal(msync((void *)out.buffer, PAGE, MS_ASYNC), -1);
	assert_int_equal(msync((void *)out.pages, PAGE, MS_ASYNC), -1);
	assert_int_equal(msync((void *)out.code, PAGE, MS_ASYNC), -1);
	evictors_free(&e); /* nothing twice */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warm),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_data_pages),
		cmocka_unit_test(test_code_pages),
		cmocka_unit_test(test_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
