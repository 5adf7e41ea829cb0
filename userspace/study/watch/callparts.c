// SPDX-License-Identifier: GPL-2.0
#include "callparts.h"

#include <math.h>

/* Fewer calls say too little of what moving costs. */
#define FEWEST_MOVED 8

/* The slowest so many are the tail. */
#define TAIL 0.01

void callparts_add(struct bpf_parts *to, const struct bpf_parts *from)
{
	to->calls += from->calls;
	to->ns += from->ns;
	to->blocked += from->blocked;
	to->queued += from->queued;
	to->no_p += from->no_p;
	to->moved += from->moved;
	to->moved_on += from->moved_on;
}

static double moved_more(const struct bpf_parts *p, double on_cpu_sum)
{
	double moved = (double)p->moved, stayed = (double)p->calls - moved;

	if (moved < FEWEST_MOVED || stayed < FEWEST_MOVED)
		return NAN;
	return (double)p->moved_on / moved -
	       (on_cpu_sum - (double)p->moved_on) / stayed;
}

static struct callparts means(const struct bpf_parts *p, double added_ns)
{
	double n = (double)p->calls, on;

	if (!p->calls)
		return (struct callparts){.mean = NAN,
					  .on_cpu = NAN,
					  .blocked = NAN,
					  .queued = NAN,
					  .no_p = NAN,
					  .moved_more = NAN};
	on = (double)p->ns - (double)p->blocked - (double)p->queued -
	     (double)p->no_p;
	return (struct callparts){
		.calls = p->calls,
		.mean = (double)p->ns / n - added_ns,
		.on_cpu = on / n - added_ns,
		.blocked = (double)p->blocked / n,
		.queued = (double)p->queued / n,
		.no_p = (double)p->no_p / n,
		.moved = p->moved,
		.moved_more = moved_more(p, on),
	};
}

/* The calls of all octaves from the longest down, until these are @enough. */
static struct bpf_parts slowest(const struct bpf_times *times, double enough)
{
	struct bpf_parts sum = {0};
	unsigned int i;

	for (i = BPF_OCTAVES; i-- && (double)sum.calls < enough;)
		callparts_add(&sum, &times->parts[i]);
	return sum;
}

struct callparts callparts_of(const struct bpf_times *times, double added_ns)
{
	struct bpf_parts all = slowest(times, INFINITY);

	return means(&all, added_ns);
}

struct callparts callparts_tail(const struct bpf_times *times, double added_ns)
{
	struct bpf_parts all = slowest(times, INFINITY);
	struct bpf_parts tail = slowest(times, TAIL * (double)all.calls);

	return means(&tail, added_ns);
}
