// SPDX-License-Identifier: GPL-2.0
#include "engine/footprint.h"
#include "generate.h"
#include "helper.h"
#include "preparation.h"

/* Checks by a model of the hardware whether states come about, for random programs. */

/*
 * The model: where each line of the regions is, and which pages have a cached
 * translation. A sweep of a cache takes translations along.
 */
enum level { IN_L1D, IN_L2, IN_MEMORY };

#define MODEL_PAGES (2 * GENERATED_REGIONS)

struct model {
	const struct built *b;
	enum level level[MODEL_PAGES][64];
	bool translated[MODEL_PAGES];
	bool code_translated;
	bool code_cached;
	bool pointers_cached; /* of indirect calls and jumps */
};

static void set_all(struct model *m, enum level level, bool only_l1d)
{
	int page, line;

	for (page = 0; page < MODEL_PAGES; page++) {
		for (line = 0; line < 64; line++) {
			if (!only_l1d || m->level[page][line] == IN_L1D)
				m->level[page][line] = level;
		}
		m->translated[page] = false;
	}
}

/*
 * Return: the number of the page among the regions', in their order; -1: none
 * of them.
 */
static int page_of(const struct model *m, __u64 address, __u64 *offset)
{
	const struct swc_program *p = m->b->v.proof.program;
	__u32 i, page = 0;

	for (i = 0; i < p->nregions; page += p->regions[i++].pages) {
		*offset = address - m->b->region[i];
		if (address >= m->b->region[i] &&
		    *offset < p->regions[i].pages * 4096ull)
			return page + *offset / 4096;
	}
	return -1;
}

static void model_buffer_read(struct model *m, __u64 offset)
{
	__u64 set = offset % L2_WAY;
	int page;

	/* The last of twice the ways: the set holds nothing else. */
	if (offset / L2_WAY != 2 * L2_WAYS - 1)
		return;
	for (page = 0; page < MODEL_PAGES; page++) {
		if (colours[page] == set / 4096)
			m->level[page][set % 4096 / 64] = IN_MEMORY;
	}
}

static void model_place(struct model *m, __u32 kind, __u64 address)
{
	bool alias = address >= (__u64)ALIAS;
	__u64 offset = 0;
	int page;

	if (address >= BUFFER && address < PAGES) {
		assert_int_equal(kind, SWC_STEP_TOUCH);
		model_buffer_read(m, address - BUFFER);
		return;
	}
	if (address >= (CODE & ~4095ull) && address < CODE + CODE_BYTES) {
		if (kind == SWC_STEP_INVLPG)
			m->code_translated = false;
		else
			m->code_cached = false;
		return;
	}
	if (address / 4096 == m->b->binding.context / 4096) {
		assert_int_equal(kind, SWC_STEP_TOUCH);
		m->pointers_cached = true;
		return;
	}
	page = page_of(m, alias ? address - ALIAS : address, &offset);
	assert_true(page >= 0);
	if (kind == SWC_STEP_INVLPG) {
		assert_false(alias);
		m->translated[page] = false;
		return;
	}
	m->level[page][offset % 4096 / 64] = kind == SWC_STEP_TOUCH ? IN_L1D
								    : IN_MEMORY;
	if (!alias)
		m->translated[page] = true;
}

static void model_step(struct model *m, const struct swc_step *step)
{
	int page;
	__u32 i;

	for (i = 0; step->list && i < step->count; i++)
		model_place(m, step->kind, step->list[i]);
	if (step->list)
		return;
	if (step->base == CODE_PAGES) {
		assert_int_equal(step->kind, SWC_STEP_CALL);
		m->code_translated = false;
	} else if (step->base == PAGES) {
		for (page = 0; page < MODEL_PAGES; page++)
			m->translated[page] = false;
	} else {
		assert_int_equal(step->base, BUFFER);
		m->pointers_cached = !m->b->v.proof.nindirect;
		set_all(m,
			step->count * step->stride == L2_BYTES ? IN_MEMORY
							       : IN_L2,
			step->count * step->stride != L2_BYTES);
	}
}

static bool in_set(const struct swc_region_set *set, __u32 region)
{
	return set->bits[0] >> region & 1;
}

/* Everything the program touches is where the state wants it to be. */
static void check_model(const struct model *m, const struct swc_state *s)
{
	const struct swc_program *p = m->b->v.proof.program;
	__u64 lines[MODEL_PAGES];
	__u32 region, i, line, page = 0;
	enum level wanted;

	swc_footprint(&m->b->v.proof, lines);
	for (region = 0; region < p->nregions; region++) {
		wanted = in_set(&s->l1d, region)      ? IN_L2
			 : in_set(&s->l2, region)     ? IN_MEMORY
			 : in_set(&s->memory, region) ? IN_MEMORY
						      : IN_L1D;
		for (i = 0; i < p->regions[region].pages; i++, page++) {
			for (line = 0; line < 64; line++) {
				if (lines[page] >> line & 1)
					assert_int_equal(m->level[page][line],
							 wanted);
			}
			if (lines[page])
				assert_int_equal(m->translated[page],
						 !in_set(&s->dtlb, region));
		}
	}
	assert_true(m->pointers_cached);
	assert_int_equal(m->code_cached, !(s->flags & SWC_STATE_COLD_CODE));
	assert_int_equal(m->code_translated, !(s->flags & SWC_STATE_COLD_ITLB));
}

static struct swc_state random_state(struct random *r, __u32 nregions)
{
	struct swc_state s = {.flags = random_below(r, 4)};
	__u32 i, data;

	sizes(&s);
	for (i = 0; i < nregions; i++) {
		data = random_below(r, 4);
		s.l1d.bits[0] |= (__u64)(data == 1) << i;
		s.l2.bits[0] |= (__u64)(data == 2) << i;
		s.memory.bits[0] |= (__u64)(data == 3) << i;
		s.dtlb.bits[0] |= (__u64)random_below(r, 2) << i;
	}
	return s;
}

static void check_random(struct random *r)
{
	enum ring ring = random_below(r, 3);
	struct swc_evictors evictors = evictors_of(ring);
	struct swc_caps caps = caps_all();
	struct model m = {
		.code_translated = true,
		.code_cached = true,
		.pointers_cached = true,
	};
	struct swc_state state;
	struct generated g;
	struct built b;
	__u32 i;

	generate(&g, r, &caps);
	state = random_state(r, g.program.nregions);
	build_with(&b, &g.program, &state, &evictors);
	assert_int_equal(b.rc, SWC_OK);
	m.b = &b;
	for (i = 0; i < MODEL_PAGES; i++)
		m.translated[i] = true;
	assert_in_range(b.preparation->nsteps, 0, SWC_MAX_STEPS);
	for (i = 0; i < b.preparation->nsteps; i++)
		model_step(&m, &b.preparation->steps[i]);
	check_model(&m, &state);
	built_free(&b);
}

static void test_random(void **state)
{
	struct random random = {.state = 0x57a7e};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		check_random(&random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
