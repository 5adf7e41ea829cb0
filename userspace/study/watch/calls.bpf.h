/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_CALLS_BPF_H
#define SWC_WATCH_CALLS_BPF_H

/* Each call, from its beginning to its end, and the runtime's slow paths. */
#include "absences.bpf.h"

/* The number of the window in which each call is probed. */
__u64 window;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_OPEN_CALLS);
	__type(key, struct bpf_open_key);
	__type(value, struct bpf_open_call);
} open_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_FUNCTIONS);
	__type(key, struct bpf_call);
	__type(value, struct bpf_times);
} times SEC(".maps");

/* A value that is too large for the stack, to put into the map. */
struct bpf_times no_times;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_SLOW_KEYS);
	__type(key, struct bpf_slow_key);
	__type(value, __u64);
} slow SEC(".maps");

/*
 * A goroutine's wait for a P begins. runtime.mcall has called the function, with the
 * goroutine in RAX.
 */
static __always_inline void begin_wait(struct pt_regs *regs)
{
	__u64 g = regs->rax;
	struct bpf_waits *sum = bpf_map_lookup_elem(&waits, &g);

	if (sum)
		sum->no_p_since = bpf_ktime_get_ns();
}

/* At a function's entry; the cookie is the slow path's number. */
SEC("uprobe")
int at_slow_path(struct pt_regs *regs)
{
	__u64 cookie = bpf_get_attach_cookie(regs);
	struct bpf_slow_key key = {.path = cookie % BPF_SLOW_WAITS};

	if (split && cookie & BPF_SLOW_WAITS)
		begin_wait(regs);
	read_user(&key.caller, sizeof(key.caller), regs->rsp);
	count(&slow, &key, &lost.slow);
	return 0;
}

/*
 * A goroutine's frame is known by its distance from the top of the stack: the stack
 * itself may move between the call and the return.
 */
static __always_inline bool open_key(struct bpf_open_key *key,
				     struct pt_regs *regs, __u64 rsp)
{
	bool failed = false;

	key->g = regs->r14;
	key->depth = read_word(key->g + target.g_stack_high, &failed) - rsp;
	return !failed;
}

/* Note how long the goroutine has waited until this call. */
static __always_inline bool note_waits(struct bpf_open_call *call, __u64 g)
{
	struct bpf_waits none = {0}, *sum = sum_of(&waits, &g, &none);

	if (!sum)
		return false;
	end_wait(sum, bpf_ktime_get_ns());
	call->before = *sum;
	call->cpu = bpf_get_smp_processor_id();
	return true;
}

/*
 * At runtime.cgocall's entry, or at its first jump, with RSP lower by the cookie: RAX is the C
 * function, R14 the goroutine.
 */
SEC("uprobe")
int at_call(struct pt_regs *regs)
{
	__u64 rsp = regs->rsp + bpf_get_attach_cookie(regs);
	struct bpf_open_call call = {0};
	struct bpf_open_key key;
	struct bpf_times *sum;
	struct bpf_call of;

	if (!open_key(&key, regs, rsp)) {
		__sync_fetch_and_add(&lost.calls, 1);
		return 0;
	}
	call.fn = regs->rax;
	call.window = window;
	read_user(&call.caller, sizeof(call.caller), rsp);
	of.fn = call.fn;
	of.caller = call.caller;
	sum = sum_of(&times, &of, &no_times);
	if (sum)
		__sync_fetch_and_add(&sum->begun, 1);
	if (split && !note_waits(&call, key.g))
		__sync_fetch_and_add(&lost.calls, 1);
	call.since = bpf_ktime_get_ns();
	if (!sum || bpf_map_update_elem(&open_calls, &key, &call, BPF_ANY))
		__sync_fetch_and_add(&lost.calls, 1);
	return 0;
}

/* The number of the bucket that holds @ns. */
static __always_inline __u32 bucket_of(__u64 ns)
{
	__u32 octave = 0, high = ns >> 32, word = ns;

	if (ns < BPF_PER_OCTAVE)
		return ns;
	if (high) {
		octave = 32;
		word = high;
	}
	if (word >> 16)
		octave += 16, word >>= 16;
	if (word >> 8)
		octave += 8, word >>= 8;
	if (word >> 4)
		octave += 4, word >>= 4;
	if (word >> 2)
		octave += 2, word >>= 2;
	octave += word >> 1;
	octave -= BPF_BUCKET_BITS;
	return BPF_PER_OCTAVE * (octave + 1) +
	       ((ns >> octave) & (BPF_PER_OCTAVE - 1));
}

/*
 * Split a call's time. A goroutine that found no P got one when it ran again: it has left
 * its CPU since, or else that was just before this return.
 */
static __always_inline void add_parts(struct bpf_parts *parts,
				      const struct bpf_open_call *call, __u64 g,
				      __u64 now)
{
	struct bpf_waits *sum = bpf_map_lookup_elem(&waits, &g);
	__u64 ns = now - call->since, blocked, queued, no_p, waited;

	if (!sum)
		return;
	end_wait(sum, now);
	blocked = sum->blocked - call->before.blocked;
	queued = sum->queued - call->before.queued;
	no_p = sum->no_p - call->before.no_p;
	waited = blocked + queued + no_p;
	__sync_fetch_and_add(&parts->calls, 1);
	__sync_fetch_and_add(&parts->ns, ns);
	__sync_fetch_and_add(&parts->blocked, blocked);
	__sync_fetch_and_add(&parts->queued, queued);
	__sync_fetch_and_add(&parts->no_p, no_p);
	if (call->cpu == bpf_get_smp_processor_id())
		return;
	__sync_fetch_and_add(&parts->moved, 1);
	__sync_fetch_and_add(&parts->moved_on, ns > waited ? ns - waited : 0);
}

/* At each of runtime.cgocall's RETs. */
SEC("uprobe")
int at_return(struct pt_regs *regs)
{
	__u64 now = bpf_ktime_get_ns(), ns;
	struct bpf_open_call *call;
	struct bpf_open_key key;
	struct bpf_open_call copy;
	struct bpf_times *sum;
	struct bpf_call of;
	__u32 bucket, octave;

	if (!open_key(&key, regs, regs->rsp))
		return 0;
	call = bpf_map_lookup_elem(&open_calls, &key);
	if (!call || call->window != window)
		return 0;
	copy = *call;
	ns = now - copy.since;
	of.fn = copy.fn;
	of.caller = copy.caller;
	bpf_map_delete_elem(&open_calls, &key);
	sum = sum_of(&times, &of, &no_times);
	bucket = bucket_of(ns);
	if (!sum || bucket >= BPF_BUCKETS) {
		__sync_fetch_and_add(&lost.calls, 1);
		return 0;
	}
	__sync_fetch_and_add(&sum->calls, 1);
	__sync_fetch_and_add(&sum->ns, ns);
	__sync_fetch_and_add(&sum->buckets[bucket], 1);
	if (ns > sum->longest)
		sum->longest = ns;
	octave = bucket / BPF_PER_OCTAVE;
	/* The verifier doesn't follow the bound of the one to the other. */
	barrier_var(octave);
	if (split && octave < BPF_OCTAVES)
		add_parts(&sum->parts[octave], &copy, key.g, now);
	return 0;
}

#endif
