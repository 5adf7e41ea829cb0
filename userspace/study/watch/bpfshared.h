/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_BPFSHARED_H
#define SWC_WATCH_BPFSHARED_H

#include <linux/types.h>

/*
 * watch.bpf.c, in the kernel, and the program that loads it share these structures.
 * Both compile this file.
 */

/* The process that is watched, and where its Go runtime keeps what is read. */
struct bpf_target {
	__u32 tgid;  /* the process */
	__u32 ready; /* the rest holds for what it executes now */
	__u64 inode; /* of the program's file; 0: the rest is of a library */
	__u64 link_text; /* lowest executable address in the file */
	__u64 bias; /* of a library; of a program it is found at its start */
	__u64 allm; /* link address of runtime.allm */
	__u64 dead_calls; /* link address of runtime.ncgocall */
	__s64 g_offset;	  /* of the g pointer, from the thread pointer */
	__u32 g_m;	  /* offsets in the runtime's structures */
	__u32 g_sp;
	__u32 g_bp;
	__u32 g_stack_high;
	__u32 m_g0;
	__u32 m_curg;
	__u32 m_incgo;
	__u32 m_ncgo;
	__u32 m_ncgocall;
	__u32 m_alllink;
	__u32 fn; /* of asmcgocall's argument, from the stack pointer */
};

/* The counts when the process ended. */
struct bpf_last {
	__u32 seen;   /* it ended, and all could be read */
	__u32 failed; /* it ended, and something couldn't */
	__u64 calls;
	__u64 ns; /* CLOCK_MONOTONIC */
};

/* A thread is in one of these states. */
enum bpf_state {
	BPF_NO_GO, /* a thread that Go doesn't know, or that C has for itself */
	BPF_GO,	   /* a goroutine */
	BPF_SYSTEM, /* the runtime, on the thread's own stack */
	BPF_IN_C,   /* below a cgo call */
	BPF_STATES
};

/* The call that a thread is in: the C function, and its caller in Go. */
struct bpf_call {
	__u64 fn;
	__u64 caller;
};

/* Samples are counted by this. */
struct bpf_sample_key {
	struct bpf_call call; /* in C only */
	__u64 ip;	      /* elsewhere only */
	__u64 state;
};

/* Go's code has as many keys as addresses that were interrupted. */
#define BPF_SAMPLE_KEYS 32768

/* Interrupts that came while the program had the CPU, by the same key. */
struct bpf_interrupts {
	__u64 times;
	__u64 handler_ns; /* in the kernel's handlers */
};

/*
 * Samples with their stacks: the address that was executed first, and then who called.
 * Below a cgo call the second is the C function itself, and the rest is Go's.
 */
#define BPF_FRAMES 48

struct bpf_stack_key {
	__u32 state;
	__u32 kernel; /* in a system call, say, that the address has made */
	__u64 frames[BPF_FRAMES]; /* 0 ends them */
};

#define BPF_STACKS 16384

/* A thread has left its CPU: the call and state that it was in, and since when. */
struct bpf_absence {
	struct bpf_call call;
	__u64 since;
	__u64 woken; /* 0: not yet */
	__u64 g;     /* the goroutine that it is for; 0: none */
	__u32 state;
	__u32 blocked; /* it waits for something; else for a CPU */
};

/* Time without a CPU, by state and call. */
struct bpf_absence_key {
	struct bpf_call call;
	__u64 state;
};

struct bpf_absence_sum {
	__u64 times;	  /* it left the CPU */
	__u64 blocked_ns; /* until it was woken */
	__u64 queued_ns;  /* from then, or from its preemption, until it ran */
	__u64 longest_ns;
};

#define BPF_ABSENCE_KEYS 4096
#define BPF_THREADS	 16384

/* Slow paths, which uprobes count: a number of slowpath.h, and who called it. */
struct bpf_slow_key {
	__u64 path;
	__u64 caller;
};

#define BPF_SLOW_KEYS 512

/* Added to the number: from this function on the goroutine waits for a P. */
#define BPF_SLOW_WAITS 256

/* A goroutine's waits since it was first seen in a call, in nanoseconds. */
struct bpf_waits {
	__u64 blocked;	  /* its thread waited for something */
	__u64 queued;	  /* its thread waited for a CPU */
	__u64 no_p;	  /* it waited for a P, and had no thread */
	__u64 no_p_since; /* 0: it doesn't */
};

#define BPF_GOROUTINES 65536

/* A call that was seen to begin, by its goroutine and its place on its stack. */
struct bpf_open_key {
	__u64 g;
	__u64 depth;
};

struct bpf_open_call {
	__u64 since;
	__u64 fn;
	__u64 caller;
	__u64 window;
	__u64 cpu;
	struct bpf_waits before; /* those until then */
};

#define BPF_OPEN_CALLS 65536

/*
 * Times of calls: bucket 0 to 31 are nanoseconds, then each power of two has 32.
 */
#define BPF_BUCKET_BITS 5
#define BPF_PER_OCTAVE	(1 << BPF_BUCKET_BITS)
#define BPF_OCTAVES	38
#define BPF_BUCKETS	(BPF_PER_OCTAVE * BPF_OCTAVES)

/* The parts of some calls' time: sums. */
struct bpf_parts {
	__u64 calls;
	__u64 ns;
	__u64 blocked;
	__u64 queued;
	__u64 no_p;
	__u64 moved;	/* calls that ended on another CPU than they began on */
	__u64 moved_on; /* their time on CPUs */
};

struct bpf_times {
	__u64 begun;
	__u64 calls; /* that have returned */
	__u64 ns;
	__u64 longest;
	__u32 buckets[BPF_BUCKETS];
	struct bpf_parts parts[BPF_OCTAVES]; /* of the calls in its buckets */
};

#define BPF_FUNCTIONS 512

/* Losses are counted by kind. */
struct bpf_lost {
	__u64 samples;	  /* no room for another key */
	__u64 absences;	  /* likewise */
	__u64 calls;	  /* likewise */
	__u64 slow;	  /* likewise */
	__u64 unread;	  /* a thread's state couldn't be read */
	__u64 interrupts; /* no room for another key */
};

struct bpf_counts {
	__u64 samples; /* of the process */
	__u64 wakeups;
	__u64 migrations;
	__u64 migrations_in_c;
};

#endif
