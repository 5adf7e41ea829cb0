/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROCESS_GOPROCESS_H
#define SWC_PROCESS_GOPROCESS_H

#include <sys/types.h>

#include "goimage.h"

/* A process that runs, and the Go runtime in it; nothing stops for what is read. */
struct goprocess {
	pid_t pid;
	const struct goimage *image;
	uint64_t bias; /* from the file's addresses to the process's */
	char file[96]; /* a path that leads to the file, from any mount namespace */
};

/**
 * goprocess_find() - look for a file that has a Go runtime among those that are mapped
 * @pid: the process
 * @image: filled; goimage_close() also after a failure
 * @process: filled
 * @err: set on failure: there is none, or it may not be read
 *
 * The program itself is looked at first, then its libraries.
 */
int goprocess_find(pid_t pid, struct goimage *image, struct goprocess *process,
		   struct error *err);

/*
 * goprocess_locate() - where a file that has been read already is loaded, by its inode.
 * Return: false: not, or not yet.
 */
bool goprocess_locate(pid_t pid, const struct goimage *image,
		      struct goprocess *process);

/* The place of some code in a file that the process maps. */
struct goplace {
	char file[96]; /* a path that leads to it, from any mount namespace */
	uint64_t offset;
};

/**
 * goprocess_binder() - the dynamic linker's code that binds a function at its first call
 * @place: filled
 *
 * Through the third word of the PLT's table the program reaches it (System V ABI, AMD64
 * supplement, 5.2). The dynamic linker writes that before the program's first instruction,
 * and nothing if all functions are bound at the start (-z now, LD_BIND_NOW).
 *
 * Return: false: there is none, or not yet.
 */
bool goprocess_binder(const struct goprocess *process, struct goplace *place);

/* goprocess_g_offset() - of the g pointer from the thread pointer. */
bool goprocess_g_offset(const struct goprocess *process, int64_t *offset);

/**
 * goprocess_calls() - the cgo calls that have begun so far
 * @calls: set; those of threads that have ended are in it
 *
 * The runtime's list of threads is read while the program goes on: a thread that ends
 * meanwhile may be missed once. What was read in the middle of a change is recognized,
 * and read again.
 *
 * Return: 0, -EPERM: not permitted, -ESRCH: the process has ended, -EAGAIN: the list
 * changes too quickly, or the runtime hasn't begun.
 */
int goprocess_calls(const struct goprocess *process, uint64_t *calls);

#endif
