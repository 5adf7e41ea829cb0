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
 * to its end, as it was stepped. What the addresses mean is found out later, so
 * that the stepping itself stays short.
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

/* Where it begins and ends. */
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
 * The function has returned when control is at its return address with the
 * stack as it was before the call; calls that it makes are followed. So is the
 * goroutine: when it has left the thread, and that sleeps, or executes
 * something else for long, all threads run until it goes on on any of them.
 */
int stream_follow(struct stream *stream, struct code *code,
		  struct tracee *tracee, struct stream_goal *goal,
		  struct error *err);
void stream_free(struct stream *stream);

#endif
