/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_SYMBOLTABLE_H
#define SWC_RECORD_SYMBOLTABLE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

/* The symbols that one loaded file defines. */

struct symboltable_entry {
	const char *name;    /* without its version */
	const char *version; /* or "" */
	bool superseded;     /* another version of the name is the default */
	const char *file; /* a local symbol's source, as its compiler names it */
	bool local;
	int type;	  /* STT_FUNC, ... */
	uint64_t address; /* where it is loaded */
};

/**
 * symboltable_walk() - call @visit for each symbol that the file defines
 * @visit: its entry lasts until it returns
 */
void symboltable_walk(Dwfl_Module *module,
		      void (*visit)(void *data,
				    const struct symboltable_entry *entry),
		      void *data);

#endif
