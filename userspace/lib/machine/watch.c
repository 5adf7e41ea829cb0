// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <sched.h>
#include <sys/rseq.h>
#include <unistd.h>

#include "environment.h"

/*
 * A restartable sequence that is never executed. When the kernel returns to a
 * thread that it has preempted, moved or sent a signal to, it looks whether the
 * thread was inside the sequence that it has announced; if not, it withdraws
 * the announcement (Linux, kernel/rseq.c). An announcement that is gone is thus
 * proof of a disturbance, at the price of a store and a load in each sample.
 * The kernel demands its signature before the address of the abort handler.
 */
#define TEXT_OF(x) #x
#define TEXT(x)	   TEXT_OF(x)
asm(".pushsection .text\n"
    ".long " TEXT(RSEQ_SIG) "\n"
			    "watch_abort: ud2\n"
			    "watch_start: ud2\n"
			    "watch_end: .popsection\n");
extern const char watch_abort[], watch_start[], watch_end[];

static struct rseq_cs never_executed __attribute__((aligned(32)));

static struct rseq *own_rseq(void)
{
	char *thread = __builtin_thread_pointer();

	return (struct rseq *)(thread + __rseq_offset);
}

static void announce(void *context)
{
	(void)context;
	__atomic_store_n(&own_rseq()->rseq_cs, (uintptr_t)&never_executed,
			 __ATOMIC_RELAXED);
}

static bool is_withdrawn(void)
{
	return !__atomic_load_n(&own_rseq()->rseq_cs, __ATOMIC_RELAXED);
}

/* The affinity may have been changed from outside, or the CPU taken offline. */
static uint16_t migrated(const struct watch *w, uint32_t cpu)
{
	return cpu == w->cpu ? 0 : SWC_SAMPLE_MIGRATED;
}

static uint16_t look(void *context)
{
	uint32_t cpu = __atomic_load_n(&own_rseq()->cpu_id, __ATOMIC_RELAXED);

	return (is_withdrawn() ? SWC_SAMPLE_SWITCHED : 0) |
	       migrated(context, cpu);
}

static void begin_nothing(void *context)
{
	(void)context;
}

static uint16_t look_at_cpu(void *context)
{
	return migrated(context, sched_getcpu());
}

/*
 * Has libc registered the area, and does the kernel withdraw? Asked once only:
 * the test sleeps, to be switched away from, which takes longer than many a
 * burst.
 */
static bool rseq_works(void)
{
	static bool asked, works;

	if (asked || !__rseq_size)
		return works;
	never_executed = (struct rseq_cs){
		.start_ip = (uintptr_t)watch_start,
		.post_commit_offset = watch_end - watch_start,
		.abort_ip = (uintptr_t)watch_abort,
	};
	announce(NULL);
	usleep(1);
	works = is_withdrawn();
	asked = true;
	return works;
}

static uint64_t read_steal(const struct watch *w)
{
	uint64_t ticks = 0;

	environment_steal("/", w->cpu, &ticks);
	return ticks;
}

void watch_open(struct watch *w, uint32_t cpu)
{
	*w = (struct watch){.cpu = cpu, .per_sample = rseq_works()};
	w->steal = read_steal(w);
	getrusage(RUSAGE_THREAD, &w->usage);
}

void watch_close(struct watch *w)
{
	if (w->per_sample)
		__atomic_store_n(&own_rseq()->rseq_cs, 0, __ATOMIC_RELAXED);
}

struct swc_watch watch_samples(struct watch *w)
{
	if (w->per_sample)
		return (struct swc_watch){announce, look, w};
	return (struct swc_watch){begin_nothing, look_at_cpu, w};
}

uint16_t watch_burst(struct watch *w)
{
	struct rusage before = w->usage;
	uint64_t steal = w->steal;
	uint16_t near = 0;

	w->steal = read_steal(w);
	getrusage(RUSAGE_THREAD, &w->usage);
	if (w->steal != steal)
		near |= SWC_SAMPLE_NEAR_STEAL;
	if (w->usage.ru_minflt != before.ru_minflt ||
	    w->usage.ru_majflt != before.ru_majflt)
		near |= SWC_SAMPLE_NEAR_FAULT;
	if (w->usage.ru_nvcsw != before.ru_nvcsw ||
	    w->usage.ru_nivcsw != before.ru_nivcsw)
		near |= SWC_SAMPLE_NEAR_SWITCH;
	return near;
}
