// SPDX-License-Identifier: GPL-2.0
#include "expectation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "engine/absmachine.h"
#include "engine/access.h"
#include "engine/chunks.h"
#include "engine/layout.h"
#include "helper.h"

#define PAGE	      4096u
#define ENDBR64_BYTES 4u
#define STORE_RSP     "\x48\x89\x24\x25" /* mov [32 bits], rsp */
#define MAX_STEPS     (1u << 22)

void range_add(struct range *ranges, __u32 *n, struct range range)
{
	__u32 i, kept = 0;

	for (i = 0; i < *n; i++) {
		if (ranges[i].from <= range.to && range.from <= ranges[i].to) {
			if (ranges[i].from < range.from)
				range.from = ranges[i].from;
			if (ranges[i].to > range.to)
				range.to = ranges[i].to;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	for (i = kept; i && ranges[i - 1].from > range.from; i--)
		ranges[i] = ranges[i - 1];
	ranges[i] = range;
	*n = kept + 1;
}

static bool is_state(__u32 kind)
{
	return kind >= SWC_OP_FXSAVE && kind <= SWC_OP_XRSTOR;
}

/* The number of an indirect operation's pointer: those before it have one each. */
static __u32 pointer_of(const struct swc_proof *proof, __u32 index)
{
	__u32 i, n = 0;

	for (i = 0; i < index; i++)
		n += swc_op_is_indirect(&proof->program->ops[i]);
	return n;
}

/*
 * Reads of the context: a pointer's, of the operation @same whose code it is, or the
 * host's RSP.
 */
static void believe_context(struct believed *b, const struct expectation *e,
			    const struct swc_proof *proof,
			    const struct swc_op *op, __u32 same)
{
	struct range range;

	if (swc_op_is_indirect(op) && !proof->caps->direct)
		range.from = e->context + SWC_POINTERS_BYTES +
			     pointer_of(proof, same) * sizeof(__u64);
	else if (op->kind == SWC_OP_SWITCH && (op->flags & SWC_OPF_BACK) &&
		 proof->program->entry_region == SWC_NO_REGION)
		range.from =
			e->context + offsetof(struct swc_context, host_rsp);
	else
		return;
	range.to = range.from + sizeof(__u64);
	range_add(b->reads, &b->nreads, range);
}

/* The accesses of an operation, which executes the code of operation @same. */
static void believe_accesses(struct believed *b, const struct expectation *e,
			     const struct swc_proof *proof, __u32 index,
			     __u32 same)
{
	const struct swc_op *op = &proof->program->ops[index];
	struct swc_access accesses[SWC_OP_ACCESSES];
	__u32 i, n = swc_op_accesses(proof, index, accesses);
	struct range range;

	for (i = 0; i < n; i++) {
		range.from = e->region[accesses[i].region] + accesses[i].offset;
		range.to = range.from + accesses[i].bytes;
		if (accesses[i].flags & SWC_ACCESS_READ)
			range_add(b->reads, &b->nreads, range);
		if (accesses[i].flags & SWC_ACCESS_WRITE)
			range_add(b->writes, &b->nwrites, range);
	}
	b->partly = is_state(op->kind);
	b->locked = (op->flags & SWC_OPF_LOCK) ||
		    (swc_op_traits(op->kind)->traits & SWC_ATOMIC);
	believe_context(b, e, proof, op, same);
}

/* Walks through the operations as the verifier's last pass has. */
static void believe_pass(struct expectation *e, struct swc_machine *m)
{
	const struct swc_program *p = m->program;
	__u32 i;

	assert_int_equal(swc_machine_start(m), SWC_OK);
	for (i = 0; i < p->nops; i++) {
		e->believed[i].zero = m->zero;
		assert_int_equal(swc_machine_step(m, &p->ops[i], i), SWC_OK);
	}
	e->believed[i].zero = m->zero;
}

/* A loop's counter isn't 0 in its turns. */
static void believe_turns(struct expectation *e,
			  const struct swc_chunks *places)
{
	const struct swc_turns *t = places->turns;
	__u32 n, i;

	for (n = 0; n < places->nturns; n++, t++) {
		for (i = t->first; i < swc_turns_end(t); i++)
			e->believed[i].zero &= ~(1u << t->counter);
	}
}

static void copy_zeros(struct expectation *e, const struct swc_machine *m)
{
	__u32 i, n = m->slots.first[m->program->nregions];

	e->zeros = calloc(n ? n : 1, 1);
	assert_non_null(e->zeros);
	for (i = 0; i < n; i++)
		e->zeros[i] = m->slots.state[i] == SWC_SLOT_ZERO;
}

/*
 * The verifier keeps no states but the last ones, so another machine steps once more,
 * with what replays leave as the verifier has found it. That it gave up in between
 * shows in that it finds more now.
 */
static void believe_states(struct expectation *e, const struct verified *v,
			   const struct swc_caps *caps)
{
	const struct swc_program *p = v->proof.program;
	__u32 i, pages = 0, bits;
	struct swc_proof proof = v->proof;
	struct swc_machine m = {.program = p, .caps = caps, .proof = &proof};
	struct swc_error error;
	void *memory, *found;

	for (i = 0; i < p->nregions; i++)
		pages += p->regions[i].pages;
	bits = pages * SWC_SLOTS_PER_PAGE / 8;
	proof.ops = calloc(p->nops, sizeof(*proof.ops));
	m.call_block = calloc(2 * (size_t)p->nops, sizeof(*m.call_block));
	m.due = m.call_block + p->nops;
	memory = calloc(1, swc_slots_bytes(pages));
	assert_true(proof.ops && m.call_block && memory);
	swc_slots_init(&m.slots, p, memory);
	found = (char *)v->workspace.bytes + swc_verify_bytes(p, &error) -
		swc_slots_bytes(pages) +
		pages * SWC_SLOTS_PER_PAGE * sizeof(__u16);
	memcpy(m.slots.dirty, found, bits);
	memcpy(m.slots.saved, (char *)found + bits, bits);
	believe_pass(e, &m);
	if (memcmp(m.slots.dirty, found, bits) ||
	    memcmp(m.slots.saved, (char *)found + bits, bits)) {
		memcpy(m.slots.dirty, found, bits);
		memcpy(m.slots.saved, (char *)found + bits, bits);
		m.give_up = true;
		believe_pass(e, &m);
		assert_int_equal(memcmp(m.slots.dirty, found, bits), 0);
	}
	assert_int_equal(m.zero, v->proof.zero_end);
	copy_zeros(e, &m);
	free(memory);
	free(m.call_block);
	free(proof.ops);
}

static __u64 address_of_rsp(const struct expectation *e, __u32 region,
			    __u32 offset)
{
	return region == SWC_NO_REGION ? HOST_RSP : e->region[region] + offset;
}

static void believe(struct expectation *e, const struct verified *v,
		    const struct swc_caps *caps, bool packed)
{
	const struct swc_program *p = v->proof.program;
	void *workspace = malloc(swc_chunks_bytes(&v->proof));
	struct swc_chunks places;
	__u32 i;

	e->believed = calloc((size_t)p->nops + 1, sizeof(*e->believed));
	assert_true(e->believed && workspace);
	swc_chunks_divide(&places, &v->proof, workspace,
			  &(struct swc_binding){.packed = packed});
	believe_states(e, v, caps);
	believe_turns(e, &places);
	for (i = 0; i < p->nops; i++) {
		e->believed[i].rsp = address_of_rsp(e,
						    v->proof.ops[i].sp_region,
						    v->proof.ops[i].sp_offset);
		believe_accesses(&e->believed[i], e, &v->proof, i,
				 places.same[i]);
	}
	if (!p->open_end)
		e->believed[i].rsp =
			address_of_rsp(e, p->entry_region, p->entry_offset);
	free(workspace);
}

/* The context's address is in the first instruction. */
static void find_context(struct expectation *e, struct swc_binding *binding,
			 const __u8 *code)
{
	__s32 context;

	binding->landing_pad = !memcmp(code, "\xf3\x0f\x1e\xfa", ENDBR64_BYTES);
	if (binding->landing_pad)
		code += ENDBR64_BYTES;
	assert_int_equal(memcmp(code, STORE_RSP, sizeof(STORE_RSP) - 1), 0);
	memcpy(&context, code + sizeof(STORE_RSP) - 1, sizeof(context));
	e->context = (__u64)(__s64)context;
	binding->context = e->context;
}

/* Is the code what the sequence says, as @packed says that it lies? */
static bool is_good(const struct swc_program *program,
		    const struct swc_caps *caps, struct swc_binding *binding,
		    const __u8 *code, __u32 bytes, struct check_list *list)
{
	volatile bool good = false;

	list->n = 0;
	if (!assertions_catch()) {
		check_code_list(program, caps, binding, code, bytes, list);
		good = true;
	}
	assertions_leave();
	return good;
}

static void expect_all(struct expectation *e, const struct swc_program *program,
		       const struct observe *asked, const __u8 *code,
		       __u64 *pointers, read_memory read, void *guest)
{
	struct swc_binding binding = {
		.region = e->region,
		.pedestal = asked->pedestal,
		.offset = e->begin % PAGE,
		.at = e->begin,
		.pointers = pointers,
	};
	__u32 i, bytes = asked->code_bytes;
	struct verified v;
	char why[160];

	assert_true(verify(&v, program, &asked->caps));
	find_context(e, &binding, code);
	swc_layout(&v.proof, e->context, e->region);
	assert_true(read(guest, e->context + SWC_POINTERS_BYTES, pointers,
			 SWC_MAX_INDIRECT * sizeof(*pointers)));
	e->nregions = program->nregions;
	e->nops = program->nops;
	for (i = 0; i < program->nregions; i++)
		e->pages[i] = program->regions[i].pages;
	/* Code that takes too many pages as recorded is packed. */
	if (!is_good(program, &asked->caps, &binding, code, bytes, &e->list)) {
		snprintf(why, sizeof(why), "%s", assertions_text());
		binding.packed = true;
		if (!is_good(program, &asked->caps, &binding, code, bytes,
			     &e->list))
			fail_msg("%s", why);
	}
	believe(e, &v, &asked->caps, binding.packed);
	verified_free(&v);
	assert_true(e->list.n && e->list.n < e->list.room);
	for (e->end = e->list.n; e->end; e->end--) {
		if (e->list.steps[e->end - 1].op != CHECK_FRAME)
			break;
	}
}

bool expectation_of(struct expectation *e, const struct swc_program *program,
		    const struct observe *asked, __u64 at, read_memory read,
		    void *guest, char *why, size_t bytes)
{
	/* Static: a failed assertion jumps over what would free them. */
	static __u64 pointers[SWC_MAX_INDIRECT];
	__u8 *volatile code = malloc(asked->code_bytes + 16);
	volatile bool good = false;
	memset(e, 0, sizeof(*e));
	e->begin = at;
	e->list.room = MAX_STEPS;
	e->list.steps = calloc(e->list.room, sizeof(*e->list.steps));
	if (code && e->list.steps && !assertions_catch()) {
		assert_true(read(guest, at, code, asked->code_bytes));
		expect_all(e, program, asked, code, pointers, read, guest);
		good = true;
	}
	assertions_leave();
	free(code);
	if (!good)
		snprintf(why, bytes, "the code isn't the sequence's: %s",
			 assertions_text());
	return good;
}

void expectation_free(struct expectation *e)
{
	free(e->list.steps);
	free(e->believed);
	free(e->zeros);
	memset(e, 0, sizeof(*e));
}
