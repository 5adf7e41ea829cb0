/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_APART_H
#define SWC_LIB_APART_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "run.h"

/*
 * The processes of a run, each for itself: the command is executed once more, makes the
 * same plan of the same words, and its source takes the samples that the loop in here
 * asks for, through a socket:
 *
 *	the command                    the same command, with --process-of
 *	run_rounds(plan)               run_rounds(the same plan), which serves
 *	  start, ready, take  ------>  its source's start, ready, take
 *	                      <------  rows
 *	  end                 ------>  its source's end; it exits
 *
 * So the loop, its seed and its stop rule stay one, and what a process gets once is drawn
 * anew for each: the kernel places its memory, and its environment has another length,
 * which moves the stack of the first thread (Mytkowicz et al., "Producing wrong data
 * without doing anything obviously wrong!", ASPLOS 2009).
 */

/* The option by which the command learns that it serves, and on which descriptor. */
#define APART_OPTION "process-of"

/*
 * This variable lengthens the environment, by 0 to so many bytes: all places in
 * a page.
 */
#define APART_PADDING	    "SWITCHCOST_PADDING"
#define APART_PADDING_BYTES 4096u

/**
 * struct run_shared - what of a source both sides know
 * @at: where it lies, in each process
 * @bytes: of it, without pointers
 *
 * It goes along with each request, and comes back with the answer.
 */
struct run_shared {
	void *at;
	size_t bytes;
};

/**
 * struct run_apart - how the command is executed once more
 * @verb: which verb it is
 * @arguments: its words after that; ends with NULL
 * @served: the descriptor of --process-of; 0: this is no such process
 * @shared: of the source
 * @nshared: how many
 */
struct run_apart {
	const char *verb;
	char *const *arguments;
	int served;
	const struct run_shared *shared;
	size_t nshared;
};

/**
 * struct apart - the other process, as the context of a source
 * @options: how it is executed
 * @seed: of the run
 * @process: which is next, from 0
 * @pid: 0: none
 * @socket: to it
 */
struct apart {
	const struct run_apart *options;
	uint64_t seed;
	unsigned int process;
	pid_t pid;
	int socket;
};

/* apart_source() - the source that asks such processes, one after the other. */
struct run_source apart_source(struct apart *apart);

/*
 * apart_serve() - take samples from @source as they are asked for, until nobody asks any
 * more. Never returns.
 */
void apart_serve(const struct run_source *source,
		 const struct run_apart *options) __attribute__((noreturn));

/* apart_padding() - bytes by which a process's environment is longer. */
uint32_t apart_padding(uint64_t seed, unsigned int process);

#endif
