/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROCESS_GORUNTIME_H
#define SWC_PROCESS_GORUNTIME_H

#include "goimage.h"

/**
 * goruntime_open() - read a file, and what it describes of the runtime in it
 * @image: filled; goimage_close() also after a failure
 * @fd: the file, which the image owns from now on
 * @name: of the file, for messages
 *
 * Symbols and DWARF say where functions, variables and fields are; of a stripped file the
 * runtime's own table and its code do.
 *
 * Return: 0, or -1 with @err set: not of Go, or what is looked for isn't in it.
 */
int goruntime_open(struct goimage *image, int fd, const char *name,
		   struct error *err);

#endif
