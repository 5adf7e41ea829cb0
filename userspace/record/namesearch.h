/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_NAMESEARCH_H
#define SWC_RECORD_NAMESEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "symbols.h"

/* A function that may be meant. */
struct candidate {
	uint64_t address;
	size_t module; /* of symbols_module() */
	char *name;
	const char *file; /* its source, or NULL */
	int type;
	bool local;
	bool superseded;
};

/* A name that is looked for, and what was found so far. */
struct namesearch {
	const struct symbols *symbols;
	const char *name; /* as it is called, in @file */
	const char *file; /* not terminated; NULL: any */
	size_t file_bytes;
	struct candidate *list;
	size_t n;
	bool object; /* something else has the name */

	/* of the search itself */
	const char *version; /* or NULL: the default one */
	size_t name_bytes;   /* without the version */
	bool mangled;	     /* compare what the mangled name says */
	bool failed;	     /* no memory */
	size_t module;
};

/*
 * namesearch_run() - fill the list with the functions that may be meant, after
 * @symbols, @name and perhaps @file were set: one for each address. Return: 0, or
 * -1 with @err set: no memory.
 */
int namesearch_run(struct namesearch *s, const char *program,
		   struct error *err);
void namesearch_free(struct namesearch *s);

/*
 * namesearch_split_file() - set @file and @name by "FILE:name", at the first colon
 * that is none of a C++ name's. Return: false when there is none.
 */
bool namesearch_split_file(struct namesearch *s, const char *text);

/* namesearch_is_code() - can a symbol of this type (STT_FUNC) be a function? */
bool namesearch_is_code(int type);

/* namesearch_is_named() - is @s->file what @path is called? */
bool namesearch_is_named(const struct namesearch *s, const char *path);

/* namesearch_is_program() - is the candidate the program's, not a library's? */
bool namesearch_is_program(const struct namesearch *s,
			   const struct candidate *c);

/* namesearch_module_name() - of a loaded file, by number. */
const char *namesearch_module_name(const struct namesearch *s, size_t index);

/* namesearch_link_address() - where nm shows the candidate. */
uint64_t namesearch_link_address(const struct namesearch *s,
				 const struct candidate *c);

#endif
