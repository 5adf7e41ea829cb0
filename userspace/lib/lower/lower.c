// SPDX-License-Identifier: GPL-2.0
#include "lower.h"

#include <stdlib.h>
#include <string.h>

#include "engine/slots.h"
#include "engine/verify.h"
#include "codepages.h"
#include "lowerdata.h"
#include "lowerflow.h"
#include "lowerturns.h"
#include "lowerworking.h"
#include "unreplayable.h"

static const struct {
	const char *name;
	const char *text;
	const char *effect;
} deviations[LOWER_DEVIATIONS] = {
	[LOWER_CALLER_CALL] = {"caller_call",
			       "ops added: the call that led here",
			       "none: the live call has it, too"},
	[LOWER_SPLIT] = {"split", "ops added: an instruction became several",
			 "one more operation to issue; where it computes after "
			 "its load, as recorded, none"},
	[LOWER_CHUNKED] = {"chunked", "ops added: a large access in pieces",
			   "more operations to issue, the same lines"},
	[LOWER_INDIRECT] = {"indirect",
			    "indirect call or jump made direct: too many",
			    "none while it is predicted, which doesn't wait for "
			    "the pointer; a misprediction is missing"},
	[LOWER_LOOP] =
		{"loop", "a loop's jump back became a branch that isn't taken",
		 "turns that differ have a branch each, not one for all; "
		 "taken, they took 2.8 cycles each on Zen 2, live 1.7 with "
		 "the turn's four operations, and so 1.4"},
	[LOWER_TLS] = {"tls", "fs:/gs: access by a plain address",
		       "a cycle of latency, on CPUs that take one to add the "
		       "segment's base"},
	[LOWER_ADDRESS_REGISTER] =
		{"address_register",
		 "second address register not carried: not zero, or of an area",
		 "the address waits for the register that was "
		 "written last, and not for the other"},
	[LOWER_BASE] = {"base", "address dependency not carried",
			"what depends on it starts too early"},
	[LOWER_RENAMED] = {"renamed",
			   "registers renamed: xmm16 to 31, k, x87, mmx",
			   "none, unless the program uses both registers at a "
			   "time: then one may wait for the other"},
	[LOWER_SP_SOURCE] = {"sp_source", "rsp as a value made a constant",
			     "flags or stored data don't wait for rsp, which is "
			     "known early but after a switch of stacks"},
	[LOWER_WIDTH] =
		{"width", "operand width changed",
		 "none on time: narrow registers are computed as 4 bytes"},
	[LOWER_CLASS] = {"class", "another operation of similar latency",
			 "another port, perhaps"},
	[LOWER_COST] = {"cost", "another operation of another cost",
			"its time is missing, but for its accesses"},
	[LOWER_UNLOCKED] = {"unlocked", "misaligned lock prefix dropped",
			    "a split lock's hundreds of cycles are missing"},
	[LOWER_RETURN] = {"return", "return to elsewhere than a call's",
			  "its address takes two or three operations more to "
			  "make; where it wasn't stored in the recording, it "
			  "doesn't wait for its memory"},
	[LOWER_SWITCH_SOURCE] =
		{"switch_source",
		 "rsp loaded from memory: the switch doesn't wait for it",
		 "what is on the new stack starts too early"},
	[LOWER_ELIDED] = {"elided", "not replayable: became a nop",
			  "its time is missing"},
	[LOWER_SYSCALL] = {"syscall", "system call: became a nop",
			   "its time is missing, and what the kernel evicts"},
	[LOWER_SP_ADDED] = {"sp_added",
			    "ops added: rsp moved by a signal, ret "
			    "n, pop rsp",
			    "a cycle"},
	[LOWER_SHARED_PAGE] = {"shared_page",
			       "page of two stacks became two pages",
			       "one translation more"},
};

const char *lower_deviation_name(enum lower_deviation deviation)
{
	return deviations[deviation].name;
}

const char *lower_deviation_text(enum lower_deviation deviation)
{
	return deviations[deviation].text;
}

const char *lower_deviation_effect(enum lower_deviation deviation)
{
	return deviations[deviation].effect;
}

void lower_details_free(struct lower_details *details)
{
	free(details->count);
	*details = (struct lower_details){0};
}

/* The verifier has refused one of these at a step, which is then done otherwise. */
#define NEW_ADDRESS 0x1u /* a return whose address isn't there */
#define TOUCH_ONLY  0x2u /* an XSAVE or a restore: touch its area */

/* Refusals of that kind that are mended before it is a failure. */
#define MAX_MENDED 1000

/**
 * struct lowerer - all of a lowering
 * @state: what one instruction's lowering needs
 * @returns: return addresses
 * @variant: being lowered
 * @decoded: by index into CODE; all are decoded before
 * @functions: by index into CODE; -1: not yet
 * @code: SWC_CODE_AT(), by index into CODE; 0: not yet
 * @moves: enum stack_move, by index into CODE
 * @code_pages: their numbers, in order of first execution
 * @mended: by step: NEW_ADDRESS, TOUCH_ONLY
 * @touch_only: nothing but accesses
 */
struct lowerer {
	struct lower_state state;
	struct lower_returns returns;
	const struct trace_variant *variant;
	struct insn *decoded;
	int *functions;
	uint32_t *code;
	uint8_t *moves;
	struct codepages code_pages;
	uint8_t *mended;
	bool touch_only;
};

static int no_memory(struct lowerer *l)
{
	return error_set(l->state.err, EXIT_IMPOSSIBLE, "%s: out of memory",
			 l->state.trace->path);
}

/* Decode what the variant executes. */
static int decode(struct lowerer *l)
{
	const struct trace *trace = l->state.trace;
	const struct trace_step *step = trace->steps + l->variant->first_step;
	const struct trace_step *end = step + l->variant->nsteps;
	const struct trace_insn *insn;
	struct insn *decoded;

	for (; step < end; step++) {
		decoded = &l->decoded[step->insn];
		if (decoded->zydis.length)
			continue;
		insn = &trace->insns[step->insn];
		if (insn_decode(decoded, insn->address, insn->bytes,
				insn->length))
			return error_set(l->state.err, EXIT_USAGE,
					 "%s: instruction at %#lx can't be "
					 "decoded: record it again",
					 trace->path, insn->address);
		l->moves[step->insn] = lower_moves(decoded);
	}
	return 0;
}

static int function_of(struct lowerer *l, uint32_t index)
{
	const struct trace *trace = l->state.trace;

	if (l->functions[index] < 0)
		l->functions[index] = names_add(
			&l->state.s->functions,
			trace_string(trace, trace->insns[index].function));
	return l->functions[index];
}

static uint32_t code_place(struct lowerer *l, uint32_t index)
{
	uint64_t address = l->state.trace->insns[index].address;
	uint32_t number;

	if (l->code[index])
		return l->code[index];
	number = codepages_number(&l->code_pages, address / SWC_PAGE_BYTES);
	l->code[index] = SWC_CODE_AT(number, address % SWC_PAGE_BYTES);
	return l->code[index];
}

/*
 * The recording starts after the call into its first function and ends after
 * that function's return. The call is added, so that the return has its match.
 */
static int add_callers_call(struct lowerer *l, uint64_t rsp)
{
	struct lower_state *s = &l->state;

	if (pagemap_find_sp(&s->map, &s->stacks, rsp + SWC_SLOT_BYTES,
			    &s->sp_region, &s->sp_offset))
		return error_set(s->err, EXIT_USAGE,
				 "%s: the first return address isn't among the "
				 "accesses: record it again",
				 s->trace->path);
	s->s->entry_region = s->sp_region;
	s->s->entry_offset = s->sp_offset;
	lower_count(s, LOWER_CALLER_CALL);
	return lower_flow_call(s, &l->returns, 0);
}

/* The search for a register that is written before it is read looks so far. */
#define SPARE_STEPS 256u

/* Registers whose value this instruction needs. */
static uint32_t needs(const struct insn *insn, const struct operands *o)
{
	uint32_t set = 0;
	unsigned int k;

	for (k = 0; k < o->ngpr_in; k++)
		set |= 1u << o->gpr_in[k];
	for (k = 0; k < insn->zydis.operand_count; k++) {
		const ZydisDecodedOperandMem *mem = &insn->operands[k].mem;

		if (insn->operands[k].type != ZYDIS_OPERAND_TYPE_MEMORY)
			continue;
		set |= lower_register_bit(mem->base);
		set |= lower_register_bit(mem->index);
	}
	/* A partial write needs the rest of its register, too. */
	for (k = 0; o->partial && k < o->ngpr_out; k++)
		set |= 1u << o->gpr_out[k];
	return set;
}

/*
 * A register that the program writes before it reads it again, after @step, so
 * that its value doesn't matter there.
 */
static uint8_t spare_register(const struct lowerer *l,
			      const struct trace_step *step)
{
	const struct trace_step *end = l->state.trace->steps +
				       l->variant->first_step +
				       l->variant->nsteps;
	uint32_t needed = 1u << SWC_REG_RSP;
	const struct insn *insn;
	struct operands o;
	unsigned int n, k;

	for (n = 0; n < SPARE_STEPS && step < end; n++, step++) {
		insn = &l->decoded[step->insn];
		operands_find(&o, insn);
		needed |= needs(insn, &o);
		for (k = 0; n && k < o.ngpr_out; k++) {
			if (!(needed & (1u << o.gpr_out[k])))
				return o.gpr_out[k];
		}
	}
	return SWC_REG_NONE;
}

/* As many steps a loop's turn has at most. */
#define TURN_STEPS 64u

/*
 * Does a conditional branch lead back to where control has been a few steps ago? Then it
 * closes a loop, whose next turn is emitted behind it.
 */
static bool loops_back(const struct lowerer *l, const struct trace_step *step)
{
	const struct trace *trace = l->state.trace;
	const struct trace_step *first = trace->steps + l->variant->first_step;
	const struct trace_step *before;
	uint32_t to;

	if (l->decoded[step->insn].kind != INSN_BRANCH ||
	    !(step->flags & TRACE_STEP_TAKEN) ||
	    step + 1 == first + l->variant->nsteps)
		return false;
	to = step[1].insn;
	if (trace->insns[to].address > trace->insns[step->insn].address)
		return false;
	for (before = step; before >= first && step - before < (long)TURN_STEPS;
	     before--) {
		if (l->moves[before->insn] != STACK_KEEP)
			return false; /* with calls, it isn't a small loop */
		if (before->insn == to)
			return true;
	}
	return false;
}

static int lower_step(struct lowerer *l, const struct trace_step *step,
		      const struct trace_access *a, uint64_t next_rsp,
		      uint64_t target)
{
	struct lower_state *s = &l->state;
	uint8_t mended = l->mended[s->note.line - 1];
	struct lower_flow_step flow = {
		.insn = &l->decoded[step->insn],
		.a = a,
		.n = step->naccesses,
		.taken = step->flags & TRACE_STEP_TAKEN,
		.refused = mended & NEW_ADDRESS,
		.target = target,
		.loops = loops_back(l, step),
		.next_rsp = next_rsp,
		.spare = SWC_REG_NONE,
	};
	int missing = unreplayable_kind(flow.insn, a, step->naccesses), rc;

	if (missing >= 0)
		s->s->not_replayed.count[missing]++;
	lower_flow_written(s, &l->returns, a, step->naccesses);
	if (l->moves[step->insn] == STACK_SET && flow.n)
		flow.spare = spare_register(l, step);
	if (lower_is_flow(flow.insn))
		rc = lower_flow_step(s, &l->returns, &flow);
	else
		rc = lower_data(s, flow.insn, a, step->naccesses,
				mended & TOUCH_ONLY);
	if (rc || lower_returns_aim(s, &l->returns))
		return -1;
	return lower_flow_settle(s, &l->returns, next_rsp);
}

/* One access for each that was recorded; RSP stays where it is. */
static int touch_step(struct lowerer *l, const struct trace_step *step,
		      const struct trace_access *a)
{
	unsigned int i;

	for (i = 0; i < step->naccesses; i++) {
		if (lower_pieces(&l->state, &a[i], LOWER_NO_REGISTER))
			return -1;
	}
	return 0;
}

static int lower_steps(struct lowerer *l)
{
	const struct trace *trace = l->state.trace;
	const struct trace_step *first = trace->steps + l->variant->first_step;
	const struct trace_step *end = first + l->variant->nsteps, *step;
	const struct trace_access *a =
		trace->accesses + l->variant->first_access;
	struct lower_state *s = &l->state;
	uint64_t next_rsp, target;
	int function;

	s->note = (struct sequence_note){0};
	s->code = 0;
	s->indirect = 0;
	s->emitted = 0;
	memset(s->written, 0, sizeof(s->written));
	if (!l->touch_only && add_callers_call(l, first->rsp))
		return -1;
	for (step = first; step < end; step++) {
		function = function_of(l, step->insn);
		if (function < 0)
			return no_memory(l);
		s->note.function = function;
		s->note.line = step - first + 1;
		s->code = code_place(l, step->insn);
		s->rsp = step->rsp;
		s->emitted = 0;
		next_rsp = step + 1 < end ? step[1].rsp
					  : first->rsp + SWC_SLOT_BYTES;
		target = step + 1 < end ? trace->insns[step[1].insn].address
					: 0;
		if (l->touch_only ? touch_step(l, step, a)
				  : lower_step(l, step, a, next_rsp, target))
			return -1;
		a += step->naccesses;
	}
	return 0;
}

/* Gives up what can't be proved: an address's dependency, a division. */
static void give_up(struct lower_state *l, const uint8_t *unproved)
{
	struct sequence *s = l->s;
	size_t i;

	for (i = 0; i < s->nops; i++) {
		l->note = s->notes[i];
		if (sequence_is_unproved(unproved, SWC_UNPROVED(i)))
			lower_count(l, LOWER_BASE);
		if (sequence_is_unproved(unproved, SWC_UNPROVED_INDEX(i)))
			lower_count(l, LOWER_ADDRESS_REGISTER);
	}
	sequence_give_up(s, unproved);
}

/* Verify, and give up the dependencies that can't be proved. */
static int settle(struct lowerer *l, struct swc_error *refused,
		  struct error *err)
{
	struct sequence *s = l->state.s;
	uint8_t *unproved = calloc(SWC_UNPROVED_BYTES(s->nops), 1);
	int rc;

	if (!unproved)
		return no_memory(l);
	rc = sequence_prove(s, l->state.caps, unproved, refused, err);
	if (!rc)
		give_up(&l->state, unproved);
	free(unproved);
	return rc;
}

/* Mark the refused step to be done otherwise. Return: whether it can be. */
static bool mend(struct lowerer *l, const struct swc_error *refused)
{
	const struct sequence *s = l->state.s;
	uint8_t how;
	uint32_t line;

	if (refused->code == SWC_ERR_RETURN)
		how = NEW_ADDRESS;
	else if (refused->code == SWC_ERR_XSTATE)
		how = TOUCH_ONLY;
	else
		return false;
	line = refused->op < s->nops ? s->notes[refused->op].line : 0;
	if (!line || (l->mended[line - 1] & how))
		return false;
	l->mended[line - 1] |= how;
	return true;
}

/* Start anew, with what is known by now. */
static void restart(struct lowerer *l)
{
	struct lower_details *details = l->state.details;

	l->state.s->nops = 0;
	l->state.s->not_replayed = (struct notreplayed){0};
	l->state.note = (struct sequence_note){0};
	memset(l->state.report->count, 0, sizeof(l->state.report->count));
	if (details)
		memset(details->count, 0,
		       (details->nsteps + 1) * sizeof(*details->count));
	lower_count_more(&l->state, LOWER_SHARED_PAGE, l->state.map.shared);
	lower_returns_restart(&l->returns);
}

/*
 * The lowering follows the machine as the verifier does, but not in all: it
 * doesn't know what becomes of a return address below RSP while that is on
 * another stack, nor what an earlier replay leaves. If the verifier, which
 * does, refuses, the lowering is done again.
 */
static int lower_until_accepted(struct lowerer *l)
{
	struct swc_error refused;
	struct error err = {0};
	unsigned int tries;

	for (tries = 0; tries <= MAX_MENDED; tries++) {
		restart(l);
		if (lower_steps(l))
			return -1;
		if (l->returns.found && tries < MAX_MENDED)
			continue;
		err = (struct error){0};
		refused = (struct swc_error){0};
		if (!settle(l, &refused, &err))
			return lower_turns(&l->state);
		if (!mend(l, &refused))
			break;
	}
	*l->state.err = err;
	return -1;
}

static void lowerer_free(struct lowerer *l)
{
	lower_returns_free(&l->returns);
	pagemap_free(&l->state.map);
	stackmap_free(&l->state.stacks);
	free(l->decoded);
	free(l->functions);
	free(l->code);
	free(l->moves);
	codepages_free(&l->code_pages);
	free(l->mended);
}

static int lowerer_init(struct lowerer *l)
{
	const struct trace *trace = l->state.trace;
	size_t n = trace->ninsns, i;

	l->decoded = calloc(n, sizeof(*l->decoded));
	l->functions = calloc(n, sizeof(*l->functions));
	l->code = calloc(n, sizeof(*l->code));
	l->moves = calloc(n, sizeof(*l->moves));
	l->mended = calloc(l->variant->nsteps, sizeof(*l->mended));
	if (!l->decoded || !l->functions || !l->code || !l->moves ||
	    !l->mended || codepages_init(&l->code_pages, n))
		return no_memory(l);
	for (i = 0; i < n; i++)
		l->functions[i] = -1;
	if (decode(l) ||
	    stackmap_build(&l->state.stacks, trace, l->variant, l->moves,
			   l->state.err) ||
	    pagemap_build(&l->state.map, trace, l->variant, &l->state.stacks,
			  l->state.s, l->state.err) ||
	    lower_working(l->state.s, trace, l->variant, &l->state.map,
			  &l->code_pages, l->state.err))
		return -1;
	return lower_returns_init(&l->returns, &l->state, l->variant->nsteps)
		       ? no_memory(l)
		       : 0;
}

static int details_init(struct lower_details *details, uint32_t nsteps)
{
	details->nsteps = nsteps;
	details->count = calloc(nsteps + 1, sizeof(*details->count));
	return details->count ? 0 : -1;
}

int lower_variant_as(const struct trace *trace,
		     const struct trace_variant *variant,
		     const struct swc_caps *caps,
		     const struct lower_options *options, struct sequence *s,
		     struct lowering *lowering, struct error *err)
{
	struct lowerer l = {
		.state = {.trace = trace,
			  .caps = caps,
			  .s = s,
			  .report = lowering,
			  .details = options->details,
			  .err = err},
		.variant = variant,
		.touch_only = options->touch_only,
	};
	int rc;

	*lowering = (struct lowering){.instructions = variant->nsteps};
	rc = sequence_init(s, trace->path, err);
	if (!rc && l.state.details &&
	    details_init(l.state.details, variant->nsteps))
		rc = no_memory(&l);
	if (!rc)
		rc = lowerer_init(&l);
	if (!rc)
		rc = lower_until_accepted(&l);
	s->touch_only = options->touch_only;
	lowering->ops = s->nops;
	lowerer_free(&l);
	if (rc) {
		sequence_free(s);
		if (l.state.details)
			lower_details_free(l.state.details);
	}
	return rc;
}

int lower_variant(const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct swc_caps *caps, struct sequence *s,
		  struct lowering *lowering, struct error *err)
{
	const struct lower_options plain = {.touch_only = false};

	return lower_variant_as(trace, variant, caps, &plain, s, lowering, err);
}
