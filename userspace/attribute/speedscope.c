// SPDX-License-Identifier: GPL-2.0
#include "speedscope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleantext.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

static json_t *clean_string(const char *text)
{
	char *clean = cleantext(text);
	json_t *string = clean ? json_string(clean) : NULL;

	free(clean);
	return string;
}

/* The frame of that name, added if it is new. */
static json_int_t frame_of(json_t *frames, const char *name)
{
	json_t *text = clean_string(name), *frame;
	size_t i;

	json_array_foreach(frames, i, frame) {
		if (json_equal(json_object_get(frame, "name"), text))
			break;
	}
	if (i < json_array_size(frames))
		json_decref(text);
	else
		json_array_append_new(frames, json_pack("{s:o}", "name", text));
	return i;
}

/* The outermost first. */
static json_t *stack_of(json_t *frames, const struct callpaths *paths,
			uint32_t path)
{
	json_t *stack = json_array();

	for (; path != CALLPATH_NONE; path = paths->list[path].parent)
		json_array_insert_new(
			stack, 0,
			json_integer(frame_of(frames, paths->list[path].name)));
	return stack;
}

json_t *speedscope_make(const struct prefix_profile *p)
{
	json_t *frames = json_array(), *samples = json_array();
	json_t *weights = json_array();
	double end = 0, cycles;
	size_t i;

	for (i = 0; i < p->nruns; i++) {
		cycles = p->runs[i].cycles.mean;
		json_array_append_new(samples, stack_of(frames, &p->paths,
							p->runs[i].path));
		json_array_append_new(weights, json_real(fmax(cycles, 0)));
		end += fmax(cycles, 0);
	}
	return json_pack(
		"{s:s, s:o, s:s, s:i, s:{s:o}, s:[{s:s, s:s, s:s, s:i, s:f, "
		"s:o, s:o}]}",
		"$schema", SCHEMA, "name", clean_string(p->sequence->path),
		"exporter", "switchcost", "activeProfileIndex", 0, "shared",
		"frames", frames, "profiles", "type", "sampled", "name",
		"core cycles, isolated, by prefixes", "unit", "none",
		"startValue", 0, "endValue", end, "samples", samples, "weights",
		weights);
}
