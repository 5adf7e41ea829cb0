// SPDX-License-Identifier: GPL-2.0
/*
 * These programs count in the kernel for switchcost watch. Nothing here waits, and
 * nothing is sent to user space event by event: each program adds to a map, which the
 * command reads from time to time. Events that find no room are counted as lost.
 */
#include "calls.bpf.h"
#include "samples.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct bpf_last last;

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
