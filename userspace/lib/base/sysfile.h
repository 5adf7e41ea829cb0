/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SYSFILE_H
#define SWC_LIB_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The small files of /sys and /proc, and of trees that stand in for them. All
 * functions use async-signal-safe calls only and keep nothing between calls,
 * except sysfile_path().
 */

/* sysfile_path() - put @root before @path, which begins with "/". */
void sysfile_path(char *full, size_t bytes, const char *root, const char *path);

/**
 * sysfile_read() - read a whole file
 * @path: the file
 * @text: its bytes as they are, and a NUL
 * @bytes: room in @text, the NUL included
 *
 * Return: length, or -errno; -E2BIG if it doesn't fit.
 */
ssize_t sysfile_read(const char *path, char *text, size_t bytes);

/* sysfile_write() - replace the content in one write. Return: 0 or -errno. */
int sysfile_write(const char *path, const char *text);

/*
 * sysfile_value() - the value in a file's text: the word in brackets if it
 * lists alternatives ("always [madvise] never"), else all but the newline.
 */
void sysfile_value(const char *text, char *value, size_t bytes);

#endif
