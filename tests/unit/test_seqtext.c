// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>

#include "seqtext.h"
#include "generate.h"

/* The text form: it reads what it writes, and says where and why it can't. */

#define PATH "x.seq"

/* Read @bytes of @text. Return: 0, or -1 with @err set. */
static int read_bytes(struct sequence *s, const char *text, size_t bytes,
		      struct error *err)
{
	FILE *in = fmemopen((void *)text, bytes, "r");
	int rc;

	*err = (struct error){0};
	assert_non_null(in);
	rc = seqtext_read(s, in, PATH, err);
	fclose(in);
	assert_int_equal(!rc, !err->text[0]);
	if (rc)
		assert_null(s->ops); /* nothing is left to free */
	return rc;
}

static int read_text(struct sequence *s, const char *text, struct error *err)
{
	return read_bytes(s, text, strlen(text), err);
}

/* Return: @s as text, to be freed. */
static char *text_of(const struct sequence *s)
{
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(seqtext_write(s, out), 0);
	fclose(out);
	return text;
}

/* write, read, write: the same operations and the same text. */
static void check_roundtrip(const struct sequence *s)
{
	char *first = text_of(s), *second;
	struct sequence again;
	struct error err;

	if (read_text(&again, first, &err))
		fail_msg("%s in:\n%s", err.text, first);
	assert_int_equal(again.nops, s->nops);
	if (s->nops)
		assert_memory_equal(again.ops, s->ops,
				    s->nops * sizeof(*s->ops));
	assert_int_equal(again.entry_region, s->entry_region);
	assert_int_equal(again.entry_offset, s->entry_offset);
	assert_int_equal(again.touch_only, s->touch_only);
	assert_int_equal(again.region_names.n, s->region_names.n);
	second = text_of(&again);
	assert_string_equal(first, second);
	free(second);
	free(first);
	sequence_free(&again);
}

static void check_file(const char *path)
{
	struct swc_caps caps = caps_all();
	FILE *in = fopen(path, "r");
	struct swc_program program;
	struct error err = {0};
	struct sequence s;

	if (!in)
		fail_msg("%s: cannot open: run from the top folder", path);
	if (seqtext_read(&s, in, path, &err))
		fail_msg("%s", err.text);
	fclose(in);
	program = sequence_program(&s);
	check_verdict(&program, &caps, ACCEPTED, path);
	check_accepted(&program, &caps);
	check_roundtrip(&s);
	sequence_free(&s);
}

/* The indented lines of docs/sequence.md are a sequence, too. */
static void check_page(const char *path)
{
	char line[256], text[4096] = "";
	FILE *in = fopen(path, "r");

	if (!in)
		fail_msg("%s: cannot open: run from the top folder", path);
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, "    ", 4))
			continue;
		assert_true(strlen(text) + strlen(line) < sizeof(text));
		strcat(text, line);
	}
	fclose(in);
	assert_non_null(strstr(text, "switch"));
	check_text(text, ACCEPTED);
}

/* The examples of docs/sequence.md, and that of the design. */
static void test_examples(void **state)
{
	(void)state;
	check_file("tests/data/switch.seq");
	check_file("tests/data/registers.seq");
	check_page("docs/sequence.md");
	check_text("region gstack 4          # pages\n"
		   "region cstack 2\n"
		   "chain 20                 # 20 dependent one-cycle adds\n"
		   "mark \"switch\"\n"
		   "switch cstack+0x1f00\n"
		   "push\n"
		   "call\n"
		   "load gstack+0x40 8\n"
		   "lock cmpxchg gstack+0x80 8\n"
		   "ret\n"
		   "pop\n"
		   "switch back\n"
		   "store gstack+0xc0 8\n",
		   ACCEPTED);
}

/* One operation with every default, and written in full. */
static void test_defaults(void **state)
{
	static const char *const pairs[][2] = {
		{"load a", "load a+0 8 dst=rax"},
		{"load a+16", "load a+0x10 8 dst=rax"},
		{"store a", "store a+0 8"},
		{"mov", "mov 8 dst=rax src=rcx"},
		{"alu", "alu 8 dst=rax"},
		{"mul 4", "mul 4 src=rcx dst=rax"},
		{"vload a", "vload a+0 16 dst=xmm0"},
		{"vstore a", "vstore a 16 src=xmm1"},
		{"valu", "valu 16 dst=xmm0 src=xmm1"},
		{"imm", "imm dst=rax"},
		{"pop", "pop dst=rax"},
		{"chain 5", "chain 0x5 dst=rax"},
		{"lock cmpxchg a", "lock cmpxchg a+0 8 src=rcx"},
		{"sp -8", "sp 0xfffffff8"},
		{"nop 9", "nop 09"},
		{"save a rcx,rax", "save a+0 rax,rcx"},
		{"nt store a src=rdx", "nt store a+0 8 src=rdx"},
		{"segment lock rmw a", "lock segment rmw a+0 8"},
		{"segment load a base=rbp",
		 "segment load a+0 8 dst=rax base=rbp"},
		{"nt vstore a", "nt vstore a+0 16 src=xmm1"},
		{"cmov", "cmov 8 dst=rax src=rcx"},
		{"div", "div 8 src=rcx"},
		{"vmul", "vmul 16 dst=xmm0 src=xmm1"},
		{"vget", "vget 8 dst=rax src=xmm1"},
		{"vput 4", "vput 4 dst=xmm0 src=rcx"},
		{"fill a 64", "fill a+0 64 8"},
		{"copy a 64", "copy a+0 64 8 from=a+0"},
		{"copy a+8 4 2 from=a+16", "copy a+8 4 2 from=a+0x10"},
	};
	struct sequence s, t;
	struct error err;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		snprintf(text, sizeof(text), "region a 1\n%s\n", pairs[i][0]);
		if (read_text(&s, text, &err))
			fail_msg("%s", err.text);
		snprintf(text, sizeof(text), "region a 1\n%s\n", pairs[i][1]);
		if (read_text(&t, text, &err))
			fail_msg("%s", err.text);
		assert_memory_equal(s.ops, t.ops, sizeof(*s.ops));
		check_roundtrip(&s);
		sequence_free(&s);
		sequence_free(&t);
	}
}

static void sequence_of(struct sequence *s, const struct swc_program *p)
{
	struct sequence_note note = {0};
	struct error err = {0};
	char name[16];
	__u32 i;

	assert_int_equal(sequence_init(s, PATH, &err), 0);
	for (i = 0; i < p->nregions; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(
			sequence_region(s, name, p->regions[i].pages, &err), i);
	}
	assert_int_equal(names_add(&s->marks, "a phase, \\ or 'two'"), 0);
	assert_int_equal(names_add(&s->functions, "main.(*T).f[...] #1"), 1);
	for (i = 0; i < p->nops; i++) {
		note.function = i / 3 % 2;
		assert_int_equal(sequence_append(s, &p->ops[i], note, &err), 0);
	}
	s->entry_region = p->entry_region;
	s->entry_offset = p->entry_offset;
}

static void test_roundtrip(void **state)
{
	struct random random = {.state = 0x5eed7};
	struct swc_caps caps = caps_all();
	struct generated g;
	struct sequence s;
	int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		generate(&g, &random, &caps);
		sequence_of(&s, &g.program);
		check_roundtrip(&s);
		sequence_free(&s);
	}
}

/* Names that a debugger's symbols may hold, and the text form can't. */
static void test_hostile_names(void **state)
{
	struct sequence_note note = {.function = 1};
	struct sequence s, again;
	struct error err = {0};
	struct swc_op op = sequence_op(SWC_OP_MARK);
	char *text;

	(void)state;
	assert_int_equal(sequence_init(&s, PATH, &err), 0);
	assert_int_equal(names_add(&s.functions, "f[struct { x \"y\" }]\n#"),
			 1);
	assert_int_equal(names_add(&s.marks, "\"\n"), 0);
	assert_int_equal(sequence_append(&s, &op, note, &err), 0);
	text = text_of(&s);
	if (read_text(&again, text, &err))
		fail_msg("%s in:\n%s", err.text, text);
	assert_int_equal(again.nops, 1);
	assert_string_equal(again.functions.list[again.notes[0].function],
			    "f[struct { x 'y' }] #");
	check_roundtrip(&again);
	free(text);
	sequence_free(&again);
	sequence_free(&s);
}

static const struct {
	const char *text;
	unsigned int line;
	const char *what;
} errors[] = {
	{"jmup", 1, "unknown operation \"jmup\""},
	{"\n\nLOAD a", 3, "unknown operation"},
	{"# x\n\"\"", 2, "unknown operation"},
	{"lock", 1, "lock what"},
	{"region a 1\nlock load a", 2, "can't be locked"},
	{"nt", 1, "nt what"},
	{"region a 1\nnt load a", 2, "load can't be non-temporal"},
	{"segment", 1, "segment what"},
	{"lock lock", 1, "unknown operation"},
	{"region a 1\nsegment fxsave a", 2, "can't be addressed by a segment"},
	{"region a 1\ncopy a+0 8 from=b+0", 2, "no region \"b\""},
	{"region a 1\nfill a+0 8 from=a+0", 2, "unknown key \"from\""},
	{"region a 1\ncopy a+0 8 from=a+0x1000000", 2, "outside its region"},
	{"load a+0", 1, "no region \"a\" is declared above"},
	{"load", 1, "load needs region+offset"},
	{"region a 1\nload a+x", 2, "\"x\" is not a number"},
	{"region a 1\nload a+", 2, "\"\" is not a number"},
	{"region a 1\nload a+1y", 2, "\"1y\" is not a number"},
	{"region a 1\nload a+-8", 2, "is not between"},
	{"region a 1\nload a+0x10000000000", 2, "is not between"},
	{"region a 1\nload a+0x100000000", 2, "is not between"},
	{"region a 1\nload a+99999999999999999999", 2, "is not a number"},
	{"region a 1\nload a 0", 2, "is not between"},
	{"region a 1\nload a 65", 2, "is not between"},
	{"region a 1\nload a 8 9", 2, "\"9\" is not expected here"},
	{"region a 1\nload a dst", 2, "\"dst\" is not expected here"},
	{"region a 1\nload a dest=rax", 2, "unknown key \"dest\""},
	{"region a 1\nload a dst=eax", 2, "\"eax\" is not a general register"},
	{"region a 1\nload a dst=", 2, "\"\" is not a general register"},
	{"region a 1\nload a dst=xmm3", 2, "not a general register"},
	{"region a 1\nload a base=xmm3", 2, "not a general register"},
	{"region a 1\nvload a dst=rax", 2, "not a vector register"},
	{"region a 1\nvload a dst=xmm16", 2, "is not between"},
	{"region a 1\nvload a dst=xmm", 2, "is not a number"},
	{"region a 1\nvload a base=xmm1", 2, "not a general register"},
	{"region a 1\nsave a", 2, "save needs a number"},
	{"region a 1\nsave a rax,xmm1", 2, "not a general register"},
	{"region a 1\nsave a rax,eax", 2, "not a general register"},
	{"region a 1\nsave a ,", 2, "\"\" is not a general register"},
	{"region a 1\nrestore a rax,", 2, "\"\" is not a general register"},
	{"region a 1\nload a code=5", 2, "is not a place of code"},
	{"region a 1\nload a code=5.6+64", 2, "is not a place of code"},
	{"region a 1\nload a code=5.6+", 2, "is not a place of code"},
	{"region a 1\nload a code=5.6+1x", 2, "is not a place of code"},
	{"region a 1\nload a code=5+1", 2, "is not a place of code"},
	{"region a 1\nload a code=40000.0", 2, "is not a place of code"},
	{"region a 1\nload a code=5.64", 2, "is not a place of code"},
	{"region a 1\nload a code=5.6x", 2, "is not a place of code"},
	{"region a 1\nload a code=-1.0", 2, "is not a place of code"},
	{"region a 1\nload a code=3ffffff.0", 2, "is not a place of code"},
	{"region a 1\nload a code=10000000000.0", 2, "is not a place of code"},
	{"region a 1\nload a code=1.4294967297", 2, "is not a place of code"},
	{"nop", 1, "nop needs a number"},
	{"nop x", 1, "is not a number"},
	{"nop 0x10000000000", 1, "is not between"},
	{"nop -0x80000001", 1, "is not between"},
	{"nop 1 1", 1, "is not expected here"},
	{"branch", 1, "branch needs"},
	{"branch maybe", 1, "branch needs"},
	{"mark", 1, "mark needs a phase name"},
	{"mark \"x", 1, "the quote doesn't end"},
	{"mark x\"y", 1, "a quote inside a word"},
	{"mark x y", 1, "is not expected here"},
	{"fn", 1, "fn needs"},
	{"fn a b", 1, "is not expected here"},
	{"region", 1, "region needs"},
	{"region a", 1, "region needs"},
	{"region a 1 2", 1, "region needs"},
	{"region 1 1", 1, "is no name"},
	{"region a+b 1", 1, "is no name"},
	{"region a=b 1", 1, "is no name"},
	{"region \"a b\" 1", 1, "is no name"},
	{"region \"a\tb\" 1", 1, "is no name"},
	{"region \"\" 1", 1, "is no name"},
	{"region \xff\xfe 1", 1, "is no name"},
	{"region a 0", 1, "is not between"},
	{"region a 4609", 1, "is not between"},
	{"region a 1\nregion a 1", 2, "is declared already"},
	{"entry a", 1, "no region"},
	{"region a 1\nentry", 2, "entry needs"},
	{"region a 1\nentry a b", 2, "entry needs"},
	{"not-replayed 2", 1, "needs a number and what"},
	{"not-replayed 0 \"system call\"", 1, "is not between"},
	{"not-replayed 2 \"flying carpet\"", 1, "is none of what"},
	{"not-replayed 2 \"system call\" x", 1, "needs a number and what"},
	{"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", 1, "more than 16 words"},
};

/* The statement survives, and is no part of what is replayed. */
static void test_touch_only(void **state)
{
	struct sequence s;

	(void)state;
	sequence_from(&s, "region a 1; load a+0");
	assert_false(s.touch_only);
	sequence_free(&s);
	sequence_from(&s, "touch-only; region a 1; load a+0");
	assert_true(s.touch_only);
	assert_int_equal(s.nops, 1);
	check_roundtrip(&s);
	sequence_free(&s);
}

static void test_errors(void **state)
{
	struct sequence s;
	struct error err;
	char start[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		snprintf(start, sizeof(start), PATH ":%u: ", errors[i].line);
		if (!read_text(&s, errors[i].text, &err))
			fail_msg("read: %s", errors[i].text);
		if (strncmp(err.text, start, strlen(start)) ||
		    !strstr(err.text, errors[i].what) ||
		    !strstr(err.text, "; see docs/sequence.md"))
			fail_msg("%s: %s", errors[i].text, err.text);
		assert_int_equal(err.code, EXIT_USAGE);
	}
}

static void test_line_ends(void **state)
{
	static const struct {
		const char *text;
		size_t nops;
	} cases[] = {
		{"nop 1", 1},
		{"nop 1\r\nnop 2\r\n", 2},
		{"\tnop\t1\t\n\n\n  # nop 2\nnop 3 # x \"y", 2},
		{"mark \"a # b\"\r\nmark a#b\n", 2},
		{"\n", 0},
		{"#", 0},
	};
	struct sequence s;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (read_text(&s, cases[i].text, &err))
			fail_msg("%s", err.text);
		assert_int_equal(s.nops, cases[i].nops);
		check_roundtrip(&s);
		sequence_free(&s);
	}
	/* Text after a NUL would otherwise be lost without a word. */
	assert_int_equal(read_bytes(&s, "nop 1\nnop 2\0 x\n", 15, &err), -1);
	assert_non_null(strstr(err.text, PATH ":2: "));
	assert_int_equal(read_bytes(&s, "nop 1\n\0", 7, &err), -1);
	assert_non_null(strstr(err.text, PATH ":2: "));
}

static void test_long_lines(void **state)
{
	const size_t bytes = 1 << 20;
	char *text = malloc(bytes);
	struct sequence s;
	struct error err;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', bytes);
	memcpy(text + bytes - 6, "nop 1\n", 6);
	assert_int_equal(read_bytes(&s, text, bytes, &err), 0);
	assert_int_equal(s.nops, 1);
	sequence_free(&s);
	memset(text, 'x', bytes);
	assert_int_equal(read_bytes(&s, text, bytes, &err), -1);
	assert_non_null(strstr(err.text, PATH ":1: "));
	assert_non_null(strstr(err.text, "; see docs/sequence.md"));
	memcpy(text, "mark \"", 6);
	text[bytes - 1] = '"';
	assert_int_equal(read_bytes(&s, text, bytes, &err), 0);
	assert_int_equal(strlen(s.marks.list[0]), bytes - 7);
	check_roundtrip(&s);
	sequence_free(&s);
	free(text);
}

/* A line for people, cut to what fits. */
static void test_line(void **state)
{
	char line[64], full[] = "load a+0x8 4 dst=rsi base=rdx code=1f.63+7";
	struct sequence s;
	struct error err;
	size_t bytes;

	(void)state;
	assert_int_equal(read_text(&s,
				   "region a 1\nload a+8 4 dst=rsi base=rdx "
				   "code=1f.63+7",
				   &err),
			 0);
	for (bytes = 1; bytes <= sizeof(line); bytes++) {
		memset(line, '!', sizeof(line));
		seqtext_line(&s, &s.ops[0], line, bytes);
		if (bytes < sizeof(line))
			assert_int_equal(line[bytes], '!');
		full[bytes < sizeof(full) ? bytes - 1 : sizeof(full) - 1] = 0;
		assert_string_equal(line, full);
		strcpy(full, "load a+0x8 4 dst=rsi base=rdx code=1f.63+7");
	}
	sequence_free(&s);
}

/* Any bytes are read, or refused at a line of them; what's read, is written. */
static void test_mutations(void **state)
{
	static const char alphabet[] = "\"#+=,.-xX09 \n\r\t\0a\xff";
	struct random random = {.state = 0x5eed8};
	struct swc_caps caps = caps_all();
	struct generated g;
	struct sequence s;
	struct error err;
	size_t bytes, at;
	int i, j, n = 0;
	char *text, original;

	(void)state;
	for (i = 0; i < 50; i++) {
		generate(&g, &random, &caps);
		sequence_of(&s, &g.program);
		text = text_of(&s);
		bytes = strlen(text);
		sequence_free(&s);
		for (j = 0; j < 100; j++) {
			at = random_below(&random, bytes);
			original = text[at];
			text[at] = alphabet[random_below(&random,
							 sizeof(alphabet) - 1)];
			if (!read_bytes(&s, text, bytes, &err)) {
				n++;
				check_roundtrip(&s);
				sequence_free(&s);
			} else if (strncmp(err.text, PATH ":", 6)) {
				fail_msg("%s", err.text);
			}
			/* Now and then, one change stays for the next. */
			if (random_below(&random, 8))
				text[at] = original;
		}
		free(text);
	}
	assert_in_range(n, 50, 4500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_touch_only),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
