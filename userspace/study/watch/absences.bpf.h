/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_ABSENCES_BPF_H
#define SWC_WATCH_ABSENCES_BPF_H

/* Time that threads have no CPU, and goroutines no P. */
#include "target.bpf.h"

/* Each call's time is split into parts. */
bool split;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_THREADS);
	__type(key, __u32);
	__type(value, struct bpf_absence);
} absent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_ABSENCE_KEYS);
	__type(key, struct bpf_absence_key);
	__type(value, struct bpf_absence_sum);
} absences SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_GOROUTINES);
	__type(key, __u64);
	__type(value, struct bpf_waits);
} waits SEC(".maps");

/* The goroutine has a P again: it runs, or has just been running. */
static __always_inline void end_wait(struct bpf_waits *sum, __u64 now)
{
	if (!sum->no_p_since)
		return;
	__sync_fetch_and_add(&sum->no_p, now - sum->no_p_since);
	sum->no_p_since = 0;
}

/* A goroutine's thread leaves its CPU. */
static __always_inline void pause_goroutine(__u64 g, __u64 now)
{
	struct bpf_waits *sum = bpf_map_lookup_elem(&waits, &g);

	if (sum)
		end_wait(sum, now);
}

static __always_inline void leave_cpu(struct task_struct *task, bool preempted)
{
	struct bpf_absence absence = {0};
	struct place place;
	__u32 tid = task->pid;

	find_place(&place, task);
	absence.call = place.call;
	absence.g = place.g;
	absence.state = place.state;
	absence.since = bpf_ktime_get_ns();
	absence.blocked = !preempted;
	if (split && place.g)
		pause_goroutine(place.g, absence.since);
	if (bpf_map_update_elem(&absent, &tid, &absence, BPF_ANY))
		__sync_fetch_and_add(&lost.absences, 1);
}

/* Add to what the goroutine waits in its call. */
static __always_inline void add_wait(__u64 g, __u64 blocked, __u64 queued)
{
	struct bpf_waits *sum = bpf_map_lookup_elem(&waits, &g);

	if (!sum)
		return; /* it has made no call that is timed */
	__sync_fetch_and_add(&sum->blocked, blocked);
	__sync_fetch_and_add(&sum->queued, queued);
}

static __always_inline void come_back(struct task_struct *task)
{
	struct bpf_absence_sum none = {0}, *sum;
	struct bpf_absence_key key = {0};
	struct bpf_absence *absence;
	__u64 now, all, blocked = 0;
	__u32 tid = task->pid;

	absence = bpf_map_lookup_elem(&absent, &tid);
	if (!absence)
		return;
	now = bpf_ktime_get_ns();
	all = now - absence->since;
	if (absence->blocked && absence->woken > absence->since)
		blocked = absence->woken - absence->since;
	key.call = absence->call;
	key.state = absence->state;
	if (split && absence->g)
		add_wait(absence->g, blocked, all - blocked);
	bpf_map_delete_elem(&absent, &tid);
	sum = sum_of(&absences, &key, &none);
	if (!sum) {
		__sync_fetch_and_add(&lost.absences, 1);
		return;
	}
	__sync_fetch_and_add(&sum->times, 1);
	__sync_fetch_and_add(&sum->blocked_ns, blocked);
	__sync_fetch_and_add(&sum->queued_ns, all - blocked);
	if (all > sum->longest_ns) /* two at a time may lose one: no sum */
		sum->longest_ns = all;
}

/*
 * An absence that has begun while the probes were on counts in full, however long they
 * have been off when it ends: cut off, or taken for one with the next, it would be of a
 * block's length and not of its own.
 */
SEC("tp_btf/sched_switch")
int BPF_PROG(at_switch, bool preempted, struct task_struct *prev,
	     struct task_struct *next)
{
	if (next->tgid == target.tgid)
		come_back(next);
	if (on && prev->tgid == target.tgid)
		leave_cpu(prev, preempted);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(at_waking, struct task_struct *task)
{
	struct bpf_absence *absence;
	__u32 tid;

	if (task->tgid != target.tgid)
		return 0;
	tid = task->pid;
	absence = bpf_map_lookup_elem(&absent, &tid);
	if (absence) {
		absence->woken = bpf_ktime_get_ns();
		__sync_fetch_and_add(&counts.wakeups, 1);
	}
	return 0;
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(at_migration, struct task_struct *task, int cpu)
{
	struct bpf_absence *absence;
	__u32 tid;

	if (!on || task->tgid != target.tgid)
		return 0;
	tid = task->pid;
	__sync_fetch_and_add(&counts.migrations, 1);
	absence = bpf_map_lookup_elem(&absent, &tid);
	if (absence && absence->state == BPF_IN_C)
		__sync_fetch_and_add(&counts.migrations_in_c, 1);
	return 0;
}

#endif
