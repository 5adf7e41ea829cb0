// SPDX-License-Identifier: GPL-2.0
#include "probe.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 64

static char touched[PROBE_TOUCH_MAX] __attribute__((aligned(4096)));

uint32_t probe_gate = PROBE_GATE_OPEN;

void probe_touch(size_t bytes)
{
	char *line = touched, *end = touched + bytes;

#pragma GCC unroll 8
	for (; line < end; line += LINE_BYTES)
		*line = 1;
	__asm__ volatile("" : : : "memory"); /* keeps the stores */
}

long probe_consume(const int32_t *items, size_t count)
{
	long sum = 0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += items[i];
	return sum;
}

int64_t probe_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void probe_hold(int64_t ns, int64_t *held)
{
	const struct timespec wait = {ns / 1000000000, ns % 1000000000};
	int64_t start = held ? probe_now() : 0;

	clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL);
	if (held)
		*held = probe_now() - start;
}

void probe_gate_wait(int64_t *held)
{
	int64_t start = held ? probe_now() : 0;

	__atomic_store_n(&probe_gate, PROBE_GATE_CLOSED, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&probe_gate, __ATOMIC_SEQ_CST) ==
	       PROBE_GATE_CLOSED)
		syscall(SYS_futex, &probe_gate, FUTEX_WAIT_PRIVATE,
			PROBE_GATE_CLOSED, NULL);
	if (held)
		*held = probe_now() - start;
}
