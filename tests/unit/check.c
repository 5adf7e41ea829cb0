// SPDX-License-Identifier: GPL-2.0
#include "check.h"

#include <stdlib.h>

#include "helper.h"
#include "walk.h"

#define MAX_RETURNS 65536u
#define INT3	    0xcc

static void want_context(const struct walk *w, int n, size_t field, __u32 bytes)
{
	want_mem(w, n, SWC_REG_NONE, w->binding->context + field, bytes);
}

static void check_timestamp(struct walk *w, size_t field, size_t cpu_field)
{
	expect(w, ZYDIS_MNEMONIC_RDTSCP);
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, cpu_field, 4);
	want_reg(w, 1, ZYDIS_REGISTER_ECX);
	expect(w, ZYDIS_MNEMONIC_SHL);
	want_reg(w, 0, ZYDIS_REGISTER_RDX);
	want_imm(w, 1, 32);
	expect(w, ZYDIS_MNEMONIC_OR);
	want_reg(w, 0, ZYDIS_REGISTER_RAX);
	want_reg(w, 1, ZYDIS_REGISTER_RDX);
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, field, 8);
	want_reg(w, 1, ZYDIS_REGISTER_RAX);
}

/* A counter of the loop is set; of how many iterations. */
static void check_counter(struct walk *w, size_t field)
{
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, field, 4);
	want_imm(w, 1, w->binding->loop.iterations);
}

static void check_prologue(struct walk *w)
{
	__u32 cleared = 0;
	__u8 id, i;

	if (w->binding->landing_pad)
		expect(w, ZYDIS_MNEMONIC_ENDBR64);
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, offsetof(struct swc_context, host_rsp), 8);
	want_reg(w, 1, ZYDIS_REGISTER_RSP);
	w->moves_rsp = true;
	if (w->program->entry_region != SWC_NO_REGION)
		check_back(w);
	w->moves_rsp = false;
	if (w->binding->loop.iterations)
		check_counter(w, offsetof(struct swc_context, iterations));
	if (w->binding->loop.iterations && w->binding->loop.copies > 1)
		check_counter(w,
			      offsetof(struct swc_context, iterations_again));
	expect(w, ZYDIS_MNEMONIC_MFENCE);
	expect(w, ZYDIS_MNEMONIC_LFENCE);
	check_timestamp(w, offsetof(struct swc_context, start),
			offsetof(struct swc_context, start_cpu));
	for (i = 0; i < 15; i++) { /* all but RSP */
		expect(w, ZYDIS_MNEMONIC_XOR);
		id = ZydisRegisterGetId(w->operand[0].reg.value);
		want_reg(w, 0, gpr(id, 4));
		want_reg(w, 1, gpr(id, 4));
		cleared |= 1u << id;
	}
	want(w, cleared == 0xffef, "a register isn't cleared");
	expect(w, ZYDIS_MNEMONIC_LFENCE);
}

/*
 * An iteration begins with zeros, RAX last, so that the flags are those of a zero.
 * Return: the zeroed registers, a bit each.
 */
static __u32 check_head(struct walk *w)
{
	__u32 cleared = 0;
	__u8 id;

	do {
		expect(w, ZYDIS_MNEMONIC_XOR);
		id = ZydisRegisterGetId(w->operand[0].reg.value);
		want_reg(w, 0, gpr(id, 4));
		want_reg(w, 1, gpr(id, 4));
		want(w, !(cleared & (1u << id)), "cleared twice");
		cleared |= 1u << id;
	} while (id != SWC_REG_RAX);
	return cleared;
}

/*
 * The counter goes down, and control to @head until it is 0; without a head, on
 * in any case.
 */
static void check_count(struct walk *w, size_t field, __u32 head)
{
	expect(w, ZYDIS_MNEMONIC_SUB);
	want_context(w, 0, field, 4);
	want_imm(w, 1, 1);
	walk_step(w);
	want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_JNZ, "jnz");
	want(w,
	     w->operand[0].imm.is_relative &&
		     (head ? w->at + w->operand[0].imm.value.s == head
			   : !w->operand[0].imm.value.s),
	     "leads elsewhere");
}

/*
 * An iteration ends with the counter; before that comes the second copy of the
 * loop's own instructions, if any.
 */
static void check_tail(struct walk *w)
{
	if (w->binding->loop.copies > 1) {
		check_count(w, offsetof(struct swc_context, iterations_again),
			    0);
		want(w, check_head(w) == w->head_clears,
		     "the copy clears others");
	}
	check_count(w, offsetof(struct swc_context, iterations), w->head);
}

/* Fences that wait for all of the sequence; only then the additions. */
static void check_pedestal(struct walk *w)
{
	__u32 adds;

	expect(w, ZYDIS_MNEMONIC_LFENCE);
	for (adds = 16; adds; adds--)
		expect(w, ZYDIS_MNEMONIC_NOP);
	expect(w, ZYDIS_MNEMONIC_LFENCE);
	for (adds = w->binding->pedestal; adds; adds--) {
		expect(w, ZYDIS_MNEMONIC_ADD);
		want_reg(w, 0, gpr(0, 8));
		want_reg(w, 1, gpr(0, 8));
	}
}

/* May the code lie as recorded, the epilogue apart from it? */
static bool tells_places(const struct swc_program *p)
{
	__u32 i;

	for (i = 0; i < p->nops; i++) {
		if (p->ops[i].code)
			return true;
	}
	return false;
}

/* May code lie right behind other code that never goes on, as it was recorded? */
static bool tells_bytes(const struct swc_program *p)
{
	__u32 i;

	for (i = 0; i < p->nops; i++) {
		if (SWC_CODE_EXACT(p->ops[i].code))
			return true;
	}
	return false;
}

static void check_epilogue(struct walk *w)
{
	w->op = NULL;
	land(w);
	/*
	 * The way to the epilogue is a jump from the last operation's block; an
	 * open end is right there.
	 */
	if ((!w->program->open_end || tells_places(w->program)) &&
	    (w->code[w->at] == 0xe9 || w->code[w->at] == 0xeb)) {
		expect(w, ZYDIS_MNEMONIC_JMP);
		ends_here(w);
		w->at += (__u32)w->operand[0].imm.value.s;
	}
	w->seen[w->at] &= ~SEEN_END;
	if (w->binding->loop.iterations)
		check_tail(w);
	check_pedestal(w);
	check_timestamp(w, offsetof(struct swc_context, end),
			offsetof(struct swc_context, end_cpu));
	expect(w, ZYDIS_MNEMONIC_LFENCE);
	w->moves_rsp = true;
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, ZYDIS_REGISTER_RSP);
	want_context(w, 1, offsetof(struct swc_context, host_rsp), 8);
	w->rsp = HOST_STACK;
	expect(w, ZYDIS_MNEMONIC_LEA);
	want_reg(w, 0, ZYDIS_REGISTER_RBP);
	want_mem(w, 1, SWC_REG_RSP, HOST_STACK + 6 * 8, 8);
	expect(w, ZYDIS_MNEMONIC_RET);
	ends_here(w);
}

void check_code(const struct swc_program *program, const struct swc_caps *caps,
		const struct swc_binding *binding, const __u8 *code,
		__u32 bytes)
{
	check_code_lines(program, caps, binding, code, bytes, NULL);
}

static struct predicted predicted;

struct predicted check_predicted(void)
{
	return predicted;
}

static void check(struct walk *w)
{
	const struct swc_program *program = w->program;
	struct swc_chunks places;
	struct verified v;
	void *workspace;
	__u32 i;

	assert_true(verify(&v, program, w->caps));
	workspace = malloc(swc_chunks_bytes(&v.proof));
	assert_non_null(workspace);
	swc_chunks_divide(&places, &v.proof, workspace, w->binding);
	w->proof = &v.proof;
	w->places = &places;
	w->seen = calloc(w->bytes, 1);
	w->slots = calloc(MAX_RETURNS, sizeof(*w->slots));
	w->due = calloc(program->nops, sizeof(*w->due));
	w->pointers = calloc(program->nops, sizeof(*w->pointers));
	assert_true(w->seen && w->slots && w->due && w->pointers);
	ZydisDecoderInit(&w->decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	check_prologue(w);
	w->head = w->at;
	if (w->binding->loop.iterations)
		w->head_clears = check_head(w);
	for (w->index = 0; w->index < program->nops; w->index++)
		check_op(w, &program->ops[w->index]);
	check_epilogue(w);
	for (i = 0; i < w->bytes; i++)
		assert_true((w->seen[i] & (SEEN_CODE | SEEN_END)) ==
				    SEEN_CODE ||
			    w->code[i] == INT3 ||
			    ((w->seen[i] & SEEN_CODE) && tells_bytes(program)));
	predicted = w->predicted;
	free(w->pointers);
	free(w->due);
	free(w->slots);
	free(w->seen);
	free(workspace);
	verified_free(&v);
}

static struct walk walk_of(const struct swc_program *program,
			   const struct swc_caps *caps,
			   const struct swc_binding *binding, const __u8 *code,
			   __u32 bytes)
{
	return (struct walk){
		.program = program,
		.caps = caps,
		.binding = binding,
		.code = code,
		.bytes = bytes,
		.rsp = HOST_STACK,
	};
}

void check_code_lines(const struct swc_program *program,
		      const struct swc_caps *caps,
		      const struct swc_binding *binding, const __u8 *code,
		      __u32 bytes, __u64 *lines)
{
	struct walk w = walk_of(program, caps, binding, code, bytes);

	w.lines = lines;
	check(&w);
}

void check_code_list(const struct swc_program *program,
		     const struct swc_caps *caps,
		     const struct swc_binding *binding, const __u8 *code,
		     __u32 bytes, struct check_list *list)
{
	struct walk w = walk_of(program, caps, binding, code, bytes);

	w.list = list;
	check(&w);
}
