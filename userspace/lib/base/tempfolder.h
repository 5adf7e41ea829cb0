/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TEMPFOLDER_H
#define SWC_LIB_TEMPFOLDER_H

#include "error.h"

/* Files in such a folder have short names: both fit into PATH_MAX. */
#define TEMPFOLDER_BYTES (4096 - 64)

/*
 * tempfolder_make() - a new folder of this process's own, below TMPDIR, or /tmp
 * @path: filled; "" on failure
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int tempfolder_make(char path[TEMPFOLDER_BYTES], struct error *err);

/*
 * tempfolder_remove() - the folder, with all that is in it; of "", nothing. Links are
 * removed, not followed. Whatever can't be removed is named on stderr.
 */
void tempfolder_remove(const char *path);

#endif
