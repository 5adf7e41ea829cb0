/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_PROGRAMFACTS_H
#define SWC_CLAIMS_PROGRAMFACTS_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "golayout.h"
#include "result.h"

/*
 * The facts about a program's file: its symbols, its sections, and the fields of the
 * runtime's structures, as its DWARF has them. It decides claims about what there is.
 */

struct programfacts_name {
	const char *name;
};

/**
 * struct programfacts - of one program
 * @symbols: functions and variables that the file defines
 * @nsymbols: how many; 0: it was stripped
 * @sections: of the file
 * @nsections: how many
 * @layout: the runtime's structures; without fields where there is no DWARF
 * @stack_bytes: what a new goroutine's stack has; 0: not known
 */
struct programfacts {
	struct programfacts_name *symbols;
	size_t nsymbols;
	struct programfacts_name *sections;
	size_t nsections;
	struct golayout layout;
	uint32_t stack_bytes;
	int fd;	   /* the file; names point into it */
	void *elf; /* likewise */
	void *dwarf;
};

/**
 * programfacts_collect() - read a program
 * @facts: filled; programfacts_free() it after success
 * @path: of it
 * @err: set on failure: it is no program
 */
int programfacts_collect(struct programfacts *facts, const char *path,
			 struct error *err);
void programfacts_free(struct programfacts *facts);

extern const struct record programfacts_record;

#endif
