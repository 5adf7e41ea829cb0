// SPDX-License-Identifier: GPL-2.0
#include "trace.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *trace_string(const struct trace *trace, uint32_t offset)
{
	return trace->strings + offset;
}

const char *trace_meta(const struct trace *trace, const char *key, char *buffer,
		       size_t bytes)
{
	const char *line = trace->meta, *end = line + trace->meta_bytes;
	size_t length = strlen(key);

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)(newline - line);

		if (n > length && !memcmp(line, key, length) &&
		    line[length] == '=') {
			snprintf(buffer, bytes, "%.*s", (int)(n - length - 1),
				 line + length + 1);
			return buffer;
		}
		line = newline + 1;
	}
	return NULL;
}

int trace_meta_number(const struct trace *trace, const char *key,
		      uint64_t *number)
{
	char value[32], *end;

	if (!trace_meta(trace, key, value, sizeof(value)) || !isdigit(*value))
		return -1;
	errno = 0;
	*number = strtoull(value, &end, 10);
	return errno || *end ? -1 : 0;
}

const char *trace_field_name(const struct trace *trace,
			     const struct trace_access *access, char *buffer,
			     size_t bytes)
{
	const struct trace_region *region = &trace->regions[access->region];
	uint64_t offset = access->address - region->start;
	size_t i;

	for (i = 0; i < trace->nfields; i++) {
		const struct trace_field *field = &trace->fields[i];
		const char *name = trace_string(trace, field->name);

		if (field->region != access->region || offset < field->offset ||
		    offset - field->offset >= field->size)
			continue;
		if (offset == field->offset)
			snprintf(buffer, bytes, "%s", name);
		else
			snprintf(buffer, bytes, "%s+0x%" PRIx64, name,
				 offset - field->offset);
		return buffer;
	}
	snprintf(buffer, bytes, "%s+0x%" PRIx64,
		 trace_string(trace, region->name), offset);
	return buffer;
}

const struct trace_syscall *trace_syscalls(const struct trace *trace,
					   const struct trace_variant *variant,
					   size_t *n)
{
	uint64_t end = (uint64_t)variant->first_step + variant->nsteps;
	size_t first = 0, last;

	while (first < trace->nsyscalls &&
	       trace->syscalls[first].step < variant->first_step)
		first++;
	last = first;
	while (last < trace->nsyscalls && trace->syscalls[last].step < end)
		last++;
	*n = last - first;
	return trace->syscalls + first;
}
