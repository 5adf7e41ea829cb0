/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_STREAM_H
#define SWC_RECORD_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "code.h"
#include "goroutine.h"
#include "tracee.h"

/*
 * One execution of what is recorded, from the first instruction of a function
 * to its end, as it was stepped. The meaning of the addresses is found out
 * later, so that the stepping itself stays short.
 */

/* A bound on memory; stepping this many takes minutes. */
#define STREAM_MAX_STEPS (16u << 20)

struct stream_step {
	uint64_t rsp; /* before the instruction */
	uint32_t code;
	uint16_t flags; /* TRACE_STEP_* */
	uint16_t naccesses;
};

struct stream_access {
	uint64_t address;
	uint32_t size;
	uint32_t flags; /* TRACE_ACCESS_* */
};

struct stream {
	struct stream_step *steps;
	size_t nsteps;
	size_t step_capacity;
	struct stream_access *accesses;
	size_t naccesses;
	size_t access_capacity;
	struct trace_syscall *syscalls; /* step: index into steps */
	size_t nsyscalls;

	pid_t tid;		      /* the thread at the end */
	struct user_regs_struct regs; /* its registers */
	unsigned int migrations;      /* how often the thread changed */
};

/* A stream begins and ends here. */
struct stream_goal {
	pid_t tid;
	struct user_regs_struct entry; /* about to execute the first */
	uint64_t end; /* before this address; 0: when the function returns */
	struct goroutine goroutine;
};

/**
 * stream_follow() - step a thread through the function that it is about to enter
 * @stream: refilled
 * @code: the instructions met so far, added to
 *
 * The function has returned when control is at its return address with the stack
 * as it was before the call; calls that it makes are followed. The goroutine is
 * followed, too: when it has left the thread, and the thread sleeps, or executes
 * something else for long, all threads run until the goroutine goes on on any of
 * them.
 */
int stream_follow(struct stream *stream, struct code *code,
		  struct tracee *tracee, struct stream_goal *goal,
		  struct error *err);

/* Why stepping between two calls ended. */
enum stream_end {
	STREAM_CALL, /* the next call is about to begin */
	STREAM_LIMIT,
	STREAM_SYSCALL,	    /* about to enter the kernel, that may switch */
	STREAM_SIGNAL,	    /* one is held: its handler comes next */
	STREAM_DESCHEDULED, /* the thread executes another goroutine */
	STREAM_INSTRUCTION, /* one of unknown accesses, or that faults */
	STREAM_ENDS,
};

/* stream_end_name() - "call", "limit", ...; see traceformat.h. */
const char *stream_end_name(enum stream_end end);

/**
 * stream_approach() - step a thread from one call towards the next
 * @stream: refilled
 * @goal: as of the earlier call; its goroutine is followed, its entry is where
 *        the thread is
 * @begin: where the next call begins
 * @limit: instructions, at most
 *
 * The other threads stay frozen, so it ends where they may be needed. Signals
 * are held back; with one held, nothing is stepped.
 *
 * Return: an enum stream_end, or -1 with @err set.
 */
int stream_approach(struct stream *stream, struct code *code,
		    struct tracee *tracee, struct stream_goal *goal,
		    uint64_t begin, size_t limit, struct error *err);
void stream_free(struct stream *stream);

#endif
