// SPDX-License-Identifier: GPL-2.0
#include "arms.h"

#include "engine/slots.h"
#include "engine/state.h"
#include "helper.h"

/* Checks which control stands for which sequence, and how many fit into one run. */

static const struct swc_state warm;

static void init(struct arms *arms)
{
	struct error err = {0};

	assert_int_equal(arms_init(arms, &err), 0);
}

static int add(struct arms *arms, const struct sequence *s,
	       const struct swc_state *state)
{
	struct error err = {0};
	int arm = arms_add(arms, s, state, &err);

	if (arm < 0)
		fail_msg("%s", err.text);
	assert_ptr_equal(arms->list[arm].sequence, s);
	assert_memory_equal(&arms->list[arm].state, state, sizeof(*state));
	return arm;
}

static unsigned int control_of(const struct arms *arms, int arm)
{
	unsigned int control = arms->list[arm].control;

	assert_in_range(control, 0, arms->n - 1);
	/* A control is its own. */
	assert_int_equal(arms->list[control].control, control);
	return control;
}

static void test_fixed(void **state)
{
	static const uint32_t length[ARM_CHAIN_CHECK + 1] = {
		[ARM_CHAIN_SHORT] = CHAIN_SHORT,
		CHAIN_SHORT + 1,
		CHAIN_SHORT + 2,
		CHAIN_SHORT + 3,
		[ARM_CHAIN_LONG] = CHAIN_LONG,
		[ARM_CHAIN_CHECK] = CHAIN_CHECK,
	};
	const struct sequence *s;
	struct arms arms;
	unsigned int i;

	(void)state;
	init(&arms);
	assert_int_equal(arms.n, ARMS_FIXED);
	for (i = 0; i < arms.n; i++) {
		s = arms.list[i].sequence;
		assert_int_equal(arms.list[i].control, ARM_CONTROL);
		assert_true(swc_state_is_warm(&arms.list[i].state));
		assert_int_equal(arms.list[i].works, i > ARM_NULL);
		if (i > ARM_CHAIN_CHECK)
			continue;
		assert_int_equal(s->nops, 1);
		assert_int_equal(s->regions ? s->regions[0].pages : 0, 0);
		assert_int_equal(s->ops[0].kind,
				 length[i] ? SWC_OP_CHAIN : SWC_OP_MARK);
		if (length[i])
			assert_int_equal(s->ops[0].imm, length[i]);
	}
	assert_int_equal(CHAIN_SLOTS, 4);
	/* The clock's chains end in the same slot, and lie around what it measures. */
	assert_int_equal(CHAIN_SHORT % CHAIN_SLOTS, CHAIN_LONG % CHAIN_SLOTS);
	assert_true(CHAIN_SHORT < CHAIN_CHECK && CHAIN_CHECK < CHAIN_LONG);
	arms_free(&arms);
	assert_int_equal(arms.n, 0);
}

/* Each kind of work in a sequence is proved once, by two numbers of operations. */
static void test_kinds(void **state)
{
	const struct swc_state warm = {0};
	struct error err = {0};
	struct sequence s;
	struct arms arms;
	const struct arms_kind *k;
	unsigned int n, i;
	int arm;

	(void)state;
	init(&arms);
	assert_int_equal(arms.nkinds, KINDS_FIXED - 1);
	sequence_from(&s, "region m 1; lock rmw m+0; load m+8; nop 1");
	arm = arms_add(&arms, &s, &warm, &err);
	assert_int_equal(arm, ARMS_FIXED); /* both are fixed kinds */
	assert_true(arms.list[arm].works);
	assert_int_equal(arms.list[arm].kinds,
			 1u << KIND_LOCKED | 1u << KIND_LOADS);
	sequence_free(&s);
	sequence_from(&s, "div src=rbx; mul dst=rcx src=rcx; mul");
	arm = arms_add(&arms, &s, &warm, &err);
	assert_int_equal(arm, ARMS_FIXED + 1 + 4);
	assert_int_equal(arms.nkinds, KINDS_FIXED - 1 + 2);
	sequence_free(&s);
	sequence_from(&s, "mark \"a\"; nop 4");
	arm = arms_add(&arms, &s, &warm, &err);
	assert_int_equal(arms.nkinds, KINDS_FIXED - 1 + 2);
	assert_false(arms.list[arm].works);
	for (i = 0; i < arms.nkinds; i++) {
		k = &arms.kinds[i];
		assert_true(arms.list[k->arm].sequence->nops <
			    arms.list[k->arm + 1].sequence->nops);
		assert_string_equal(arms.list[k->arm].sequence->path,
				    kinds(&n)[k->kind].name);
	}
	sequence_free(&s);
	arms_free(&arms);
}

/* Same stack place in a page, same state: one control for all. */
static void test_stacks(void **state)
{
	struct sequence bare, low, high, other, end;
	struct arms arms;
	unsigned int control;

	(void)state;
	sequence_from(&bare, "region a 1; load a+0");
	sequence_from(&low, "region s 2; entry s+0x800; push; pop");
	sequence_from(&high, "region s 2; entry s+0x1800; push; pop");
	sequence_from(&other, "region s 2; entry s+0x808; push; pop");
	sequence_from(&end, "region s 2; entry s+0x2000; push; pop");
	init(&arms);
	assert_int_equal(control_of(&arms, add(&arms, &bare, &warm)),
			 ARM_CONTROL);
	assert_int_equal(arms.n, ARMS_FIXED + 1);
	control = control_of(&arms, add(&arms, &low, &warm));
	assert_int_not_equal(control, ARM_CONTROL);
	assert_int_equal(arms.list[control].sequence->entry_offset, 0x800);
	assert_int_equal(control_of(&arms, add(&arms, &high, &warm)), control);
	assert_int_equal(control_of(&arms, add(&arms, &low, &warm)), control);
	assert_int_not_equal(control_of(&arms, add(&arms, &other, &warm)),
			     control);
	control = control_of(&arms, add(&arms, &end, &warm));
	/*
	 * The control's stack pointer is at a page's end, not its beginning,
	 * below which nothing lies.
	 */
	assert_int_equal(arms.list[control].sequence->entry_offset,
			 SWC_PAGE_BYTES);
	/* Bare ones still share the first. */
	assert_int_equal(control_of(&arms, add(&arms, &bare, &warm)),
			 ARM_CONTROL);
	arms_free(&arms);
	sequence_free(&bare);
	sequence_free(&low);
	sequence_free(&high);
	sequence_free(&other);
	sequence_free(&end);
}

static void check_control_state(const struct swc_state *given,
				const struct swc_state *expected)
{
	const struct arm *control;
	struct sequence s;
	struct arms arms;

	sequence_from(&s, "region a 1; region b 1; region c 1; load c+0");
	init(&arms);
	control = &arms.list[control_of(&arms, add(&arms, &s, given))];
	assert_memory_equal(&control->state, expected, sizeof(*expected));
	/* It has the one region that its state is about. */
	assert_int_equal(control->sequence->region_names.n, 1);
	assert_int_equal(swc_state_check(&control->state, 1), SWC_OK);
	arms_free(&arms);
	sequence_free(&s);
}

/* A control is in the state, as far as it has anything that can be. */
static void test_states(void **state)
{
	struct swc_state given = {.l1d.bits = {4}, .l1d_bytes = 4096};
	struct swc_state expected = given;

	(void)state;
	expected.l1d.bits[0] = 1;
	check_control_state(&given, &expected);
	/* Of several states the control has the one that spoils most. */
	given.l2.bits[0] = 1;
	given.memory.bits[0] = 2;
	given.l2_bytes = 8192;
	given.dtlb.bits[0] = 6;
	given.flags = SWC_STATE_COLD_CODE;
	expected = (struct swc_state){.l2.bits = {1},
				      .dtlb.bits = {1},
				      .flags = SWC_STATE_COLD_CODE,
				      .l1d_bytes = 4096,
				      .l2_bytes = 8192};
	check_control_state(&given, &expected);
	given = (struct swc_state){.memory.bits = {2}};
	expected = (struct swc_state){.memory.bits = {1}};
	check_control_state(&given, &expected);
	given = (struct swc_state){.flags = SWC_STATE_COLD_ITLB};
	check_control_state(&given, &given);
}

static void test_shared_states(void **state)
{
	const struct swc_state a = {.memory.bits = {1}},
			       b = {.memory.bits = {2}},
			       dtlb = {.dtlb.bits = {1}};
	unsigned int control;
	struct sequence s;
	struct arms arms;

	(void)state;
	sequence_from(&s, "region a 1; region b 1; load a+0");
	init(&arms);
	control = control_of(&arms, add(&arms, &s, &a));
	assert_int_not_equal(control, ARM_CONTROL);
	/* Other regions, yet the same for a control. */
	assert_int_equal(control_of(&arms, add(&arms, &s, &b)), control);
	assert_int_not_equal(control_of(&arms, add(&arms, &s, &dtlb)), control);
	assert_int_equal(control_of(&arms, add(&arms, &s, &warm)), ARM_CONTROL);
	arms_free(&arms);
	sequence_free(&s);
}

static void test_limit(void **state)
{
	struct error err = {0};
	struct sequence s, stack;
	struct arms arms;
	unsigned int i;

	(void)state;
	sequence_from(&s, "chain 3");
	sequence_from(&stack, "region s 1; entry s+0x800; push; pop");
	init(&arms);
	for (i = ARMS_FIXED; i < SWC_MAX_ARMS; i++)
		add(&arms, &s, &warm);
	assert_int_equal(arms.n, SWC_MAX_ARMS);
	assert_int_equal(arms_add(&arms, &s, &warm, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_int_equal(arms.n, SWC_MAX_ARMS);
	arms_free(&arms);
	/* Room for a control, but not for the sequence. */
	init(&arms);
	for (i = ARMS_FIXED; i < SWC_MAX_ARMS - 1; i++)
		add(&arms, &s, &warm);
	assert_int_equal(arms_add(&arms, &stack, &warm, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	arms_free(&arms);
	sequence_free(&s);
	sequence_free(&stack);
}

/* A backend that notes what it is given. */
static struct {
	const struct sequence *sequences[SWC_MAX_ARMS];
	bool cold[SWC_MAX_ARMS];
	unsigned int n;
	unsigned int fail_at;
} loads;

static int note_load(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	(void)b;
	assert_int_equal(pedestal, 77);
	if (loads.n == loads.fail_at)
		return error_set(err, EXIT_IMPOSSIBLE, "planted");
	loads.sequences[loads.n] = s;
	loads.cold[loads.n++] = state != NULL;
	return 0;
}

/*
 * Cold data gets two more arms, one with all of it brought back and a warm one;
 * all have one control.
 */
static void test_apart(void **state)
{
	const struct swc_state cold = {.l2.bits = {1},
				       .flags = SWC_STATE_COLD_CODE};
	const struct swc_state code = {.flags = SWC_STATE_COLD_CODE};
	struct error err = {0};
	const struct arm *arm, *other;
	struct sequence s;
	struct arms arms;
	unsigned int before;
	int i;

	(void)state;
	sequence_from(&s, "region a 1; load a+0");
	init(&arms);
	before = arms.n;
	i = arms_add_apart(&arms, &s, &cold, &err);
	assert_true(i >= 0);
	arm = &arms.list[i];
	assert_true(arm->cold);
	assert_memory_equal(&arm->state, &cold, sizeof(cold));
	other = &arms.list[arm->restored];
	assert_ptr_equal(other->sequence, &s);
	assert_int_equal(other->state.flags, SWC_STATE_RESTORED);
	assert_memory_equal(&other->state.l2, &cold.l2, sizeof(cold.l2));
	assert_int_equal(other->control, arm->control);
	other = &arms.list[arm->warm];
	assert_ptr_equal(other->sequence, &s);
	assert_true(swc_state_is_warm(&other->state));
	assert_int_equal(other->control, arm->control);
	assert_true(swc_state_is_warm(&arms.list[arm->control].state));
	assert_true(arms.n <= before + 5); /* and what proves loads */
	/* Cold code alone is measured against a control. */
	i = arms_add_apart(&arms, &s, &code, &err);
	assert_false(arms.list[i].cold);
	assert_false(arms.list[i].beside);
	arms_free(&arms);
	sequence_free(&s);
}

/*
 * A recorded state stands beside the warm sequence; each has a control in its own state,
 * and nothing else is taken off.
 */
static void test_beside(void **state)
{
	static const struct swc_touch touch = {.region = SWC_TOUCH_NO_REGION};
	const struct swc_state recorded = {.flags = SWC_STATE_RECORDED,
					   .ntouches = 1,
					   .touches = (uintptr_t)&touch};
	struct error err = {0};
	const struct arm *arm, *other;
	struct sequence s;
	struct arms arms;
	int i;

	(void)state;
	sequence_from(&s, "region a 1; load a+0");
	init(&arms);
	i = arms_add_apart(&arms, &s, &recorded, &err);
	assert_true(i >= 0);
	arm = &arms.list[i];
	assert_false(arm->cold);
	assert_true(arm->beside);
	assert_memory_equal(&arm->state, &recorded, sizeof(recorded));
	assert_memory_equal(&arms.list[arm->control].state, &recorded,
			    sizeof(recorded));
	other = &arms.list[arm->warm];
	assert_ptr_equal(other->sequence, &s);
	assert_true(swc_state_is_warm(&other->state));
	assert_true(swc_state_is_warm(&arms.list[other->control].state));
	arms_free(&arms);
	sequence_free(&s);
}

static void test_load(void **state)
{
	static const struct backend_ops ops = {.load = note_load};
	const struct swc_state cold = {.memory.bits = {1}};
	struct error err = {0};
	struct sequence s;
	struct arms arms;
	unsigned int i;

	(void)state;
	sequence_from(&s, "region a 1; load a+0");
	init(&arms);
	add(&arms, &s, &warm);
	add(&arms, &s, &cold);
	loads.n = 0;
	loads.fail_at = SWC_MAX_ARMS;
	assert_int_equal(arms_load(&arms, &ops, NULL, 77, &err), 0);
	assert_int_equal(loads.n, arms.n);
	for (i = 0; i < arms.n; i++) {
		assert_ptr_equal(loads.sequences[i], arms.list[i].sequence);
		assert_int_equal(loads.cold[i], i > ARMS_FIXED);
	}
	loads.n = 0;
	loads.fail_at = 3;
	assert_int_equal(arms_load(&arms, &ops, NULL, 77, &err), -1);
	assert_string_equal(err.text, "planted");
	assert_int_equal(loads.n, 3);
	arms_free(&arms);
	sequence_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_shared_states),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
