/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_SESSION_H
#define SWC_WATCH_SESSION_H

#include <stdio.h>

#include "callnames.h"
#include "child.h"
#include "eachcall.h"
#include "probes.h"
#include "slices.h"
#include "watching.h"

/* A program that is being watched, and all that is needed for it. */
struct session {
	const struct watch_options *options;
	struct watch *watch;
	pid_t pid;
	struct child child; /* of one's own; pid 0: none */
	int process_fd;	    /* readable when it has ended */
	int signal_fd;
	FILE *stream;

	char *path; /* of the program's file; NULL: not of Go */
	struct goimage *image;
	bool image_known;
	bool is_program; /* the image is the program, not a library */
	unsigned int looked;
	struct goprocess process;

	struct probes *probes; /* NULL: counts only */
	struct eachcall *each;
	struct callnames *names;
	struct slices *slices;
	uint64_t samples_before[CALLKINDS]; /* those that are in slices */
	uint64_t slow_before[SLOWPATHS];
	double slow_cpu_ns;
	unsigned int pairs;

	bool spoilt;	      /* the last block is about probes of each call */
	bool always_on;	      /* no blocks without probes */
	struct progress bare; /* of the blocks without them */
	bool over;
	double began;
	uint64_t calls; /* as they were read last */
	uint64_t calls_before;
	double read_at;
	double cpu_ns;
	double cpu_before;
	double streamed;
	uint64_t calls_streamed;
};

/*
 * session_begin() - start the program, or look at the process, with the probes in place.
 * session_end() also after a failure. Return: 0, or -1 with @err set.
 */
int session_begin(struct session *session, struct watch *watch,
		  const struct watch_options *options, struct error *err);
void session_end(struct session *session);

/*
 * session_attach() - put the probes on the functions of the image, which is in @file
 * @from_start: nothing of the program has run yet
 */
void session_attach(struct session *session, const char *file, bool from_start);

/* session_attach_binder() - likewise on the dynamic linker of a process that runs. */
void session_attach_binder(struct session *session);

#endif
