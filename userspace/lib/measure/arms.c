// SPDX-License-Identifier: GPL-2.0
#include "arms.h"

#include <string.h>

#include "engine/slots.h"
#include "engine/state.h"

static struct arm *new_arm(struct arms *arms, struct error *err)
{
	struct arm *arm = &arms->list[arms->n];

	if (arms->n == SWC_MAX_ARMS) {
		error_set(err, EXIT_USAGE,
			  "more than %u sequences and controls in one run: "
			  "measure fewer at a time",
			  SWC_MAX_ARMS);
		return NULL;
	}
	*arm = (struct arm){0};
	arms->n++;
	return arm;
}

/*
 * The control: the same frame, RSP at the same place in a page, the same state,
 * nothing else. Its own region makes it take part in the emptying of caches.
 */
static int make_control(struct arms *arms, bool has_stack, uint32_t sp,
			const struct swc_state *state, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_MARK);
	struct arm *arm = new_arm(arms, err);
	struct sequence *s;

	if (!arm)
		return -1;
	s = &arm->own;
	arm->sequence = s;
	arm->state = *state;
	arm->control = arms->n - 1;
	if (sequence_init(s, "control", err) ||
	    names_add(&s->marks, "control") < 0)
		return -1;
	if (has_stack || !swc_state_is_warm(state)) {
		if (sequence_region(s, "stack", 1, err) < 0)
			return -1;
	}
	if (has_stack) {
		s->entry_region = 0;
		s->entry_offset = sp;
	}
	return sequence_append(s, &op, (struct sequence_note){0}, err);
}

static int make_chain(struct arms *arms, uint32_t length, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_CHAIN);
	struct arm *arm = new_arm(arms, err);

	if (!arm)
		return -1;
	arm->sequence = &arm->own;
	arm->control = ARM_CONTROL;
	arm->works = true;
	op.dst = SWC_REG_RAX;
	op.imm = length;
	if (sequence_init(&arm->own, "chain", err))
		return -1;
	return sequence_append(&arm->own, &op, (struct sequence_note){0}, err);
}

static int make_short_chains(struct arms *arms, struct error *err)
{
	uint32_t slot;

	for (slot = 0; slot < CHAIN_SLOTS; slot++) {
		if (make_chain(arms, CHAIN_SHORT + slot, err))
			return -1;
	}
	return 0;
}

bool sequence_works(const struct sequence *s)
{
	size_t i;

	for (i = 0; i < s->nops; i++) {
		if (s->ops[i].kind != SWC_OP_MARK &&
		    s->ops[i].kind != SWC_OP_NOP)
			return true;
	}
	return false;
}

/* So many operations of a kind, in an arm of their own. Return: 0 or -1. */
static int add_of_kind(struct arms *arms, const struct kind *k, unsigned int n,
		       struct error *err)
{
	const struct swc_state warm = {0};
	struct sequence s;
	int arm;

	if (kind_sequence(k, n, 0, 0, &s, err))
		return -1;
	arm = arms_control(arms, &s, &warm, err);
	if (arm >= 0 && new_arm(arms, err)) {
		arms->list[arms->n - 1].control = arm;
		arms->list[arms->n - 1].works = true;
		arms->list[arms->n - 1].own = s;
		arms->list[arms->n - 1].sequence = &arms->list[arms->n - 1].own;
		return 0;
	}
	sequence_free(&s);
	return -1;
}

/* Adds the arms that prove a kind of work, unless there are some already. */
static int prove_kind(struct arms *arms, unsigned int kind, struct error *err)
{
	unsigned int n, i;
	const struct kind *k = &kinds(&n)[kind];

	for (i = 0; i < arms->nkinds; i++) {
		if (arms->kinds[i].kind == kind)
			return 0;
	}
	if (add_of_kind(arms, k, KIND_SHORT, err) ||
	    add_of_kind(arms, k, KIND_LONG, err))
		return -1;
	arms->kinds[arms->nkinds++] =
		(struct arms_kind){.kind = kind, .arm = arms->n - 2};
	return 0;
}

int arms_init(struct arms *arms, struct error *err)
{
	unsigned int k, n;
	struct swc_state warm = {0};

	*arms = (struct arms){0};
	/* The arms come in the order of the enumeration. */
	if (make_control(arms, false, 0, &warm, err) ||
	    make_control(arms, false, 0, &warm, err) ||
	    make_short_chains(arms, err) || make_chain(arms, CHAIN_LONG, err) ||
	    make_chain(arms, CHAIN_CHECK, err) ||
	    add_of_kind(arms, &kinds(&n)[KIND_UNREAD], UNREAD_SHORT, err) ||
	    add_of_kind(arms, &kinds(&n)[KIND_UNREAD], UNREAD_LONG, err)) {
		arms_free(arms);
		return -1;
	}
	arms->list[ARM_NULL].control = ARM_CONTROL;
	for (k = KIND_UNREAD + 1; k < KINDS_FIXED; k++) {
		if (prove_kind(arms, k, err)) {
			arms_free(arms);
			return -1;
		}
	}
	return 0;
}

void arms_free(struct arms *arms)
{
	unsigned int i;

	for (i = 0; i < arms->n; i++)
		sequence_free(&arms->list[i].own);
	arms->n = 0;
}

/* In a control, all that the state concerns is its one region. */
static struct swc_state control_state(const struct swc_state *state)
{
	struct swc_state s = *state;
	struct swc_region_set *const sets[] = {&s.l2, &s.l1d, &s.memory,
					       &s.dtlb};
	size_t i;
	bool any, data = false;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		any = !swc_region_set_is_empty(sets[i]);
		memset(sets[i], 0, sizeof(*sets[i]));
		/*
		 * The control's region can be cold in one way only: the one
		 * that spoils most.
		 */
		sets[i]->bits[0] = any && (sets[i] == &s.dtlb || !data);
		data = data || (any && sets[i] != &s.dtlb);
	}
	return s;
}

static bool fits(const struct arm *arm, bool has_stack, uint32_t sp,
		 const struct swc_state *state)
{
	const struct sequence *s = arm->sequence;

	return has_stack == (s->entry_region != SWC_NO_REGION) &&
	       (!has_stack || s->entry_offset == sp) &&
	       !memcmp(&arm->state, state, sizeof(*state));
}

int arms_control(struct arms *arms, const struct sequence *s,
		 const struct swc_state *state, struct error *err)
{
	struct swc_state wanted = control_state(state);
	bool has_stack = s->entry_region != SWC_NO_REGION;
	uint32_t sp = s->entry_offset % SWC_PAGE_BYTES;
	unsigned int i;

	if (has_stack && !sp)
		sp = SWC_PAGE_BYTES;
	for (i = 0; i < arms->n; i++) {
		if (arms->list[i].control == i &&
		    fits(&arms->list[i], has_stack, sp, &wanted))
			return i;
	}
	if (make_control(arms, has_stack, sp, &wanted, err))
		return -1;
	return i;
}

/* Return: the index of the arm, or -1 with @err set. */
static int add_against(struct arms *arms, const struct sequence *s,
		       const struct swc_state *state, int control,
		       struct error *err)
{
	uint64_t proved = kinds_in(s);
	struct arm *arm;
	unsigned int k;

	if (control < 0)
		return -1;
	for (k = 0; k < KINDS_MAX; k++) {
		if ((proved & 1ull << k) && prove_kind(arms, k, err))
			return -1;
	}
	arm = new_arm(arms, err);
	if (!arm)
		return -1;
	arm->sequence = s;
	arm->state = *state;
	arm->control = control;
	arm->works = sequence_works(s);
	arm->kinds = proved;
	return arms->n - 1;
}

int arms_add(struct arms *arms, const struct sequence *s,
	     const struct swc_state *state, struct error *err)
{
	return add_against(arms, s, state, arms_control(arms, s, state, err),
			   err);
}

/* Is it data that a state makes cold? */
static bool is_of_data(const struct swc_state *s)
{
	return !swc_region_set_is_empty(&s->l1d) ||
	       !swc_region_set_is_empty(&s->l2) ||
	       !swc_region_set_is_empty(&s->memory) ||
	       !swc_region_set_is_empty(&s->dtlb);
}

/* Nothing is taken off: whatever touching did besides, the program did, too. */
static int add_beside_warm(struct arms *arms, const struct sequence *s,
			   const struct swc_state *state, struct error *err)
{
	const struct swc_state none = {0};
	int warm = arms_add(arms, s, &none, err);
	int arm = warm < 0 ? -1 : arms_add(arms, s, state, err);

	if (arm < 0)
		return -1;
	arms->list[arm].beside = true;
	arms->list[arm].warm = warm;
	return arm;
}

int arms_add_apart(struct arms *arms, const struct sequence *s,
		   const struct swc_state *state, struct error *err)
{
	struct swc_state restored = *state;
	const struct swc_state none = {0};
	int control, warm, again, arm;

	if (state->flags & SWC_STATE_RECORDED)
		return add_beside_warm(arms, s, state, err);
	if (!is_of_data(state))
		return arms_add(arms, s, state, err);
	/*
	 * Only what the data's state does besides is taken off, so code stays
	 * warm here.
	 */
	restored.flags = SWC_STATE_RESTORED;
	/* The frames of the cold ones take each other off. */
	control = arms_control(arms, s, &none, err);
	warm = add_against(arms, s, &none, control, err);
	again = warm < 0 ? -1 : add_against(arms, s, &restored, control, err);
	arm = again < 0 ? -1 : add_against(arms, s, state, control, err);
	if (arm < 0)
		return -1;
	arms->list[arm].cold = true;
	arms->list[arm].restored = again;
	arms->list[arm].warm = warm;
	return arm;
}

int arms_load_one(const struct backend_ops *ops, struct backend *b,
		  const struct sequence *s, const struct swc_state *state,
		  uint32_t pedestal, struct error *err)
{
	return ops->load(b, s, pedestal,
			 swc_state_is_warm(state) ? NULL : state, err);
}

int arms_load(const struct arms *arms, const struct backend_ops *ops,
	      struct backend *b, uint32_t pedestal, struct error *err)
{
	const struct arm *arm;

	for (arm = arms->list; arm < arms->list + arms->n; arm++) {
		if (arms_load_one(ops, b, arm->sequence, &arm->state, pedestal,
				  err))
			return -1;
	}
	return 0;
}
