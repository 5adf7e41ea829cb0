// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <string.h>

#include "check.h"
#include "engine/optable.h"
#include "lowered.h"

/*
 * Returns to elsewhere than their calls: the operations that are made of them,
 * and how the CPU's return predictor fares with the emitted code: as many
 * returns must be predicted right, and as many wrong, as in the recording. The
 * test follows the code for that, and measures no time.
 */

#define MAX_TOLD 14

/* Calls of 5 bytes, from and to @at of the stack; of the next instruction. */
#define CALL_AT(at)                                      \
	{                                                \
		5, {0xe8, 0x0b, 0, 0, 0}, (at), 0,       \
		{                                        \
			{                                \
				(at) - 8, 8, W, IN_STACK \
			}                                \
		}                                        \
	}
#define CALL_NEXT_AT(at)                                 \
	{                                                \
		5, {0xe8, 0, 0, 0, 0}, (at), 0,          \
		{                                        \
			{                                \
				(at) - 8, 8, W, IN_STACK \
			}                                \
		}                                        \
	}
#define RET_AT(at)                                   \
	{                                            \
		1, {0xc3}, (at), 0,                  \
		{                                    \
			{                            \
				(at), 8, R, IN_STACK \
			}                            \
		}                                    \
	}
/* mov [rsp], rax */
#define STORE_AT(at)                                  \
	{                                             \
		4, {0x48, 0x89, 0x04, 0x24}, (at), 0, \
		{                                     \
			{                             \
				(at), 8, W, IN_STACK  \
			}                             \
		}                                     \
	}
/* push rax, pop rcx, push rcx */
#define PUSH_RAX_AT(at)                                  \
	{                                                \
		1, {0x50}, (at), 0,                      \
		{                                        \
			{                                \
				(at) - 8, 8, W, IN_STACK \
			}                                \
		}                                        \
	}
#define POP_RCX_AT(at)                               \
	{                                            \
		1, {0x59}, (at), 0,                  \
		{                                    \
			{                            \
				(at), 8, R, IN_STACK \
			}                            \
		}                                    \
	}
#define PUSH_RCX_AT(at)                                  \
	{                                                \
		1, {0x51}, (at), 0,                      \
		{                                        \
			{                                \
				(at) - 8, 8, W, IN_STACK \
			}                                \
		}                                        \
	}

struct told {
	const char *name;
	struct planted steps[MAX_TOLD];
	const char *ops[MAX_TOLD + 4];
	struct predicted predicted;
	size_t returns; /* LOWER_RETURN */
};

static const struct planted nop = {1, {0x90}, ENTRY, 0, {{0}}};

static const struct planted back = {1, {0x90}, ENTRY, PLANTED_BEHIND(0), {{0}}};

static void check_told(const struct told *t)
{
	struct swc_caps caps = caps_all();
	struct swc_op_counts counts;
	struct swc_program program;
	struct predicted predicted;
	struct lowered l;
	size_t i;

	planted_lower(&l, t->steps, false);
	for (i = 0; t->ops[i]; i++) {
		if (i >= l.sequence.nops ||
		    strcmp(planted_text(&l, i), t->ops[i]))
			fail_msg("%s: op %zu is %s, not %s", t->name, i,
				 i < l.sequence.nops ? planted_text(&l, i)
						     : "missing",
				 t->ops[i]);
	}
	assert_int_equal(l.sequence.nops, i);
	assert_int_equal(l.lowering.count[LOWER_RETURN], t->returns);
	program = sequence_program(&l.sequence);
	check_accepted(&program, &caps);
	predicted = check_predicted();
	if (predicted.right != t->predicted.right ||
	    predicted.wrong != t->predicted.wrong)
		fail_msg("%s: %u right, %u wrong", t->name, predicted.right,
			 predicted.wrong);
	/* A return for each recorded one. */
	swc_op_count(&program, &counts);
	assert_int_equal(counts.rets, predicted.right + predicted.wrong);
	planted_done(&l);
}

/* A retpoline's return is predicted wrong, all around it right. */
static void test_retpoline(void **state)
{
	struct told t = {
		"retpoline",
		{
			CALL_AT(ENTRY),
			CALL_AT(ENTRY - 8),
			STORE_AT(ENTRY - 16),
			RET_AT(ENTRY - 16),
			RET_AT(ENTRY - 8),
		},
		{"call", "call", "call",
		 "aim gstack+0xdf0 dst=rcx src=rax base=rsp", "ret", "ret",
		 "nop 1", "ret"},
		{2, 1},
		1,
	};

	(void)state;
	t.steps[5] = back;
	t.steps[6] = planted_ret;
	check_told(&t);
}

/* A function that moves its own return address: predicted right. */
static void test_moved(void **state)
{
	struct told t = {
		"moved",
		{
			CALL_AT(ENTRY),
			POP_RCX_AT(ENTRY - 8),
			PUSH_RCX_AT(ENTRY),
			RET_AT(ENTRY - 8),
		},
		{"call", "call", "pop dst=rcx", "push src=rcx",
		 "aim gstack+0xdf8 due dst=rax base=rsp", "ret", "nop 1",
		 "ret"},
		{2, 0},
		0,
	};

	(void)state;
	t.steps[4] = back;
	t.steps[5] = planted_ret;
	check_told(&t);
}

/* So is one whose function calls others before it stores the address again. */
static void test_moved_around_calls(void **state)
{
	struct told t = {
		"moved around calls",
		{
			CALL_AT(ENTRY),
			POP_RCX_AT(ENTRY - 8),
			PUSH_RCX_AT(ENTRY),
			CALL_AT(ENTRY - 8),
			RET_AT(ENTRY - 16),
		},
		{"call", "call", "pop dst=rcx", "push src=rcx",
		 "aim gstack+0xdf8 due dst=rax base=rsp", "call", "ret", "ret",
		 "nop 1", "ret"},
		{3, 0},
		0,
	};

	(void)state;
	t.steps[5] = (struct planted)RET_AT(ENTRY - 8);
	t.steps[5].flags = PLANTED_BEHIND(3);
	t.steps[6] = back;
	t.steps[7] = planted_ret;
	check_told(&t);
}

/*
 * A call whose address is popped leaves an entry in the CPU's return stack: the
 * next return is predicted to go there, and all later ones are one off.
 */
static void test_call_and_pop(void **state)
{
	struct told t = {
		"call and pop",
		{
			CALL_AT(ENTRY),
			CALL_AT(ENTRY - 8),
			POP_RCX_AT(ENTRY - 16),
			RET_AT(ENTRY - 8),
		},
		{"call", "call", "call", "pop dst=rcx", "ret", "nop 1", "ret"},
		{0, 2},
		0,
	};

	(void)state;
	t.steps[4] = back;
	t.steps[5] = planted_ret;
	check_told(&t);
}

/* A call of the next instruction leaves none, as CPUs know such calls. */
static void test_call_next(void **state)
{
	struct told t = {
		"call of the next",
		{
			CALL_AT(ENTRY),
			CALL_NEXT_AT(ENTRY - 8),
			POP_RCX_AT(ENTRY - 16),
			RET_AT(ENTRY - 8),
		},
		{"call", "call", "call next", "pop dst=rcx", "ret", "nop 1",
		 "ret"},
		{2, 0},
		0,
	};

	(void)state;
	t.steps[4] = back;
	t.steps[5] = planted_ret;
	check_told(&t);
}

/* Push and return: no call is due but the first, which isn't meant. */
static void test_pushed(void **state)
{
	const struct told t = {
		"pushed",
		{
			PUSH_RAX_AT(ENTRY),
			RET_AT(ENTRY - 8),
			nop,
			planted_ret,
		},
		{"call", "push src=rax",
		 "aim gstack+0xdf8 dst=rcx src=rax base=rsp", "ret", "nop 1",
		 "ret"},
		{0, 2},
		1,
	};

	(void)state;
	check_told(&t);
}

/* One that was stored before the recording began. */
static void test_never_stored(void **state)
{
	const struct told t = {
		"never stored",
		{
			/* sub rsp, 8 */
			{4, {0x48, 0x83, 0xec, 0x08}, ENTRY, 0, {{0}}},
			RET_AT(ENTRY - 8),
			nop,
			planted_ret,
		},
		{"call", "sp -8", "testload gstack+0xdf8 8 base=rsp",
		 "aim gstack+0xdf8 dst=rax base=rsp", "ret", "nop 1", "ret"},
		{0, 2},
		1,
	};

	(void)state;
	check_told(&t);
}

/* Unwound past two calls by a jump, as longjmp does: they stay due. */
static void test_unwound(void **state)
{
	struct told t = {
		"unwound",
		{
			CALL_AT(ENTRY),
			CALL_AT(ENTRY - 8),
			/* add rsp, 16 */
			{4, {0x48, 0x83, 0xc4, 0x10}, ENTRY - 16, 0, {{0}}},
			planted_ret,
		},
		{"call", "call", "call", "sp 16", "ret"},
		{0, 1},
		0,
	};

	(void)state;
	check_told(&t);
}

/*
 * Instructions that would take RSP from an end of the stack's only page to where no return
 * address has a slot: no recorder has seen such, but a file may be damaged.
 */
static void test_lost_sp(void **state)
{
	static const struct planted lost[] = {
		{5, {0xe8, 0x0b, 0, 0, 0}, STACK, 0, {{0}}}, /* call */
		{5, {0xe8, 0, 0, 0, 0}, STACK, 0, {{0}}},
		{1, {0x50}, STACK, 0, {{0}}},	       /* push rax */
		{4, {0xc8, 0, 0, 0}, STACK, 0, {{0}}}, /* enter */
		{1, {0xc9}, STACK, 0, {{0}}},	       /* leave */
		{1, {0x59}, STACK + 0x1000, 0, {{0}}}, /* pop rcx */
		{1, {0xc3}, STACK + 0x1000, 0, {{0}}}, /* ret */
	};
	struct planted steps[] = {
		/* mov rsp, rdx: there, and back */
		{3, {0x48, 0x89, 0xd4}, ENTRY, 0, {{0}}},
		{0},
		{3, {0x48, 0x89, 0xd4}, 0, 0, {{0}}},
		planted_ret,
		{0},
	};
	struct lowered l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lost); i++) {
		steps[1] = lost[i];
		steps[2].rsp = lost[i].rsp;
		planted_refused(&l, steps, "RSP leaves the touched pages");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retpoline),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_moved_around_calls),
		cmocka_unit_test(test_call_and_pop),
		cmocka_unit_test(test_call_next),
		cmocka_unit_test(test_pushed),
		cmocka_unit_test(test_never_stored),
		cmocka_unit_test(test_unwound),
		cmocka_unit_test(test_lost_sp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
