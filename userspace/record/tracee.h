/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_TRACEE_H
#define SWC_RECORD_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "../lib/error.h"

/*
 * The process under ptrace, with all its threads.
 *
 * Between calls every thread is stopped and no breakpoint is planted. While one
 * thread is stepped, the others stay frozen: a Go program's monitor thread
 * would otherwise find the stepped thread slow and take its processor away.
 */

struct tracee_thread {
	pid_t tid;
	bool stopped;
	int signal; /* arrived when it was frozen; delivered by the thaw */
};

struct tracee {
	const char *name; /* for messages */
	pid_t pid;
	int memory;	 /* /proc/PID/mem */
	double deadline; /* of interrupt_now()'s clock */

	struct tracee_thread *threads;
	size_t nthreads;
	size_t capacity;

	uint64_t breakpoint; /* where, while one is planted */
	uint8_t replaced;    /* the byte under it */
	bool planted;

	pid_t held_for; /* signals that came while this thread was stepped */
	uint64_t held;	/* bit N: signal N */
};

/**
 * tracee_start() - start a program and stop it at its first instruction
 * @t: filled; to be ended by tracee_end(), also after a failure
 * @argv: the command; looked up in PATH
 * @timeout_s: how long this and each later wait may take
 *
 * Its standard output goes to standard error, which leaves the caller's alone.
 * It runs on the CPUs that the caller may run on.
 */
int tracee_start(struct tracee *t, char *const *argv, double timeout_s,
		 struct error *err);

/* tracee_end() - kill the process and collect its threads. */
void tracee_end(struct tracee *t);

/* tracee_set_timeout() - let the waits from now on end after @seconds. */
void tracee_set_timeout(struct tracee *t, double seconds);

/**
 * tracee_run_to() - let the threads run until one is about to execute @address
 * @what: the name of the place, for messages
 * @alone: a thread to let run without the others, as long as it takes less
 *         than a tick or two (it may wait for them); 0: all run at once
 * @tid: set to the thread that came first
 *
 * Return: 0 with all threads stopped, or -1 with @err set.
 */
int tracee_run_to(struct tracee *t, uint64_t address, const char *what,
		  pid_t alone, pid_t *tid, struct error *err);

/**
 * tracee_step() - execute one instruction of one thread
 * @syscall: it enters the kernel: when it blocks, the other threads run on
 * @regs: the registers after it
 *
 * Signals that arrive are held back, and delivered by the next tracee_run_to().
 */
int tracee_step(struct tracee *t, pid_t tid, bool syscall,
		struct user_regs_struct *regs, struct error *err);

/*
 * tracee_run_over() - let one thread alone run until @address, which is the end
 * of a REP instruction: stepping would trap after each of its iterations.
 */
int tracee_run_over(struct tracee *t, pid_t tid, uint64_t address,
		    struct user_regs_struct *regs, struct error *err);

int tracee_registers(struct tracee *t, pid_t tid, struct user_regs_struct *regs,
		     struct error *err);

/* tracee_read() - read memory. Return: 0, or -1 with @err set. */
int tracee_read(struct tracee *t, uint64_t address, void *buffer, size_t bytes,
		struct error *err);
int tracee_read_word(struct tracee *t, uint64_t address, uint64_t *word,
		     struct error *err);

/* tracee_read_some() - read what is readable. Return: bytes, 0 for none. */
size_t tracee_read_some(struct tracee *t, uint64_t address, void *buffer,
			size_t bytes);

/*
 * tracee_check_machine() - refuse a program that is not 64-bit x86 code. Before
 * tracee_entry(), which could not make sense of it.
 */
int tracee_check_machine(struct tracee *t, struct error *err);

/* tracee_entry() - the address of the program's first own instruction. */
int tracee_entry(struct tracee *t, uint64_t *address, struct error *err);

#endif
