/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_TARGET_BPF_H
#define SWC_WATCH_TARGET_BPF_H

/*
 * The program that is watched, as the kernel sees it: where a thread of it is, which its
 * own memory says.
 *
 * The kernel's structures are declared with the members that are used alone; where
 * these lie is found when the programs are loaded (CO-RE), so the build needs no BTF of
 * the kernel that it runs on.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "bpfshared.h"

#define KERNEL_STRUCT __attribute__((preserve_access_index))

struct thread_struct {
	unsigned long fsbase;
} KERNEL_STRUCT;

struct mm_struct {
	unsigned long start_code;
} KERNEL_STRUCT;

struct task_struct {
	int pid;
	int tgid;
	struct mm_struct *mm;
	struct thread_struct thread;
} KERNEL_STRUCT;

struct inode {
	unsigned long i_ino;
} KERNEL_STRUCT;

struct file {
	struct inode *f_inode;
} KERNEL_STRUCT;

struct linux_binprm {
	struct file *file;
} KERNEL_STRUCT;

struct bpf_target target;
struct bpf_lost lost;
struct bpf_counts counts;

/* Off between the blocks that are measured with the probes on. */
bool on;

static __always_inline bool read_user(void *to, __u32 size, __u64 address)
{
	return !bpf_probe_read_user(to, size, (void *)address);
}

static __always_inline __u64 read_word(__u64 address, bool *failed)
{
	__u64 word = 0;

	if (!read_user(&word, sizeof(word), address))
		*failed = true;
	return word;
}

/* A thread's place: its state, the goroutine that it runs, and in C the call. */
struct place {
	struct bpf_call call;
	__u64 g;
	enum bpf_state state;
};

/*
 * The call that the thread is in. While C runs below runtime.asmcgocall, the thread's g
 * is that of its own stack, m.ncgo isn't 0, and the goroutine has saved its stack
 * pointer in asmcgocall's frame. That frame's arguments, of which the first is the C
 * function, lie above the return address and the frame pointer that it has pushed since Go
 * 1.21. The frame pointer leads to the frame of runtime.cgocall, over which lies the
 * return address into its caller. The stack doesn't move meanwhile (isShrinkStackSafe),
 * and a call back into Go saves and restores all of it.
 */
static __always_inline void read_call(struct place *place, __u64 m,
				      bool *failed)
{
	__u64 g = read_word(m + target.m_curg, failed), sp, bp;

	if (!g)
		return;
	sp = read_word(g + target.g_sp, failed);
	bp = read_word(g + target.g_bp, failed);
	place->call.fn = read_word(sp + target.fn, failed);
	place->g = g;
	if (target.fn > 8)
		bp = read_word(bp, failed);
	/* Without it the call has still its function. */
	read_user(&place->call.caller, sizeof(place->call.caller), bp + 8);
	place->state = BPF_IN_C;
}

static __always_inline void find_place(struct place *place,
				       struct task_struct *task)
{
	__u64 base = task->thread.fsbase, g, m, g0;
	bool failed = false;
	__u8 in_c = 0;
	__u32 n = 0;

	place->call.fn = place->call.caller = place->g = 0;
	place->state = BPF_NO_GO;
	if (!target.ready || !base)
		return;
	g = read_word(base + (__u64)target.g_offset, &failed);
	if (failed || !g)
		return;
	m = read_word(g + target.g_m, &failed);
	g0 = read_word(m + target.m_g0, &failed);
	if (g != g0) {
		place->state = failed ? BPF_NO_GO : BPF_GO;
		place->g = failed ? 0 : g;
		return;
	}
	if (!read_user(&in_c, sizeof(in_c), m + target.m_incgo) ||
	    !read_user(&n, sizeof(n), m + target.m_ncgo))
		failed = true;
	if (!in_c)
		place->state = BPF_SYSTEM;
	else if (n)
		read_call(place, m, &failed);
	if (failed) {
		place->call.fn = place->call.caller = 0;
		place->state = BPF_NO_GO;
		__sync_fetch_and_add(&lost.unread, 1);
	}
}

/*
 * A map's sum of a key, which begins as @none; NULL: no room. Two CPUs may find at once that
 * a key is new: the one whose update comes second finds the other's.
 */
static __always_inline void *sum_of(void *map, const void *key,
				    const void *none)
{
	void *sum = bpf_map_lookup_elem(map, key);

	if (sum)
		return sum;
	bpf_map_update_elem(map, key, none, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* Count one more of a key, or one more that is lost. */
static __always_inline void count(void *map, const void *key, __u64 *lost_too)
{
	__u64 none = 0, *n = sum_of(map, key, &none);

	__sync_fetch_and_add(n ?: lost_too, 1);
}

#endif
