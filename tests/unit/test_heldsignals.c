// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heldsignals.h"
#include "threads.h"

static void add(struct held_signals *held, int number, int value)
{
	siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
	struct error err = {0};

	info.si_value.sival_int = value;
	assert_int_equal(held_signals_add(held, &info, &err), 0);
}

static void take(struct held_signals *held, int number, int value)
{
	siginfo_t info;

	assert_true(held_signals_take(held, &info));
	assert_int_equal(info.si_signo, number);
	assert_int_equal(info.si_value.sival_int, value);
}

/* The kernel does the same for a signal that is blocked. */
static void standard_signals_count_once(void **state)
{
	struct held_signals held = {0};
	siginfo_t info;

	(void)state;
	add(&held, SIGALRM, 1);
	add(&held, SIGURG, 2);
	add(&held, SIGALRM, 3);
	take(&held, SIGALRM, 1);
	add(&held, SIGALRM, 4);
	take(&held, SIGURG, 2);
	take(&held, SIGALRM, 4);
	assert_false(held_signals_take(&held, &info));
	held_signals_free(&held);
}

static void realtime_signals_queue(void **state)
{
	struct held_signals held = {0};
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		add(&held, SIGRTMIN + i % 2, i);
	for (i = 0; i < 100; i++)
		take(&held, SIGRTMIN + i % 2, i);
	assert_int_equal(held.n, 0);
	held_signals_free(&held);
	held_signals_free(&held);
}

static void threads_come_and_go(void **state)
{
	struct threads threads = {0};
	struct error err = {0};
	int i;

	(void)state;
	for (i = 1; i <= 100; i++) {
		assert_non_null(threads_add(&threads, i, &err));
		threads_find(&threads, i)->stopped = true;
	}
	assert_int_equal(threads_add(&threads, 7, &err)->stopped, true);
	assert_int_equal(threads.n, 100);
	assert_null(threads_running(&threads));
	threads_drop(&threads, 50);
	threads_drop(&threads, 50);
	assert_null(threads_find(&threads, 50));
	for (i = 1; i <= 100; i++)
		assert_int_equal(!threads_find(&threads, i), i == 50);
	threads_find(&threads, 100)->stopped = false;
	assert_int_equal(threads_running(&threads)->tid, 100);
	threads_free(&threads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_signals_count_once),
		cmocka_unit_test(realtime_signals_queue),
		cmocka_unit_test(threads_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
