/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_FILEHASH_H
#define SWC_LIB_FILEHASH_H

#include "error.h"

#define FILEHASH_BYTES 17 /* sixteen hexadecimal digits and a NUL */

/*
 * file_hash() - the content of a file in a word: FNV-1a, hexadecimal. It shows
 * whether a program is still the one that was recorded; it doesn't authenticate.
 * Return: 0, or -1 with @err set.
 */
int file_hash(const char *path, char text[FILEHASH_BYTES], struct error *err);

#endif
