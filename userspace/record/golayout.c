// SPDX-License-Identifier: GPL-2.0
#include "golayout.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The runtime's structures nest three deep; a damaged file may go on. */
#define MAX_DEPTH 8

static const char *const type_names[GOTYPES] = {
	[GOTYPE_G] = "runtime.g",
	[GOTYPE_M] = "runtime.m",
	[GOTYPE_P] = "runtime.p",
	[GOTYPE_SCHED] = "runtime.schedt",
};

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "record: out of memory for the runtime's fields");
}

static int add_field(struct gotype *type, uint64_t offset, uint64_t size,
		     const char *name, struct error *err)
{
	struct gofield *fields;
	char *copy;

	fields = realloc(type->fields, (type->nfields + 1) * sizeof(*fields));
	if (!fields)
		return no_memory(err);
	type->fields = fields;
	copy = strdup(name);
	if (!copy)
		return no_memory(err);
	fields[type->nfields++] = (struct gofield){
		.offset = (uint32_t)offset,
		.size = (uint32_t)size,
		.name = copy,
	};
	return 0;
}

/* The type of a member, with its names and qualifiers peeled off. */
static bool member_type(Dwarf_Die *member, Dwarf_Die *type, uint64_t *size)
{
	Dwarf_Attribute attribute;
	Dwarf_Die named;
	Dwarf_Word bytes;

	if (!dwarf_attr(member, DW_AT_type, &attribute) ||
	    !dwarf_formref_die(&attribute, &named) ||
	    dwarf_peel_type(&named, type) || dwarf_aggregate_size(type, &bytes))
		return false;
	*size = bytes;
	return true;
}

static int add_members(struct gotype *type, Dwarf_Die *structure, uint64_t base,
		       const char *prefix, int depth, struct error *err)
{
	Dwarf_Attribute attribute;
	Dwarf_Die member, of;
	Dwarf_Word offset;
	uint64_t size;
	char name[128];
	int failed;

	if (dwarf_child(structure, &member))
		return 0;
	do {
		if (dwarf_tag(&member) != DW_TAG_member ||
		    !dwarf_diename(&member) ||
		    !dwarf_attr(&member, DW_AT_data_member_location,
				&attribute) ||
		    dwarf_formudata(&attribute, &offset) ||
		    !member_type(&member, &of, &size))
			continue;
		snprintf(name, sizeof(name), "%s%s%s", prefix,
			 *prefix ? "." : "", dwarf_diename(&member));
		if (dwarf_tag(&of) == DW_TAG_structure_type &&
		    depth < MAX_DEPTH)
			failed = add_members(type, &of, base + offset, name,
					     depth + 1, err);
		else
			failed = size && add_field(type, base + offset, size,
						   name, err);
		if (failed)
			return -1;
	} while (!dwarf_siblingof(&member, &member));
	return 0;
}

/* Take @die if it defines one of the structures that are still missing. */
static int consider(struct golayout *layout, Dwarf_Die *die, int *missing,
		    struct error *err)
{
	const char *name = dwarf_diename(die);
	Dwarf_Word size;
	int i;

	if (dwarf_tag(die) != DW_TAG_structure_type || !name)
		return 0;
	for (i = 0; i < GOTYPES; i++) {
		struct gotype *type = &layout->types[i];

		if (type->size || strcmp(name, type_names[i]) ||
		    dwarf_aggregate_size(die, &size) || !size)
			continue;
		type->size = (uint32_t)size;
		--*missing;
		return add_members(type, die, 0, "", 0, err);
	}
	return 0;
}

int golayout_load(struct golayout *layout, Dwarf *dwarf, const char *program,
		  struct error *err)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die top, die;
	int missing = GOTYPES, i;

	*layout = (struct golayout){0};
	while (dwarf && missing &&
	       !dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &top, NULL)) {
		if (dwarf_child(&top, &die))
			continue;
		do {
			if (consider(layout, &die, &missing, err))
				return -1;
		} while (missing && !dwarf_siblingof(&die, &die));
	}
	for (i = 0; i < GOTYPES; i++)
		if (!layout->types[i].size)
			return error_set(
				err, EXIT_USAGE,
				"%s: no DWARF for %s: stripped binary; build it without -ldflags=-s/-w",
				program, type_names[i]);
	return 0;
}

void golayout_free(struct golayout *layout)
{
	size_t i;
	int t;

	for (t = 0; t < GOTYPES; t++) {
		for (i = 0; i < layout->types[t].nfields; i++)
			free(layout->types[t].fields[i].name);
		free(layout->types[t].fields);
	}
	*layout = (struct golayout){0};
}

int golayout_offset(const struct golayout *layout, enum gotype_id type,
		    const char *field, uint32_t *offset, struct error *err)
{
	const struct gotype *of = &layout->types[type];
	size_t i;

	for (i = 0; i < of->nfields; i++)
		if (!strcmp(of->fields[i].name, field)) {
			*offset = of->fields[i].offset;
			return 0;
		}
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"record: this Go version has no field %s.%s; use Go 1.19 to 1.27",
		type_names[type], field);
}

const struct gofield *golayout_field_at(const struct gotype *type,
					uint64_t offset)
{
	size_t i;

	for (i = 0; i < type->nfields; i++)
		if (offset >= type->fields[i].offset &&
		    offset - type->fields[i].offset < type->fields[i].size)
			return &type->fields[i];
	return NULL;
}
