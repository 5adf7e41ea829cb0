/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROCESS_CHILD_H
#define SWC_PROCESS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "error.h"

/*
 * A program that the command starts, and then leaves alone: it isn't traced, nothing of
 * the command is in it, and it lives on whatever becomes of the command.
 */
struct child {
	pid_t pid;
	int go;	    /* a byte lets it begin */
	int failed; /* an errno, if it couldn't; closed by its exec */
};

/**
 * child_path() - the file that execvp() would run
 * @name: the command's first word
 * Return: its path, to be freed, or NULL with @err set
 */
char *child_path(const char *name, struct error *err);

/*
 * child_prepare() - make the process, which waits for child_start(). Its standard output
 * will be standard error. Return: 0, or -1 with @err set.
 */
int child_prepare(struct child *child, char *const *argv, struct error *err);

/* child_start() - let it become the program. Return: 0, or -1 with @err set. */
int child_start(struct child *child, const char *name, struct error *err);

/* child_abandon() - end one that never started. Harmless after child_start(). */
void child_abandon(struct child *child);

#endif
