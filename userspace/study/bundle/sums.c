// SPDX-License-Identifier: GPL-2.0
#include "sums.h"

#include <stdio.h>
#include <stdlib.h>

#include "checking.h"
#include "resultjson.h"

/* A run has no more arms in a round. */
#define MOST_ARMS (3 * SWC_MAX_ARMS)

/**
 * struct sums - as a result has them
 * @of: what they are of
 * @cells: [block * arms + arm]
 * @kept: [arm]
 * @iterations: of loops
 */
struct sums {
	struct measure_sums of;
	struct cell cells[ROUNDS_MAX_BLOCKS * MOST_ARMS];
	size_t kept[MOST_ARMS];
	uint32_t iterations[BACKTOBACK_MAX];
};

/* "123.5/8": a sum, and of how many. */
static bool read_cell(const json_t *text, struct cell *cell)
{
	int end = 0;

	return json_is_string(text) &&
	       sscanf(json_string_value(text), "%lf/%lf%n", &cell->sum,
		      &cell->count, &end) == 2 &&
	       !json_string_value(text)[end] && cell->sum >= 0 &&
	       cell->count >= 0;
}

static bool read_blocks(const json_t *blocks, struct sums *s)
{
	size_t i, k;

	for (i = 0; i < s->of.nblocks; i++) {
		const json_t *block = json_array_get(blocks, i);

		if (json_array_size(block) != s->of.narms)
			return false;
		for (k = 0; k < s->of.narms; k++) {
			if (!read_cell(json_array_get(block, k),
				       &s->cells[i * s->of.narms + k]))
				return false;
		}
	}
	return true;
}

/* None was left out: all samples that were taken are kept, or dropped. */
static bool are_all(const struct result *r, const struct sums *s)
{
	double all = result_real(r, "sums.dropped");
	unsigned int i;

	for (i = 0; i < s->of.narms; i++)
		all += (double)s->kept[i];
	return all == result_real(r, "sums.samples");
}

static bool read_sums(const struct result *r, struct sums *s)
{
	const json_t *blocks = result_at(result_json(r), "sums.blocks");
	size_t loops = check_length(r, "sums.iterations"), i;
	size_t arms = check_length(r, "sums.kept");

	if (!arms || arms > MOST_ARMS || loops > BACKTOBACK_MAX ||
	    !json_array_size(blocks) ||
	    json_array_size(blocks) > ROUNDS_MAX_BLOCKS)
		return false;
	for (i = 0; i < arms; i++)
		s->kept[i] = (size_t)check_at(r, "sums.kept", i, "");
	for (i = 0; i < loops; i++)
		s->iterations[i] =
			(uint32_t)check_at(r, "sums.iterations", i, "");
	s->of = (struct measure_sums){
		.narms = (unsigned int)arms,
		.nblocks = json_array_size(blocks),
		.by_process = result_holds(r, "sums.by_process"),
		.cells = s->cells,
		.kept = s->kept,
		.iterations = loops ? s->iterations : NULL,
	};
	return are_all(r, s) && read_blocks(blocks, s);
}

int sums_measure(const struct result *r, const struct measure_subject *subjects,
		 size_t n, struct measurement *m, struct error *err)
{
	size_t loops = check_length(r, "sums.iterations");
	struct sums *sums = calloc(1, sizeof(*sums));
	int rc;

	if (!sums)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	if (!read_sums(r, sums) || (loops && loops != n))
		rc = error_set(err, EXIT_CHECK_FAILED, "sums can't be read");
	else
		rc = measure_from_sums(subjects, n, false, &sums->of, m, err);
	free(sums);
	return rc;
}
