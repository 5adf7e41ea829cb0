// SPDX-License-Identifier: GPL-2.0
#include "oracle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "engine/slots.h"

/* So many pages must be evicted by the others, in one of so many tries. */
#define WITNESSES      16u
#define CAPACITY_TRIES 6

/*
 * QEMU's TLB shrinks at the second flush that finds it hardly used for 100 ms
 * (accel/tcg/cputlb.c, tlb_mmu_resize_locked()). Each question ends with one.
 */
#define SHRINK_QUESTIONS 3
#define SHRINK_PAGES	 64u
#define SHRINK_WAIT_MS	 120

static const char *const control_texts[SWC_ORACLE_CONTROLS] = {
	[SWC_ORACLE_HOLDS] = "all held",
	[SWC_ORACLE_FRESH] = "a page reads its old frame after INVLPG; a "
			     "hypervisor's own page tables may be to blame",
	[SWC_ORACLE_STALE] = "a changed page table entry is noticed without a "
			     "flush; a hypervisor's own page tables may be to "
			     "blame",
	[SWC_ORACLE_SET] = "a page walk doesn't set the Accessed bit",
	[SWC_ORACLE_CLEAR] = "the Accessed bit of a page whose translation is "
			     "cached gets set",
	[SWC_ORACLE_MAPPING] = "the kernel maps a page by a large one",
};

const char *oracle_control_text(enum swc_oracle_control control)
{
	return control < SWC_ORACLE_CONTROLS ? control_texts[control] : "?";
}

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "TLB oracle: out of memory");
}

static int ask_failed(const struct oracle *o, const struct swc_oracle *ask,
		      struct error *err)
{
	switch (errno) {
	case EOPNOTSUPP:
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cpu %u: the TLB oracle can't be believed "
				 "here: %s",
				 o->cpu, oracle_control_text(ask->control));
	case E2BIG:
		return error_set(err, EXIT_USAGE,
				 "TLB oracle: too long for one window of %u "
				 "ms: ask for fewer victims or warm replays, "
				 "or of a shorter sequence",
				 SWC_WINDOW_MAX_NS / 1000000);
	case ETIME:
		return error_set(err, EXIT_CHECK_FAILED,
				 "TLB oracle: its window lasted longer than %u "
				 "ms: ask for fewer victims, or of a shorter "
				 "sequence",
				 SWC_WINDOW_MAX_NS / 1000000);
	case ENODEV:
		return error_set(err, EXIT_USAGE,
				 "cpu %u: not online: choose another (--cpu)",
				 o->cpu);
	case EIO:
		return error_set(err, EXIT_CHECK_FAILED,
				 SWC_DEVICE ": the sequence trapped; the "
					    "kernel's log says where");
	case EINTR:
		return error_set(err, EXIT_CHECK_FAILED, "interrupted");
	default:
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": ORACLE: %s", strerror(errno));
	}
}

struct oracle_script *oracle_script_start(struct oracle *o, uint32_t npages)
{
	o->script.n = 0;
	o->script.npages = npages;
	o->script.full = false;
	return &o->script;
}

const struct swc_oracle_step *oracle_script_add(struct oracle_script *script,
						enum swc_oracle_kind kind,
						uint32_t page)
{
	struct swc_oracle_step *step = &script->steps[script->n];

	/* Steps that are too many go to the last place, which is never asked. */
	*step = (struct swc_oracle_step){.kind = kind, .page = page};
	if (script->n < SWC_ORACLE_MAX_STEPS)
		script->n++;
	else
		script->full = true;
	return step;
}

int oracle_ask(struct oracle *o, int arm, bool walks, struct error *err)
{
	struct swc_oracle ask = {
		.steps = (uintptr_t)o->script.steps,
		.nsteps = o->script.n,
		.npages = o->script.npages,
		.sequence = arm,
		.cpu = o->cpu,
		.isolation = o->isolation,
		.walks = walks ? (uintptr_t)o->walks : 0,
		.nwalks = walks ? o->max_walks : 0,
	};

	if (o->script.full) {
		errno = E2BIG;
		return ask_failed(o, &ask, err);
	}
	if (ioctl(o->device, SWC_IOC_ORACLE, &ask))
		return ask_failed(o, &ask, err);
	o->nwalks = walks ? ask.nwalks : 0;
	return ask.nmis || ask.smis;
}

/* Return: how many of the witnesses the others left, or -1 with @err set. */
static int count_survivors(struct oracle *o, struct error *err)
{
	struct oracle_script *script =
		oracle_script_start(o, WITNESSES + ORACLE_OTHERS);
	const struct swc_oracle_step *probe;
	uint32_t i;
	int n = 0;

	for (i = 0; i < script->npages; i++)
		oracle_script_add(script, SWC_ORACLE_TOUCH, i);
	probe = script->steps + script->n;
	for (i = 0; i < WITNESSES; i++)
		oracle_script_add(script, SWC_ORACLE_TOUCH, i);
	if (oracle_ask(o, -1, false, err) < 0)
		return -1;
	for (i = 0; i < WITNESSES; i++)
		n += probe[i].verdict != SWC_ORACLE_MISS;
	return n;
}

static int let_shrink(struct oracle *o, struct error *err)
{
	const struct timespec wait = {.tv_nsec = SHRINK_WAIT_MS * 1000000};
	int i, rc = 0;

	for (i = 0; i < SHRINK_QUESTIONS && rc >= 0; i++) {
		nanosleep(&wait, NULL);
		oracle_script_add(oracle_script_start(o, SHRINK_PAGES),
				  SWC_ORACLE_TOUCH, 0);
		rc = oracle_ask(o, -1, false, err);
	}
	return rc < 0 ? -1 : 0;
}

static int check_capacity(struct oracle *o, struct error *err)
{
	int i, survivors = 0;

	for (i = 0; i < CAPACITY_TRIES; i++) {
		survivors = count_survivors(o, err);
		if (survivors <= 0)
			return survivors;
		if (let_shrink(o, err))
			return -1;
	}
	return error_set(err, EXIT_IMPOSSIBLE,
			 "cpu %u: the TLB oracle can't be believed here: %d of "
			 "%u translations outlive %u others, which no TLB "
			 "holds; a hypervisor's own page tables may be to "
			 "blame",
			 o->cpu, survivors, WITNESSES, ORACLE_OTHERS);
}

/* Room for the largest sequence: see struct swc_oracle.walks. */
static int make_room(struct oracle *o, const struct swc_info *info,
		     struct error *err)
{
	o->max_walks = 1 + info->max_pages +
		       info->max_regions * SWC_STACK_HEADROOM_PAGES +
		       info->code_bytes / SWC_PAGE_BYTES;
	o->walks = malloc(o->max_walks);
	o->script.steps =
		calloc(SWC_ORACLE_MAX_STEPS + 1, sizeof(*o->script.steps));
	return o->walks && o->script.steps ? 0 : no_memory(err);
}

static int prepare(struct oracle *o, struct error *err)
{
	struct swc_info info;

	o->device = device_open(&info, err);
	if (o->device < 0)
		return -1;
	if (!(info.capabilities & SWC_CAP_TLB_ORACLE))
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": this module has no TLB oracle: "
					    "rebuild and reload it");
	o->caps = device_caps(&info);
	if (make_room(o, &info, err))
		return -1;
	return check_capacity(o, err);
}

struct oracle *oracle_open(uint32_t cpu, enum swc_isolation isolation,
			   struct error *err)
{
	struct oracle *o = calloc(1, sizeof(*o));

	if (!o) {
		no_memory(err);
		return NULL;
	}
	o->cpu = cpu;
	o->isolation = isolation;
	if (!prepare(o, err))
		return o;
	oracle_close(o);
	return NULL;
}

void oracle_close(struct oracle *o)
{
	if (o->device >= 0)
		close(o->device);
	free(o->script.steps);
	free(o->walks);
	free(o);
}
