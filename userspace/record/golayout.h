/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_GOLAYOUT_H
#define SWC_RECORD_GOLAYOUT_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * How the Go runtime of a program lays its structures out, from its DWARF. It
 * differs from version to version, so no offset is known beforehand.
 */

enum gotype_id {
	GOTYPE_G,     /* runtime.g, a goroutine */
	GOTYPE_M,     /* runtime.m, a thread */
	GOTYPE_P,     /* runtime.p, a processor */
	GOTYPE_SCHED, /* runtime.schedt, the scheduler */
	GOTYPES,
};

struct gofield {
	uint32_t offset; /* bytes from the structure's start */
	uint32_t size;
	char *name; /* "stack.lo": nested structures are taken apart */
};

struct gotype {
	uint32_t size; /* 0: not found */
	struct gofield *fields;
	size_t nfields;
};

struct golayout {
	struct gotype types[GOTYPES];
};

/**
 * golayout_load() - find the runtime's structures
 * @layout: filled; golayout_free() also after a failure
 * @dwarf: the program's, or NULL when it has none
 * @program: its name, for messages
 *
 * Return: 0, or -1 with @err set: without them, nobody knows which structure an
 * access is to.
 */
int golayout_load(struct golayout *layout, Dwarf *dwarf, const char *program,
		  struct error *err);
void golayout_free(struct golayout *layout);

/* golayout_offset() - of a field by name. Return: 0, or -1 with @err set. */
int golayout_offset(const struct golayout *layout, enum gotype_id type,
		    const char *field, uint32_t *offset, struct error *err);

/* golayout_field_at() - the field that covers @offset, or NULL (padding). */
const struct gofield *golayout_field_at(const struct gotype *type,
					uint64_t offset);

#endif
