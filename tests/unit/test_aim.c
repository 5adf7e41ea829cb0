// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

/*
 * Return addresses that no call has pushed. A return is accepted only where it
 * finds one that nothing has written over; it leads to the next operation, in
 * whatever place of the code that is, and is predicted as it should be.
 */

#define S "region s 2; entry s+0x1000; "
#define T "region s 2; region t 2; entry s+0x1000; "
/* RDX isn't known to be 0. */
#define DIRTY "region a 1; region s 2; entry s+0x1000; call; pop dst=rdx; "

static const struct refusal refusals[] = {
	/* Elsewhere, written over, below RSP, moved by other means. */
	{S "push; aim s+0xff0; ret", SWC_ERR_RETURN, 2,
	 S "push; aim s+0xff8; ret"},
	{S "push; aim s+0xff8; store s+0xff8 8; ret", SWC_ERR_RETURN, 3,
	 S "push; aim s+0xff8; store s+0xff0 8; ret"},
	{S "push; aim s+0xff8; store s+0xfff 1; ret", SWC_ERR_RETURN, 3,
	 S "push; aim s+0xff8; store s+0x1000 1; ret"},
	{S "aim s+0xff8; sp -8; ret", SWC_ERR_RETURN, 2,
	 S "sp -8; aim s+0xff8; ret"},
	{S "push; aim s+0xff8; sp 8; sp -8; ret", SWC_ERR_RETURN, 4,
	 S "push; aim s+0xff8; sp -8; sp 8; ret"},
	{S "push; aim s+0xff8; load s+0xff8; store s+0xff8 src=rax; ret",
	 SWC_ERR_RETURN, 4, S "push; aim s+0xff8; load s+0xff8; ret"},
	{S "push; aim s+0xff8; pop; push src=rax; ret", SWC_ERR_RETURN, 4,
	 S "push; aim s+0xff8; pop; push src=rax; pop"},
	{T "aim t+0xff8; switch t+0x1000; switch t+0xff8; ret; switch back",
	 SWC_ERR_RETURN, 3, T "aim t+0xff8; switch t+0xff8; ret; switch back"},
	/* Once each. */
	{S "push; aim s+0xff8; ret; sp -8; ret", SWC_ERR_RETURN, 4,
	 S "push; aim s+0xff8; ret; push; aim s+0xff8; ret"},
	{S "call; sp -8; aim s+0xff0 due; ret; ret", SWC_ERR_RETURN, 4,
	 S "call; sp -8; aim s+0xff0 due; ret; pop"},
	/* A return that no call is behind has taken the place of the one that is due. */
	{S "call; sp -8; aim s+0xff0 due; ret; ret", SWC_ERR_RETURN, 4,
	 S "call; push; aim s+0xff0; ret; sp -8; aim s+0xff0 due; ret; ret"},
	{S "call; sp -8; aim s+0xff0 due; sp 8; ret; sp -16; ret",
	 SWC_ERR_RETURN, 6, S "call; sp -8; aim s+0xff0; sp 8; ret"},
	/* The replay before has left something else there. */
	{T "switch t+0xff8; ret; aim t+0xff0; switch back", SWC_ERR_RETURN, 1,
	 T "switch t+0xff8; aim t+0xff8; ret; switch back"},
	/* The call pushes the address after it, not its own. */
	{S "call next; ret", SWC_ERR_RETURN, 1, S "call next; pop"},
	{S "call next; load s+0xff8 dst=rdx; load s+0 base=rdx; pop",
	 SWC_ERR_BASE, 2,
	 S "call next; load s+0xff8 dst=rdx; load s+0 base=rbx; pop"},
	/*
	 * Registers: those that are waited for must be 0; the one that the
	 * address went through is, afterwards.
	 */
	{DIRTY "push; aim s+0xff8 src=rdx; ret", SWC_ERR_BASE, 3,
	 DIRTY "push; aim s+0xff8 src=rbx; ret"},
	{DIRTY "push; aim s+0xff8 base=rdx; ret", SWC_ERR_BASE, 3,
	 DIRTY "push; aim s+0xff8 base=rsp; ret"},
	{DIRTY "push; aim s+0xff8 dst=rcx; load a+0 base=rdx; ret",
	 SWC_ERR_BASE, 4,
	 DIRTY "push; aim s+0xff8 dst=rdx; load a+0 base=rdx; ret"},
	{S "push; aim s+0xff8 dst=rcx src=rcx; ret", SWC_ERR_REGISTER, 1,
	 S "push; aim s+0xff8 dst=rcx src=rbx; ret"},
	{S "push; aim s+0xff8 dst=rcx base=rcx; ret", SWC_ERR_REGISTER, 1,
	 S "push; aim s+0xff8 dst=rcx base=rbx; ret"},
	{S "push; aim s+0xff9; ret", SWC_ERR_ALIGNMENT, 1,
	 S "push; aim s+0xff8; ret"},
	{S "push; aim s+0x2000; ret", SWC_ERR_BOUNDS, 1,
	 S "push; aim s+0x1ff8; aim s+0xff8; ret"},
	/* Memory has to stay known: a stored address is no zero. */
	{S "load s+0x1000 dst=rdx; load s+0 base=rdx; aim s+0x1000",
	 SWC_ERR_BASE, 1,
	 S "load s+0x1000 dst=rdx; load s+0 base=rdx; aim s+0x1008"},
};

static void test_refusals(void **state)
{
	(void)state;
	check_refusals(refusals, ARRAY_SIZE(refusals));
}

/* Code in which each return is followed, and how many are predicted right. */
static const struct shown {
	const char *text;
	__u32 right;
	__u32 wrong;
} shown[] = {
	{S "call; ret", 1, 0},
	{S "push; aim s+0xff8; ret", 0, 1},
	{S "push; aim s+0xff8; ret; nop 3", 0, 1},
	/* A retpoline; one in a function; two in one another. */
	{S "call; aim s+0xff8; ret", 0, 1},
	{S "call; call; aim s+0xff0; ret; nop 1; ret; nop 2", 1, 1},
	{S "call; call; aim s+0xff0; ret; call; aim s+0xff0; ret; ret", 1, 2},
	/* A moved return address. */
	{S "call; pop; push; aim s+0xff8 due; ret; nop 1", 1, 0},
	{S "call; call; pop; push; aim s+0xff0 due; ret; nop 1; ret", 2, 0},
	{T "call; aim t+0x800 due; switch t+0x800; ret; switch back", 1, 0},
	/* Nothing is due; what is due has returned; something else is. */
	{S "push; aim s+0xff8 due; ret", 0, 1},
	{S "call; ret; push; aim s+0xff8 due; ret", 1, 1},
	{T "call; aim t+0x800; switch t+0x800; ret; switch s+0xff8; "
	   "aim s+0xff8 due; ret",
	 0, 2},
	/* A call whose address is popped: all are one off. */
	{S "call; call; pop; ret", 0, 1},
	{S "call; call; call; pop; ret; ret", 0, 2},
	{S "call; call next; pop; ret", 1, 0},
	/* It may be where the code ends, begins, or isn't at all. */
	{S "call; sp 8; push; aim s+0xff8; ret", 0, 1},
	{S "aim s+0", 0, 0},
	{S "call; aim s+0 due; ret", 1, 0},
};

static void check_shown(const struct shown *s, const char *text)
{
	struct predicted predicted;

	check_text(text, ACCEPTED);
	predicted = check_predicted();
	if (predicted.right != s->right || predicted.wrong != s->wrong)
		fail_msg("%s: %u right, %u wrong", text, predicted.right,
			 predicted.wrong);
}

/* The same with code from two pages in turns, so that each block is in pieces. */
static void scatter(const char *text, char *out, size_t bytes)
{
	char copy[512], *statement, *save;
	unsigned int n = 0;
	size_t used = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (statement = strtok_r(copy, ";", &save); statement;
	     statement = strtok_r(NULL, ";", &save)) {
		used += snprintf(out + used, bytes - used, "%s", statement);
		if (!strstr(statement, "region") && !strstr(statement, "entry"))
			used += snprintf(out + used, bytes - used,
					 " code=%u.%u", n % 2, n % 64);
		n++;
		used += snprintf(out + used, bytes - used, ";");
	}
}

static void test_shown(void **state)
{
	char text[1024];
	const struct shown *s;

	(void)state;
	for (s = shown; s < shown + ARRAY_SIZE(shown); s++) {
		check_shown(s, s->text);
		scatter(s->text, text, sizeof(text));
		check_shown(s, text);
	}
}

/* All their prefixes: an AIM that no return finds leads nowhere. */
static void test_prefixes(void **state)
{
	struct swc_caps caps = caps_all();
	struct swc_program program;
	const struct shown *shows;
	struct sequence s;

	(void)state;
	for (shows = shown; shows < shown + ARRAY_SIZE(shown); shows++) {
		sequence_from(&s, shows->text);
		program = sequence_program(&s);
		program.open_end = true;
		for (; program.nops; program.nops--)
			check_accepted(&program, &caps);
		sequence_free(&s);
	}
}

/* Each register that the address goes through, with each that it waits for. */
static void test_registers(void **state)
{
	char text[128];
	int dst, src;

	(void)state;
	for (dst = 8; dst < 16; dst++) {
		for (src = 8; src < 16; src++) {
			if (src == dst)
				continue;
			snprintf(text, sizeof(text),
				 S
				 "push; aim s+0xff8 dst=r%d src=r%d base=rsp; "
				 "ret",
				 dst, src);
			check_text(text, ACCEPTED);
			snprintf(text, sizeof(text),
				 S
				 "push; aim s+0xff8 dst=r%d src=rbx base=r%d; "
				 "ret",
				 dst, src);
			check_text(text, ACCEPTED);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
