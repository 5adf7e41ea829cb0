// SPDX-License-Identifier: GPL-2.0
#include "backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"

struct backend {
	int device;
	int arms[SWC_MAX_ARMS];
	uint32_t narms;
	struct swc_ring *ring;
	size_t bytes;
	uint64_t capabilities;
	uint32_t tsc_khz;
};

static int map_ring(struct backend *b, uint32_t samples, struct error *err)
{
	size_t page = sysconf(_SC_PAGESIZE);

	b->bytes =
		SWC_RING_SAMPLES_OFFSET + samples * sizeof(struct swc_sample);
	b->bytes = (b->bytes + page - 1) & ~(page - 1);
	b->ring = mmap(NULL, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		       b->device, 0);
	if (b->ring != MAP_FAILED)
		return 0;
	b->ring = NULL;
	return error_set(err, EXIT_IMPOSSIBLE,
			 SWC_DEVICE ": cannot map %u samples: %s: ask for "
				    "fewer (--samples)",
			 samples, strerror(errno));
}

static void kernel_unload(struct backend *b)
{
	while (b->narms)
		close(b->arms[--b->narms]);
}

static void kernel_close(struct backend *b)
{
	kernel_unload(b);
	if (b->ring)
		munmap(b->ring, b->bytes);
	if (b->device >= 0)
		close(b->device);
	free(b);
}

static struct backend *kernel_open(uint32_t samples, struct error *err)
{
	struct backend *b = calloc(1, sizeof(*b));
	struct swc_info info;

	if (!b) {
		error_set(err, EXIT_IMPOSSIBLE, SWC_DEVICE ": out of memory");
		return NULL;
	}
	b->device = device_open(&info, err);
	if (b->device < 0 || map_ring(b, samples, err)) {
		kernel_close(b);
		return NULL;
	}
	b->capabilities = info.capabilities;
	b->tsc_khz = info.tsc_khz;
	return b;
}

static int kernel_load(struct backend *b, const struct sequence *s,
		       uint32_t pedestal, const struct swc_state *state,
		       struct error *err)
{
	int fd;

	if (b->narms == SWC_MAX_ARMS)
		return error_set(err, EXIT_USAGE, "more than %u arms",
				 SWC_MAX_ARMS);
	fd = device_load(b->device, s, pedestal, state, err);
	if (fd < 0)
		return -1;
	b->arms[b->narms++] = fd;
	return 0;
}

/* The model refused it, or the rehearsal did, and then we know how long that took. */
static int too_long(const struct backend *b, const struct swc_run *run,
		    struct error *err)
{
	const char *remedy = run->warm ? "fewer warm replays (--warm)"
				       : "a shorter sequence";

	if (!run->rehearsed)
		return error_set(err, EXIT_USAGE,
				 "sequence too long for %u warm replays and "
				 "its state's preparation within %u ms, by its "
				 "operations: use %s",
				 run->warm, SWC_LONG_WINDOW_MAX_NS / 1000000,
				 remedy);
	return error_set(err, EXIT_USAGE,
			 "isolation %s: a sample with %u warm replays and its "
			 "state's preparation took %.1f ms when rehearsed, "
			 "more than half a window of %u ms: use %s, or "
			 "--isolation preempt-off or none, whose windows may "
			 "last longer",
			 isolation_name(run->isolation), run->warm,
			 (double)run->rehearsed / b->tsc_khz,
			 SWC_WINDOW_MAX_NS / 1000000, remedy);
}

static int run_failed(const struct backend *b, const struct swc_run *run,
		      struct error *err)
{
	switch (errno) {
	case ENODEV:
		return error_set(err, EXIT_USAGE,
				 "cpu %u: not online: choose another (--cpu)",
				 run->cpu);
	case EPERM:
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cpu %u: this process may not run there, or "
				 "no longer use " SWC_DEVICE ": choose another "
				 "(--cpu), or start it with that CPU in its "
				 "affinity and cpuset (taskset), as root",
				 run->cpu);
	case EINTR:
		return error_set(err, EXIT_CHECK_FAILED, "interrupted");
	case EIO:
		return error_set(err, EXIT_CHECK_FAILED,
				 SWC_DEVICE ": the sequence trapped; the "
					    "kernel's log says where");
	case E2BIG:
		return too_long(b, run, err);
	case ETIME:
		return error_set(err, EXIT_CHECK_FAILED,
				 "isolation %s: a window held the CPU for "
				 "%.1f ms, longer than it may: use fewer warm "
				 "replays (--warm), or --isolation preempt-off "
				 "or none, whose windows may last longer",
				 isolation_name(run->isolation),
				 (double)run->longest / b->tsc_khz);
	case EOPNOTSUPP:
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cpu %u: its timer is periodic, so that none "
				 "of its ticks may be masked: boot without "
				 "nohz=off and highres=off, or choose another "
				 "--isolation",
				 run->cpu);
	default:
		return error_set(err, EXIT_IMPOSSIBLE, SWC_DEVICE ": RUN: %s",
				 strerror(errno));
	}
}

/* Reports which event the module refuses, why, and what to do about it. */
static int event_failed(const struct swc_counting *c,
			const struct backend_run *r, struct error *err)
{
	const char *name = r->counting->events[c->error_event].name;

	switch (c->error) {
	case SWC_EVENT_ERR_CREATE:
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"event %s: the kernel refuses it: %s: no PMU of "
			"CPU %u has it, or not in this combination",
			name, strerror(c->cause), r->cpu);
	case SWC_EVENT_ERR_INACTIVE:
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"event %s: no counter of CPU %u is left for it: "
			"count fewer at once (--events), and stop perf "
			"and the NMI watchdog (sysctl "
			"kernel.nmi_watchdog=0)",
			name, r->cpu);
	case SWC_EVENT_ERR_LOST:
	case SWC_EVENT_ERR_MULTIPLEXED:
		return error_set(err, EXIT_CHECK_FAILED,
				 "event %s: its counter was taken away during "
				 "the run: stop what else counts on CPU %u",
				 name, r->cpu);
	default:
		return error_set(
			err, EXIT_USAGE,
			"event %s: not a PMU's: no counter counts it, but "
			"software: name an event of the CPU",
			name);
	}
}

/* The ABI's structures for counting events. */
struct counting {
	struct swc_event events[SWC_MAX_EVENTS];
	struct swc_counting counting;
};

static void ask_counting(struct counting *c, struct backend_run *r,
			 struct swc_run *run)
{
	unsigned int i;

	for (i = 0; i < r->counting->n; i++)
		c->events[i] = r->counting->events[i].encoding;
	c->counting = (struct swc_counting){
		.events = (uintptr_t)c->events,
		.counts = (uintptr_t)r->counting->sums,
		.samples = (uintptr_t)r->counting->samples,
		.nevents = r->counting->n,
	};
	run->counting = (uintptr_t)&c->counting;
}

static int kernel_run(struct backend *b, struct backend_run *r,
		      struct error *err)
{
	struct swc_run run = {
		.arms = (uintptr_t)b->arms,
		.narms = b->narms,
		.cpu = r->cpu,
		.isolation = r->isolation,
		.samples = r->samples,
		.seed = r->seed,
		.warm = r->warm,
		.delay_max = r->delay_max,
		/* The last run's samples are read: begin where they did. */
		.flags = SWC_RUN_REWIND,
	};
	struct counting counting;

	if (!(b->capabilities & SWC_CAP_ISOLATION(r->isolation)))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "isolation %s: not possible on this machine: "
				 "choose another (--isolation)",
				 isolation_name(r->isolation));
	if (r->counting)
		ask_counting(&counting, r, &run);
	if (ioctl(b->device, SWC_IOC_RUN, &run)) {
		if (r->counting && errno == ENODATA)
			return event_failed(&counting.counting, r, err);
		return run_failed(b, &run, err);
	}
	r->data = (void *)((char *)b->ring + SWC_RING_SAMPLES_OFFSET);
	r->produced = run.produced;
	r->windows = run.windows;
	r->nmis = run.nmis;
	r->replays = run.replays;
	r->interrupts = run.interrupts;
	r->smis = run.smis;
	r->aperf = run.aperf;
	r->tsc = run.tsc;
	r->direct = !(b->capabilities & SWC_CAP_INDIRECT);
	r->plain = !(b->capabilities & SWC_CAP_SEGMENT);
	return 0;
}

const struct backend_ops backend_kernel = {
	.name = "kernel",
	.isolation = SWC_ISOLATION_IRQ_OFF,
	.isolations = SWC_CAP_ISOLATION(SWC_ISOLATION_NONE) |
		      SWC_CAP_ISOLATION(SWC_ISOLATION_PREEMPT_OFF) |
		      SWC_CAP_ISOLATION(SWC_ISOLATION_LVT_MASKED) |
		      SWC_CAP_ISOLATION(SWC_ISOLATION_IRQ_OFF) |
		      SWC_CAP_ISOLATION(SWC_ISOLATION_QUIESCED),
	.open = kernel_open,
	.close = kernel_close,
	.load = kernel_load,
	.unload = kernel_unload,
	.run = kernel_run,
};
