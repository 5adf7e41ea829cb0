// SPDX-License-Identifier: GPL-2.0
#include "planted.h"

#include <stdlib.h>

#include "engine/caps.h"
#include "engine/draw.h"
#include "engine/slots.h"

/* Replacement isn't LRU: a set's ways once over would spare some. */
#define WAYS_FACTOR 2u

/* So many lines of a page: an eighth of all sets of L1d. */
#define L1D_LINES 8u

/*
 * Neighbouring lines that no hash of L2's index puts into one set. Zen 3 mixes higher
 * bits of the address into the index from the line's fourth bit on. So one line of
 * many pages doesn't fall into one set, but into all sets of the lines that are equal
 * to it by 8, and each of these gets an eighth as many as without a hash. So all
 * eight of each page are read.
 *
 * Of 2 MiB that is more than a replay may take. There so many of the eight are read as its
 * bound allows: two, where the index has no hash, as in Intel's L2, or one would do.
 * With a hash they leave the victims where they are, and the self-test says so.
 */
#define L2_KEPT	 8u
#define L2_CLASS 0x0101010101010101ull

/*
 * The sets of L2 that a page's lines fall into depend on its frame. Of so many
 * more pages than are needed on average, the rarest colour is still enough: with
 * 32 colours and 48 pages of each expected, one has fewer than 17 less than once
 * in 10^5 times.
 */
#define L2_PAGES_PERCENT 150u

/*
 * Pages: twice what the largest first level and less than half of what the
 * smallest second level has for 4 KiB (96 and 512 entries); and twice 2048, the
 * second level of cores since Ice Lake. A larger one shows in the self-test.
 */
#define DTLB_PAGES 256u
#define STLB_PAGES 4096u

static int add_load(struct sequence *s, uint32_t page, uint32_t line,
		    struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_LOAD);

	op.dst = SWC_REG_RAX;
	op.size = 8;
	op.offset = page * SWC_PAGE_BYTES + line * SWC_LINE_BYTES;
	return sequence_append(s, &op, (struct sequence_note){0}, err);
}

/* Adds each of the lines in each page: all pages of one line, then of the next. */
static int add_lines(struct planted *p, uint32_t pages, struct error *err)
{
	uint32_t line, page;

	for (line = 0; line < SWC_LINES_PER_PAGE; line++) {
		for (page = 0; p->lines >> line & 1 && page < pages; page++) {
			if (add_load(&p->sequence, page, line, err))
				return -1;
		}
	}
	return 0;
}

/* A line of each page, another each time, so that no cache's set is full. */
static int add_pages(struct planted *p, uint32_t pages, struct error *err)
{
	uint32_t page;

	for (page = 0; page < pages; page++) {
		if (add_load(&p->sequence, page, page % SWC_LINES_PER_PAGE,
			     err))
			return -1;
	}
	return 0;
}

/* So many of @from, or half of them if these are fewer; one at least. */
static uint64_t draw_lines(uint64_t from, uint32_t n, uint64_t *random)
{
	uint32_t half = (__builtin_popcountll(from) + 1) / 2;
	__u64 state = *random;
	uint64_t lines = 0;

	n = half < n ? half : n;
	while ((uint32_t)__builtin_popcountll(lines) < n)
		lines |= from &
			 1ull << swc_draw_below(&state, SWC_LINES_PER_PAGE);
	*random = state;
	return lines;
}

/* All lines of a page that are equal by L2_KEPT to one of these. */
static uint64_t class_of(uint64_t lines)
{
	return L2_CLASS << __builtin_ctzll(lines) % L2_KEPT;
}

/* How many pages hold so many lines of each set. */
static uint64_t pages_needed(enum eviction_level level,
			     const struct geometry *geometry)
{
	const struct geometry_cache *l2 = &geometry->cache[GEOMETRY_L2];

	switch (level) {
	case EVICTION_L1D:
		return (uint64_t)WAYS_FACTOR *
		       geometry->cache[GEOMETRY_L1D].ways;
	case EVICTION_L2:
		return (uint64_t)WAYS_FACTOR * l2->ways * l2->sets /
		       SWC_LINES_PER_PAGE * L2_PAGES_PERCENT / 100;
	case EVICTION_DTLB:
		return DTLB_PAGES;
	default:
		return STLB_PAGES;
	}
}

static int make_sequence(struct planted *p, uint32_t pages, struct error *err)
{
	int rc;

	if (sequence_init(&p->sequence, "planted", err))
		return -1;
	rc = sequence_region(&p->sequence, "planted", pages, err) < 0;
	if (!rc)
		rc = eviction_level_is_tlb(p->level) ? add_pages(p, pages, err)
						     : add_lines(p, pages, err);
	if (rc)
		planted_free(p);
	return rc ? -1 : 0;
}

/* May a replay take as long? If something else is wrong with it, loading says so. */
static bool is_too_long(const struct planted *p)
{
	struct swc_program program;
	struct swc_error refused = {0};
	struct swc_proof proof;
	struct error err = {0};
	struct swc_caps caps;
	void *workspace;

	swc_caps_probe(&caps);
	if (sequence_verify(&p->sequence, &caps, &proof, &program, &workspace,
			    &refused, &err))
		return refused.code == SWC_ERR_TIME;
	free(workspace);
	return false;
}

/* Leaves out every second of the lines. */
static uint64_t halve(uint64_t lines)
{
	uint64_t kept = 0, bit;

	for (; lines; lines &= lines - 1) {
		bit = lines & -lines;
		kept |= bit;
		lines &= ~bit;
	}
	return kept;
}

int planted_make(struct planted *p, const struct victims *victims,
		 const struct geometry *geometry, uint64_t *random,
		 struct error *err)
{
	enum eviction_level level = victims->level;
	uint64_t pages = pages_needed(level, geometry);

	*p = (struct planted){.level = level};
	if (!pages || pages > SWC_MAX_PAGES)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "evict: no sequence of at most %u pages is "
				 "known to evict from a cache like this CPU's "
				 "%s: choose other victims (--victims)",
				 SWC_MAX_PAGES, eviction_level_name(level));
	if (level == EVICTION_L1D)
		p->lines =
			draw_lines(victims_lines(victims), L1D_LINES, random);
	else if (level == EVICTION_L2)
		p->lines =
			class_of(draw_lines(victims_lines(victims), 1, random));
	if (make_sequence(p, pages, err))
		return -1;
	while (__builtin_popcountll(p->lines) > 1 && is_too_long(p)) {
		planted_free(p);
		p->lines = halve(p->lines);
		if (make_sequence(p, pages, err))
			return -1;
	}
	return 0;
}

void planted_free(struct planted *p)
{
	sequence_free(&p->sequence);
}

/*
 * A load may bring in its line's neighbours: the other of an aligned pair (Intel
 * Optimization Manual), the next one (Zen 3). If the index is hashed, either may fall into
 * the sets of all lines that are equal to it by L2_KEPT.
 */
static bool may_lose_a_line(const struct planted *p, uint32_t line)
{
	uint64_t class;

	if (p->level != EVICTION_L2)
		return false;
	class = class_of(p->lines);
	return (class | class << 1 | class >> 1 | class << 63 | class >> 63) >>
		       line &
	       1;
}

enum planted_truth planted_truth(const struct planted *p,
				 const struct victim *victim)
{
	if (eviction_level_is_tlb(p->level) || p->lines >> victim->line & 1)
		return PLANTED_EVICTED;
	if (may_lose_a_line(p, victim->line))
		return PLANTED_UNKNOWN;
	return PLANTED_SPARED;
}
