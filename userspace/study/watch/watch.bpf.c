// SPDX-License-Identifier: GPL-2.0
/*
 * These programs count in the kernel for switchcost watch. Nothing here waits, and
 * nothing is sent to user space event by event: each program adds to a map, which the
 * command reads from time to time. Events that find no room are counted as lost.
 *
 * The kernel's structures are declared with the members that are used alone; where
 * these lie is found when the programs are loaded (CO-RE), so the build needs no BTF of
 * the kernel that it runs on.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "bpfshared.h"

char LICENSE[] SEC("license") = "GPL";

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
struct bpf_last last;
struct bpf_lost lost;
struct bpf_counts counts;

/* Off between the blocks that are measured with the probes on. */
bool on;

/* The number of the window in which each call is probed. */
__u64 window;

/* Each call's time is split into parts. */
bool split;

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
	__uint(max_entries, BPF_OPEN_CALLS);
	__type(key, struct bpf_open_key);
	__type(value, struct bpf_open_call);
} open_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_GOROUTINES);
	__type(key, __u64);
	__type(value, struct bpf_waits);
} waits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_FUNCTIONS);
	__type(key, struct bpf_call);
	__type(value, struct bpf_times);
} times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_SLOW_KEYS);
	__type(key, struct bpf_slow_key);
	__type(value, __u64);
} slow SEC(".maps");

/* A value that is too large for the stack, to put into the map. */
struct bpf_times no_times;

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
 * pointer in asmcgocall's frame. There lie, behind the frame pointer that it has pushed
 * since Go 1.21 and the return address, its arguments, of which the first is the C
 * function. The frame pointer leads to the frame of runtime.cgocall, over which lies the
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

/* The program's file is loaded where it is: the rest of target holds. */
static __always_inline __u64 bias_of(struct task_struct *task)
{
	if (!target.inode)
		return target.bias;
	return BPF_CORE_READ(task, mm, start_code) - target.link_text;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(at_exec, struct task_struct *task, int old_pid,
	     struct linux_binprm *bprm)
{
	if (task->tgid == target.tgid)
		target.ready = target.inode &&
			       bprm->file->f_inode->i_ino == target.inode;
	return 0;
}

struct sum {
	__u64 m;
	__u64 calls;
	bool failed;
};

static long add_thread(__u32 i, struct sum *sum)
{
	if (!sum->m || sum->failed)
		return 1;
	sum->calls += read_word(sum->m + target.m_ncgocall, &sum->failed);
	sum->m = read_word(sum->m + target.m_alllink, &sum->failed);
	return 0;
}

/* Read the counts of the current process, whose memory is about to go. */
static __always_inline void read_last(struct task_struct *task)
{
	struct sum sum = {0};
	__u64 bias;

	if (task->tgid != target.tgid || !target.ready || !task->mm)
		return;
	bias = bias_of(task);
	sum.calls = read_word(target.dead_calls + bias, &sum.failed);
	sum.m = read_word(target.allm + bias, &sum.failed);
	bpf_loop(1 << 20, add_thread, &sum, 0);
	if (sum.failed || sum.m) {
		last.failed = 1;
		return;
	}
	last.seen = 1;
	if (sum.calls >= last.calls) {
		last.calls = sum.calls;
		last.ns = bpf_ktime_get_ns();
	}
}

/*
 * The process ends, by exit_group or by a signal. Its other threads come here, too, as
 * they are killed, and may have made further calls until then. Since Linux 6.16 the
 * tracepoint of a thread's end comes while its memory is still there; before, only the
 * function that ends a process will do (probes.c chooses).
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(at_thread_end, struct task_struct *task)
{
	read_last(task);
	return 0;
}

SEC("fentry/do_group_exit")
int BPF_PROG(at_group_end, int code)
{
	read_last(bpf_get_current_task_btf());
	return 0;
}

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
