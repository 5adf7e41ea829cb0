/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_NAMING_H
#define SWC_RECORD_NAMING_H

#include <stdint.h>

#include "error.h"
#include "symbols.h"

/**
 * naming_find() - the function that a user names
 * @text: how: "name"; "name@VERSION"; a C++ or Rust name with or without its
 *	parameters; "FILE:name", where FILE is a source file or the loaded file; or
 *	"0x401136", "FILE:0x1139", an address as nm shows it or in memory
 * @program: for messages
 * @address: set to where its code is loaded
 *
 * A name without version means the default one. Of a global function that the
 * program and a library have, the program's is meant, as the dynamic linker does.
 * Otherwise a name has to be one function's; if it isn't, the error lists them and
 * asks which one is meant.
 *
 * Return: 0, or -1 with @err set.
 */
int naming_find(const struct symbols *symbols, const char *text,
		const char *program, uint64_t *address, struct error *err);

#endif
