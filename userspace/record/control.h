/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_CONTROL_H
#define SWC_RECORD_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "error.h"

struct tracee;

/*
 * Stopping the threads of the traced process and letting them go on: one alone,
 * instruction by instruction, or all of them up to a place. While one thread is
 * stepped, the others stay frozen: otherwise a Go program's monitor thread
 * would find the stepped thread slow and take its processor away.
 */

/*
 * control_deliver_held() - hand the signals that were held back to the stopped
 * thread that they were for.
 */
int control_deliver_held(struct tracee *t, struct error *err);

/**
 * control_run_to() - let the threads run until one is about to execute @address
 * @what: the name of the place, for messages
 * @alone: a thread to let run without the others, unless it sleeps for a tick
 *         or two, or takes a second: it may wait for them; 0: all run at once
 * @tid: set to the thread that came first
 *
 * Return: 0 with all threads stopped, or -1 with @err set.
 */
int control_run_to(struct tracee *t, uint64_t address, const char *what,
		   pid_t alone, pid_t *tid, struct error *err);

/* A place where a goroutine goes on, perhaps on another thread. */
struct control_watch {
	uint64_t address;
	/* Is the right one here? 1 yes, 0 no, -1 with @err set. */
	int (*is_here)(void *data, pid_t tid, struct error *err);
	void *data;
};

/**
 * control_step() - execute one instruction of one thread
 * @t: the process
 * @tid: the thread; set to another one if @watch was met
 * @syscall: the instruction enters the kernel: while it blocks, the other
 * 	threads run
 * @watch: what else ends a system call that blocks, or NULL
 * @regs: in: those before the step; out: those after it
 *
 * Signals that arrive are held back; control_deliver_held() delivers them, and
 * so does control_run_to().
 *
 * Return: 0 the step is complete; 1 another thread has met @watch, and the step
 * is left unfinished; -1 with @err set.
 */
int control_step(struct tracee *t, pid_t *tid, bool syscall,
		 const struct control_watch *watch,
		 struct user_regs_struct *regs, struct error *err);

/* control_await() - let all threads run until one meets @watch. */
int control_await(struct tracee *t, const struct control_watch *watch,
		  pid_t *tid, struct error *err);

/*
 * control_run_over() - let one thread alone run until @address, which is the
 * end of one instruction, without the trap flag. @shared: @address is in memory
 * that other processes see.
 */
int control_run_over(struct tracee *t, pid_t tid, uint64_t address, bool shared,
		     struct user_regs_struct *regs, struct error *err);

#endif
