/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_MAPPED_H
#define SWC_RECORD_MAPPED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/*
 * A process has this mapped at an address. The path that the kernel names is the
 * process's own: in another mount namespace, or after a replacement, the same
 * path leads the recorder to another file, whose symbols are at other places.
 */
struct mapped {
	uint64_t start;
	uint64_t end; /* one past the last byte */
	bool executable;
	bool shared; /* writes to it reach others who map it */
	unsigned int major;
	unsigned int minor;
	uint64_t inode; /* 0: no file */
	char *path;	/* as the process sees it, or "" */
};

/**
 * mapped_find() - look at the mapping that holds @address
 * @mapped: filled; mapped_free() also after a failure
 *
 * Return: 0, or -1: nothing is mapped there, or the process has ended.
 */
int mapped_find(struct mapped *mapped, pid_t pid, uint64_t address);
void mapped_free(struct mapped *mapped);

/**
 * mapped_open() - open the file that is mapped, and no other
 * @mapped: the first mapping of the file, whose head it holds
 * @pid: the process
 * @err: set on failure: why, and what helps
 *
 * A file is taken for the mapped one if the kernel says so
 * (/proc/PID/map_files, which needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE),
 * if its device and inode are those of the mapping, or if it has the build ID
 * that the memory has.
 *
 * Return: a file descriptor for reading, or -1 with @err set.
 */
int mapped_open(const struct mapped *mapped, pid_t pid, struct error *err);

/*
 * mapped_undeleted() - cut off " (deleted)", which the kernel appends to the path
 * of a file that is gone.
 */
void mapped_undeleted(char *path);

#endif
