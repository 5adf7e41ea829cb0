/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROCESS_GOPCLNTAB_H
#define SWC_PROCESS_GOPCLNTAB_H

#include "goimage.h"

/**
 * gopclntab_read() - the functions of Go, by the table that the runtime needs itself for
 * its tracebacks, and that stripping leaves
 * @image: with its file read; its functions are set
 * @name: of the file, for messages
 *
 * Of C's functions it has none. Return: 0, or -1 with @err set.
 */
int gopclntab_read(struct goimage *image, const char *name, struct error *err);

#endif
