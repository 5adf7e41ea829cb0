/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_SAMPLES_BPF_H
#define SWC_WATCH_SAMPLES_BPF_H

/* Samples of where threads are, their stacks, and interrupts that came there. */
#include <linux/bpf_perf_event.h>

#include "target.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_SAMPLE_KEYS);
	__type(key, struct bpf_sample_key);
	__type(value, __u64);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_SAMPLE_KEYS);
	__type(key, struct bpf_sample_key);
	__type(value, struct bpf_interrupts);
} interrupts SEC(".maps");

/* Samples in the program, by the CPU that it was on. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} cpu_samples SEC(".maps");

static __always_inline void count_cpu(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&cpu_samples, &zero);

	if (n)
		(*n)++;
}

/* A CPU's interrupts under way, one within the other. */
struct nesting {
	__u64 since;
	__u32 depth;
	__u32 sampled; /* it came for a sample */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct nesting);
} nestings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_STACKS);
	__type(key, struct bpf_stack_key);
	__type(value, __u64);
} stacks SEC(".maps");

/* A key that is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_stack_key);
} stack_key SEC(".maps");

/* The current thread's call, or the instruction where it is. */
static __always_inline void sample_key(struct bpf_sample_key *key,
				       struct task_struct *task)
{
	struct place place;

	find_place(&place, task);
	key->state = place.state;
	if (place.state == BPF_IN_C)
		key->call = place.call;
	else
		key->ip = ((struct pt_regs *)bpf_task_pt_regs(task))->rip;
}

/* cpu-clock samples in a timer's interrupt, which is none of the program's. */
static __always_inline void mark_interrupt(void)
{
	struct nesting *nesting;
	__u32 zero = 0;

	nesting = bpf_map_lookup_elem(&nestings, &zero);
	if (nesting && nesting->depth)
		nesting->sampled = 1;
}

SEC("perf_event")
int at_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_sample_key key = {0};

	if (task->tgid != target.tgid || !on)
		return 0;
	__sync_fetch_and_add(&counts.samples, 1);
	count_cpu();
	mark_interrupt();
	sample_key(&key, task);
	count(&samples, &key, &lost.samples);
	return 0;
}

static __always_inline int begin_interrupt(void)
{
	struct nesting *nesting;
	__u32 zero = 0;

	if (!on || bpf_get_current_task_btf()->tgid != target.tgid)
		return 0;
	nesting = bpf_map_lookup_elem(&nestings, &zero);
	if (nesting && !nesting->depth++) {
		nesting->since = bpf_ktime_get_ns();
		nesting->sampled = 0;
	}
	return 0;
}

static __always_inline int end_interrupt(__u64 times)
{
	struct bpf_interrupts none = {0}, *sum;
	struct bpf_sample_key key = {0};
	struct nesting *nesting;
	__u64 handler;
	__u32 zero = 0;

	if (bpf_get_current_task_btf()->tgid != target.tgid)
		return 0;
	nesting = bpf_map_lookup_elem(&nestings, &zero);
	/* It began before the probes were on. */
	if (!nesting || !nesting->depth || --nesting->depth || nesting->sampled)
		return 0;
	handler = bpf_ktime_get_ns() - nesting->since;
	sample_key(&key, bpf_get_current_task_btf());
	sum = sum_of(&interrupts, &key, &none);
	if (!sum) {
		__sync_fetch_and_add(&lost.interrupts, 1);
		return 0;
	}
	__sync_fetch_and_add(&sum->times, times);
	__sync_fetch_and_add(&sum->handler_ns, handler);
	return 0;
}

/*
 * An interrupt takes CPU time from the thread that it finds there, whose it isn't. What it
 * has left to do is done right after it, with interrupts on (softirq), and is none more.
 */
#define INTERRUPT(name, times)               \
	SEC("tp_btf/" #name "_entry")        \
	int BPF_PROG(at_##name##_entry)      \
	{                                    \
		return begin_interrupt();    \
	}                                    \
	SEC("tp_btf/" #name "_exit")         \
	int BPF_PROG(at_##name##_exit)       \
	{                                    \
		return end_interrupt(times); \
	}

INTERRUPT(local_timer, 1)
INTERRUPT(reschedule, 1)
INTERRUPT(call_function, 1)
INTERRUPT(call_function_single, 1)
INTERRUPT(irq_work, 1)
INTERRUPT(irq_handler, 1)
INTERRUPT(softirq, 0)

/* Append who called, by frame pointers, which all code of Go keeps. */
static __always_inline void walk_frames(struct bpf_stack_key *key, __u32 n,
					__u64 bp)
{
	__u64 frame[2]; /* the caller's frame pointer, the return address */
	__u32 i;

	for (i = n; i < BPF_FRAMES; i++) {
		if (!bp || (bp & 7) || !read_user(frame, sizeof(frame), bp) ||
		    !frame[1])
			return;
		key->frames[i] = frame[1];
		if (frame[0] && frame[0] <= bp)
			return; /* stacks grow down: this is no frame */
		bp = frame[0];
	}
}

/* The frame pointer of the goroutine that is in C, as asmcgocall has saved it. */
static __always_inline __u64 frame_of_caller(struct task_struct *task)
{
	__u64 base = task->thread.fsbase, g, m;
	bool failed = false;

	g = read_word(base + (__u64)target.g_offset, &failed);
	m = read_word(g + target.g_m, &failed);
	g = read_word(m + target.m_curg, &failed);
	return failed ? 0 : read_word(g + target.g_bp, &failed);
}

SEC("perf_event")
int at_stack_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_stack_key *key;
	struct pt_regs *regs;
	struct place place;
	__u32 zero = 0;

	if (task->tgid != target.tgid || !on)
		return 0;
	key = bpf_map_lookup_elem(&stack_key, &zero);
	if (!key)
		return 0;
	__builtin_memset(key, 0, sizeof(*key));
	find_place(&place, task);
	__sync_fetch_and_add(&counts.samples, 1);
	count_cpu();
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	key->state = place.state;
	key->kernel = ctx->regs.rip >> 63;
	key->frames[0] = regs->rip;
	if (place.state == BPF_IN_C) {
		key->frames[1] = place.call.fn;
		walk_frames(key, 2, frame_of_caller(task));
	} else if (place.state != BPF_NO_GO) {
		walk_frames(key, 1, regs->rbp);
	}
	count(&stacks, key, &lost.samples);
	return 0;
}

#endif
