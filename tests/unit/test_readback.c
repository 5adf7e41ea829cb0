// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <Zydis/Zydis.h>
#include <stdlib.h>

#include "engine/chunks.h"
#include "engine/optable.h"
#include "engine/readback.h"
#include "generate.h"

/*
 * Emitted code is read back before it runs. That each test's code is accepted is
 * emit()'s to check, in helper.c. Here it is spoilt: nothing of that may be accepted.
 */

#define LOW	 0x20000000ull
#define HIGH	 0xffffffffa0000000ull
#define INT3	 0xcc
#define PROGRAMS 120
#define CHANGES	 4000 /* of each program */

/* A program, emitted for a place: what is spoilt. */
struct subject {
	struct generated g;
	struct verified v;
	struct emitted e;
	struct swc_binding binding;
	__u64 region[GENERATED_REGIONS];
	struct guarded workspace;
};

/* Every way to emit: loops, open ends, code as it was recorded, either half. */
static void subject_init(struct subject *s, struct random *random,
			 const struct swc_caps *caps, __u32 i)
{
	generate(&s->g, random, caps);
	if (i % 5 == 4)
		cut(&s->g, random);
	assert_true(verify(&s->v, &s->g.program, caps));
	s->binding = (struct swc_binding){
		.pedestal = i % 7,
		.landing_pad = i % 2,
		.packed = i % 3 == 0,
		.offset = random_below(random, 4096),
	};
	if (i % 5 == 3)
		s->binding.loop = (struct swc_loop){.iterations = 1000,
						    .copies = 1 + i % 2};
	bind_at(&s->binding, s->region, &s->g.program, i % 2 ? LOW : HIGH);
	assert_true(emit(&s->e, &s->v.proof, &s->binding));
	guarded_alloc(&s->workspace,
		      swc_readback_bytes(&s->v.proof, s->e.bytes));
}

static void subject_free(struct subject *s)
{
	guarded_free(&s->workspace);
	emitted_free(&s->e);
	verified_free(&s->v);
}

static bool accepts(struct subject *s)
{
	__u32 where;

	return swc_readback(&s->v.proof, &s->binding, s->workspace.bytes,
			    s->e.code.bytes, s->e.bytes, &where);
}

/* The end of the jumps that begin at @at, by Zydis; @at itself if none does. */
static __u32 end_of_jumps(const struct subject *s, const ZydisDecoder *zydis,
			  __u32 at)
{
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
	const __u8 *code = s->e.code.bytes;
	ZydisDecodedInstruction insn;

	while (ZYAN_SUCCESS(ZydisDecoderDecodeFull(
		       zydis, code + at, s->e.bytes - at, &insn, o)) &&
	       insn.mnemonic == ZYDIS_MNEMONIC_JMP &&
	       o[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		at += insn.length + (__u32)o[0].imm.value.s;
	return at;
}

/*
 * A branch whose both ways meet may lead to the jump after it as well as over it: that
 * is the same way. @at is the lowest byte of its displacement, which the @opcode is
 * before.
 */
static bool meets_after(const struct subject *s, __u32 at, __u32 opcode)
{
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
	const __u8 *code = s->e.code.bytes;
	ZydisDecodedInstruction insn;
	ZydisDecoder zydis;

	ZydisDecoderInit(&zydis, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&zydis, code + at - opcode,
						 s->e.bytes - at + opcode,
						 &insn, o)) ||
	    (insn.mnemonic != ZYDIS_MNEMONIC_JZ &&
	     insn.mnemonic != ZYDIS_MNEMONIC_JNZ))
		return false;
	at += insn.length - opcode;
	return end_of_jumps(s, &zydis, at) ==
	       end_of_jumps(s, &zydis, at + (__u32)o[0].imm.value.s);
}

/* The displacement has 8 bits, or 32. */
static bool meets(const struct subject *s, __u32 at)
{
	return meets_after(s, at, 1) || meets_after(s, at, 2);
}

/* Each bit of each byte that isn't filler, and of some that are. */
static __u32 flip_all(struct subject *s)
{
	__u8 *code = s->e.code.bytes;
	__u32 at, bit, n = 0;

	for (at = 0; at < s->e.bytes; at++) {
		if (code[at] == INT3 && at % 61)
			continue;
		for (bit = 0; bit < 8; bit++) {
			code[at] ^= 1u << bit;
			if (accepts(s) && !meets(s, at))
				fail_msg("accepted with bit %u of byte %u "
					 "flipped, to %02x",
					 bit, at, code[at]);
			code[at] ^= 1u << bit;
			n++;
		}
	}
	for (at = 0; at < s->v.proof.nindirect; at++) {
		/* An operation that shares code has none of its own. */
		if (!s->binding.pointers[at])
			continue;
		for (bit = 0; bit < 64; bit++) {
			s->binding.pointers[at] ^= 1ull << bit;
			if (accepts(s))
				fail_msg("accepted with bit %u of pointer %u "
					 "flipped",
					 bit, at);
			s->binding.pointers[at] ^= 1ull << bit;
			n++;
		}
	}
	assert_true(accepts(s));
	return n;
}

/* Adds how many loops and how many operations of calls execute code again. */
static void count_again(const struct subject *s, __u32 *turns, __u32 *shared)
{
	void *workspace = malloc(swc_chunks_bytes(&s->v.proof));
	struct swc_chunks places;
	__u32 i;

	assert_non_null(workspace);
	swc_chunks_divide(&places, &s->v.proof, workspace, &s->binding);
	*turns += places.nturns;
	for (i = 0; i < places.nops; i++)
		*shared += places.same[i] != i;
	for (i = 0; i < places.nturns; i++)
		*shared -= places.turns[i].length * (places.turns[i].count - 1);
	free(workspace);
}

/* Has each kind been met that a program may have? Else @missing is one that hasn't. */
static bool all_met(const bool *met, __u32 *missing)
{
	__u32 kind;

	for (kind = 1; kind < SWC_OP_KINDS; kind++) {
		*missing = kind;
		if (!met[kind] && kind != SWC_OP_TRAP)
			return false;
	}
	return true;
}

/* As many as there have to be, and on until each kind has been met: XRSTOR is rare. */
static void test_flips(void **state)
{
	struct random random = {.state = 0x5eede};
	struct swc_caps caps = caps_all();
	static struct subject s;
	bool met[SWC_OP_KINDS] = {0};
	__u32 i, op, missing, n = 0, turns = 0, shared = 0;

	(void)state;
	for (i = 0;
	     i < PROGRAMS || (!all_met(met, &missing) && i < 8 * PROGRAMS);
	     i++) {
		caps.avx = caps.avx512 = i % 4;
		caps.andn = i % 3;
		subject_init(&s, &random, &caps, i);
		for (op = 0; op < s.g.program.nops; op++)
			met[s.g.ops[op].kind] = true;
		n += flip_all(&s);
		count_again(&s, &turns, &shared);
		subject_free(&s);
	}
	print_message("%u flips; %u loops, %u operations of calls that share "
		      "code\n",
		      n, turns, shared);
	assert_true(turns && shared);
	assert_in_range(n, 400000, UINT32_MAX);
	if (!all_met(met, &missing))
		fail_msg("no %s", swc_op_traits(missing)->name);
}

/* Several bytes at a time: others, or bytes from elsewhere in the code. */
static void change(struct subject *s, struct random *random)
{
	__u32 n = 1 + random_below(random, 6), i;
	__u32 at = random_below(random, s->e.bytes - n);
	__u32 from = random_below(random, s->e.bytes - n);
	__u8 *code = s->e.code.bytes;
	bool copy = random_below(random, 2);

	for (i = 0; i < n; i++)
		code[at + i] = copy ? code[from + i]
				    : random_below(random, 256);
}

static void test_changes(void **state)
{
	struct random random = {.state = 0x5eed6};
	struct swc_caps caps = caps_all();
	static struct subject s;
	struct guarded original;
	__u32 i, k, n = 0;

	(void)state;
	for (i = 0; i < 3 * PROGRAMS;
	     i += 3) { /* packed: there is little filler */
		subject_init(&s, &random, &caps, i);
		guarded_alloc(&original, s.e.bytes);
		memcpy(original.bytes, s.e.code.bytes, s.e.bytes);
		for (k = 0; k < CHANGES; k++) {
			change(&s, &random);
			if (!memcmp(original.bytes, s.e.code.bytes, s.e.bytes))
				continue;
			n++;
			if (accepts(&s))
				fail_msg("program %u: change %u is accepted", i,
					 k);
			memcpy(s.e.code.bytes, original.bytes, s.e.bytes);
		}
		guarded_free(&original);
		subject_free(&s);
	}
	assert_in_range(n, PROGRAMS * CHANGES / 2, PROGRAMS * CHANGES);
}

/*
 * The next operation from @i on that isn't a jump, with no more of it than its code
 * shows: a call that never returns is one to the next instruction, if that follows.
 */
static __u32 next_solid(const struct generated *g, __u32 i, struct swc_op *op)
{
	for (; i < g->program.nops; i++) {
		*op = g->ops[i];
		if (op->kind != SWC_OP_MARK && op->kind != SWC_OP_BRANCH &&
		    (op->kind != SWC_OP_JUMP || swc_op_is_indirect(op)))
			break;
	}
	op->code = 0;
	op->flags &= ~SWC_OPF_NEXT;
	return i;
}

/* Do two programs differ in nothing but jumps and marks? They may share their code. */
static bool differ_in_jumps(const struct generated *a,
			    const struct generated *b)
{
	__u32 i = 0, k = 0;
	struct swc_op x, y;

	for (;; i++, k++) {
		i = next_solid(a, i, &x);
		k = next_solid(b, k, &y);
		if (i >= a->program.nops || k >= b->program.nops)
			return i >= a->program.nops && k >= b->program.nops;
		if (memcmp(&x, &y, sizeof(x)))
			return false;
	}
}

/* Code of one program isn't that of another, which the verifier accepts as well. */
static void test_others(void **state)
{
	struct random random = {.state = 0x5eed7};
	struct swc_caps caps = caps_all();
	static struct subject s;
	struct generated original;
	struct verified v;
	struct emitted e;
	__u32 i, k, where, others = 0;
	bool same;

	(void)state;
	for (i = 0; i < 3 * PROGRAMS; i += 3) {
		subject_init(&s, &random, &caps, i);
		original = s.g;
		original.program.ops = original.ops;
		for (k = 0; k < 40; k++) {
			mutate(&s.g, &random);
			if (!verify(&v, &s.g.program, &caps) ||
			    (s.g.program.open_end &&
			     s.binding.loop.iterations)) {
				verified_free(&v);
				memcpy(s.g.ops, original.ops, sizeof(s.g.ops));
				s.g.program.entry_offset =
					original.program.entry_offset;
				continue;
			}
			assert_true(emit(&e, &v.proof, &s.binding));
			same = differ_in_jumps(&s.g, &original) ||
			       (e.bytes == s.e.bytes &&
				!memcmp(e.code.bytes, s.e.code.bytes, e.bytes));
			if (!same &&
			    read_back(&v.proof, &s.binding, s.e.code.bytes,
				      s.e.bytes, &where))
				fail_msg("program %u: another's code", i);
			others += !same;
			emitted_free(&e);
			verified_free(&v);
			memcpy(s.g.ops, original.ops, sizeof(s.g.ops));
			s.g.program.entry_offset =
				original.program.entry_offset;
		}
		subject_free(&s);
	}
	assert_in_range(others, PROGRAMS, 40 * PROGRAMS);
}

/* The code ends with its last instruction here: what fills it up after that is left out. */
static __u32 filled(const struct subject *s)
{
	const __u8 *code = s->e.code.bytes;
	__u32 n = s->e.bytes;

	while (n && code[n - 1] == INT3)
		n--;
	return n;
}

/* Code that ends too early is refused, and nothing behind its end is looked at. */
static void test_truncated(void **state)
{
	struct random random = {.state = 0x5eed8};
	struct swc_caps caps = caps_all();
	static struct subject s;
	struct guarded code;
	__u32 i, n, where;
	__u8 *begin;

	(void)state;
	for (i = 0; i < PROGRAMS / 4; i++) {
		subject_init(&s, &random, &caps, i);
		guarded_alloc(&code, s.e.bytes);
		for (n = 0; n < filled(&s); n++) {
			begin = code.bytes + (s.e.bytes + 7) / 8 * 8 - n;
			memcpy(begin, s.e.code.bytes, n);
			assert_false(swc_readback(&s.v.proof, &s.binding,
						  s.workspace.bytes, begin, n,
						  &where));
		}
		guarded_free(&code);
		subject_free(&s);
	}
}

/* Is the code accepted if the verifier errs: RSP is @by bytes further up than it is? */
static bool accepts_above(const char *text, __u32 by)
{
	struct swc_binding binding = {.packed = true};
	struct swc_caps caps = caps_all();
	__u64 region[GENERATED_REGIONS];
	struct swc_code code = {.bytes = NULL};
	struct guarded workspace, bytes;
	struct swc_program program;
	struct sequence s;
	struct verified v;
	bool accepted;
	__u32 i, where;

	sequence_from(&s, text);
	program = sequence_program(&s);
	program.open_end = true;
	assert_true(verify(&v, &program, &caps));
	program.entry_offset += by;
	for (i = 0; i < program.nops; i++)
		v.proof.ops[i].sp_offset += by;
	bind_at(&binding, region, &program, HIGH);
	guarded_alloc(&workspace, swc_emit_bytes(&v.proof));
	code.capacity = swc_emit(&v.proof, &binding, workspace.bytes, &code);
	guarded_alloc(&bytes, code.capacity);
	code.bytes = bytes.bytes;
	assert_int_equal(swc_emit(&v.proof, &binding, workspace.bytes, &code),
			 code.capacity);
	accepted = read_back(&v.proof, &binding, code.bytes, code.capacity,
			     &where);
	guarded_free(&bytes);
	guarded_free(&workspace);
	verified_free(&v);
	sequence_free(&s);
	return accepted;
}

/* The last operation may read up to its region's end, and nothing beyond. */
static void test_end(void **state)
{
	static const char *const texts[] = {
		"region s 1; entry s+0xff0; pop dst=rax",
		"region s 1; entry s+0xff0; aim s+0xff0; ret",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_true(accepts_above(texts[i], 0));
		assert_true(accepts_above(texts[i], 8));
		assert_false(accepts_above(texts[i], 16));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips),  cmocka_unit_test(test_changes),
		cmocka_unit_test(test_others), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
