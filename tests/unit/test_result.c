// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helper.h"
#include "resulttext.h"

enum colour { RED, GREEN, COLOURS };

static const char *colour_name(unsigned int colour)
{
	static const char *const names[] = {"red", "green"};

	return names[colour];
}

struct row {
	unsigned int length;
	struct estimate cycles;
};

struct thing {
	bool passed;
	int below;
	uint8_t small;
	uint64_t large;
	double real;
	float single;
	const char *word;
	char chars[16];
	enum colour colour;
	struct estimate figure;
	struct row rows[2];
	const struct row *more;
	size_t nmore;
	size_t counts[COLOURS];
	const struct row *one;
};

static const struct record row_record = {
	.fields = FIELDS({MEMBER("length", row, length)},
			 {MEMBER("cycles", row, cycles), FIGURE}),
};

static const struct record count_record = {
	.fields = FIELDS({VALUE(size_t)}),
	.has = IS_SET(size_t),
	.names = colour_name,
};

GETTER(double, half, DATA(thing)->real / 2);
GETTER(double, of_up, UP(thing)->real + at->i);

static const struct record computed_record = {
	.fields = FIELDS({REAL_OF(NULL, of_up)}),
};

static const struct record thing_record = {
	.fields = FIELDS(
		{MEMBER("passed", thing, passed)},
		{MEMBER("below", thing, below)},
		{MEMBER("small", thing, small)},
		{MEMBER("large", thing, large)}, {MEMBER("real", thing, real)},
		{MEMBER("single", thing, single)},
		{MEMBER("word", thing, word)},
		{MEMBER("chars", thing, chars), KNOWN},
		{ENUM("colour", thing, colour, colour_name)},
		{EQUALS("is_green", thing, colour, GREEN)},
		{MEMBER("figure", thing, figure), FIGURE},
		{MEAN("mean", thing, figure), FIGURE},
		{INTERVAL("ci", thing, figure), FIGURE},
		{ENDS("ends", thing, figure), FIGURE}, {REAL_OF("half", half)},
		{CONSTANT("by", "us"), .when = IS(thing, below)},
		{ROWS_ALL("rows", thing, rows, &row_record)},
		{ROWS("more", thing, more, nmore, &row_record)},
		{ROWS_ALL("computed", thing, rows, &computed_record)},
		{NAMED_ALL("counts", thing, counts, &count_record)},
		{OBJECT_TO("one", thing, one, &row_record)},
		{INLINE_TO(thing, one, &row_record)}),
	.valid = IS(thing, passed),
};

static const struct row two[] = {{7, {1, 0.5, 1.5}}, {8, {2, 1.5, 2.5}}};

static struct thing make_thing(void)
{
	return (struct thing){
		.passed = true,
		.below = -3,
		.small = 200,
		.large = 1ul << 40,
		.real = 0.1,
		.single = 0.5,
		.word = "a \"word\"",
		.colour = GREEN,
		.figure = {10, 9, 11.5},
		.rows = {{1, {3, 2, 4}}, {2, {NAN, 0, 1}}},
		.more = two,
		.nmore = 2,
		.counts = {0, 5},
	};
}

/* The file, or the text by @lines; to be freed. */
static char *written(const struct result *result,
		     const struct result_line *lines)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	if (lines)
		result_print(result, "", lines, f);
	else
		assert_int_equal(result_write(result, f), 0);
	fclose(f);
	return text;
}

static void assert_written(const struct thing *thing, const char *expected)
{
	struct result *result = result_make(&thing_record, thing);
	char *text;

	assert_non_null(result);
	text = written(result, NULL);
	assert_string_equal(text, expected);
	free(text);
	result_free(result);
}

/* Each kind of field, and how it is laid out: a row is a line. */
static void test_file(void **state)
{
	struct thing thing = make_thing();

	(void)state;
	assert_written(&thing,
		       "{\n"
		       "  \"passed\": true,\n"
		       "  \"below\": -3,\n"
		       "  \"small\": 200,\n"
		       "  \"large\": 1099511627776,\n"
		       "  \"real\": 0.1,\n"
		       "  \"single\": 0.5,\n"
		       "  \"word\": \"a \\\"word\\\"\",\n"
		       "  \"chars\": null,\n"
		       "  \"colour\": \"green\",\n"
		       "  \"is_green\": true,\n"
		       "  \"figure\": {\n"
		       "    \"mean\": 10.0,\n"
		       "    \"ci_lo\": 9.0,\n"
		       "    \"ci_hi\": 11.5\n"
		       "  },\n"
		       "  \"mean\": 10.0,\n"
		       "  \"ci\": [9.0, 11.5],\n"
		       "  \"ends\": [9.0, 11.5],\n"
		       "  \"half\": 0.05,\n"
		       "  \"by\": \"us\",\n"
		       "  \"rows\": [\n"
		       "    {\"length\": 1, \"cycles\": {\"mean\": 3.0, "
		       "\"ci_lo\": 2.0, \"ci_hi\": 4.0}},\n"
		       "    {\"length\": 2, \"cycles\": {\"mean\": null, "
		       "\"ci_lo\": 0.0, \"ci_hi\": 1.0}}\n"
		       "  ],\n"
		       "  \"more\": [\n"
		       "    {\"length\": 7, \"cycles\": {\"mean\": 1.0, "
		       "\"ci_lo\": 0.5, \"ci_hi\": 1.5}},\n"
		       "    {\"length\": 8, \"cycles\": {\"mean\": 2.0, "
		       "\"ci_lo\": 1.5, \"ci_hi\": 2.5}}\n"
		       "  ],\n"
		       "  \"computed\": [0.1, 1.1],\n"
		       "  \"counts\": {\n"
		       "    \"green\": 5\n"
		       "  },\n"
		       "  \"one\": null\n"
		       "}\n");
}

/* Something that isn't valid has no figures, and lacks nothing else. */
static void test_withheld(void **state)
{
	struct thing thing = make_thing();
	struct result *result;

	(void)state;
	thing.passed = false;
	result = result_make(&thing_record, &thing);
	assert_true(isnan(result_real(result, "figure.mean")));
	assert_true(isnan(result_real(result, "figure.ci_hi")));
	assert_true(isnan(result_real(result, "mean")));
	assert_true(result_has(result, "ci"));
	assert_false(result_has(result, "ci.0"));
	assert_true(result_has(result, "ends.1"));
	assert_true(isnan(result_real(result, "ends.1")));
	assert_true(isnan(result_real(result, "rows.0.cycles.mean")));
	assert_int_equal(result_whole(result, "rows.0.length"), 1);
	assert_true(result_real(result, "real") == 0.1);
	result_free(result);
}

/* Keys that aren't there, and names that aren't UTF-8. */
static void test_names(void **state)
{
	struct thing thing = make_thing();
	struct result *result;

	(void)state;
	thing.below = 0;
	thing.word = "na\xefve";
	thing.one = &two[1];
	result = result_make(&thing_record, &thing);
	assert_false(result_has(result, "by"));
	assert_string_equal(result_word(result, "word"), "na?ve");
	assert_int_equal(result_whole(result, "one.length"), 8);
	assert_int_equal(result_whole(result, "length"), 8);
	result_free(result);
}

static const struct result_line row_lines[] = {
	{.text = "{@}: {length:3d}"},
	{.when = "?cycles.mean", .text = " {cycles:6.2e}"},
	{.when = "!?cycles.mean", .text = " none, {word}"},
	{.text = "\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "{below} {large:d} {real:.2f} {real:5.1%} {word}{chars}\n"},
	{.when = "passed !by", .text = "never\n"},
	{.when = "passed by", .text = "{passed?yes|no} {by:-4s}|\n"},
	{.text = "{figure:.1f} ± {ci:.2f}\n"},
	{.each = "rows", .rows = row_lines},
	{.each = "counts", .text = "{@} {.}\n"},
	{0}};

static void test_text(void **state)
{
	struct thing thing = make_thing();
	struct result *result = result_make(&thing_record, &thing);
	char *text = written(result, lines);

	(void)state;
	assert_string_equal(text, "-3 1099511627776 0.10  10.0 a \"word\"-\n"
				  "yes us  |\n"
				  "10.0 ± 1.25\n"
				  "0:   1   3.00 [2.00, 4.00]\n"
				  "1:   2 none, a \"word\"\n"
				  "green 5\n");
	free(text);
	result_free(result);
}

static size_t lines_in(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* A list that nobody reads row by row takes fewer lines than rows. */
static void test_long_list(void **state)
{
	static struct row many[2000];
	struct thing thing = make_thing();
	struct result *result;
	char *text;

	(void)state;
	thing.more = many;
	thing.nmore = 1000;
	result = result_make(&thing_record, &thing);
	text = written(result, NULL);
	assert_int_equal(lines_in(text), 1000 + 33);
	free(text);
	result_free(result);
	thing.nmore = 2000;
	result = result_make(&thing_record, &thing);
	text = written(result, NULL);
	assert_int_equal(lines_in(text), 2000 / 8 + 33);
	free(text);
	result_free(result);
}

struct draws {
	double value[100];
};

static const struct record value_record = {
	.fields = FIELDS({VALUE(double)}),
};

static const struct record draws_record = {
	.fields = FIELDS({ROWS_ALL("drawn", draws, value, &value_record)}),
};

/* More values than a line holds stand some side by side: 100, on 7 lines. */
static void test_many_values(void **state)
{
	static const struct draws draws;
	struct result *result = result_make(&draws_record, &draws);
	char *text = written(result, NULL);

	(void)state;
	assert_int_equal(lines_in(text), 7 + 4);
	free(text);
	result_free(result);
}

struct things {
	const struct thing *list;
	size_t n;
};

static const struct record things_record = {
	.fields = FIELDS({ROWS("things", things, list, n, &thing_record)}),
};

/*
 * A row that no screen is wide enough for takes several lines: members share one while
 * there is room, and rows in it have theirs.
 */
static void test_long_row(void **state)
{
	static char word[1001];
	struct thing thing = make_thing();
	struct result *result;
	char *text, *expected;

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	thing.word = word;
	result = result_make(&things_record, &(struct things){&thing, 1});
	text = written(result, NULL);
	assert_true(
		asprintf(&expected,
			 "{\n"
			 "  \"things\": [\n"
			 "    {\n"
			 "      \"passed\": true, \"below\": -3, "
			 "\"small\": 200, \"large\": 1099511627776, "
			 "\"real\": 0.1, \"single\": 0.5,\n"
			 "      \"word\": \"%s\",\n"
			 "      \"chars\": null, \"colour\": \"green\", "
			 "\"is_green\": true,\n"
			 "      \"figure\": {\"mean\": 10.0, \"ci_lo\": 9.0, "
			 "\"ci_hi\": 11.5}, \"mean\": 10.0, "
			 "\"ci\": [9.0, 11.5],\n"
			 "      \"ends\": [9.0, 11.5], \"half\": 0.05, "
			 "\"by\": \"us\",\n"
			 "      \"rows\": [\n"
			 "        {\"length\": 1, \"cycles\": {\"mean\": 3.0, "
			 "\"ci_lo\": 2.0, \"ci_hi\": 4.0}},\n"
			 "        {\"length\": 2, \"cycles\": {\"mean\": null, "
			 "\"ci_lo\": 0.0, \"ci_hi\": 1.0}}\n"
			 "      ],\n"
			 "      \"more\": [\n"
			 "        {\"length\": 7, \"cycles\": {\"mean\": 1.0, "
			 "\"ci_lo\": 0.5, \"ci_hi\": 1.5}},\n"
			 "        {\"length\": 8, \"cycles\": {\"mean\": 2.0, "
			 "\"ci_lo\": 1.5, \"ci_hi\": 2.5}}\n"
			 "      ],\n"
			 "      \"computed\": [0.1, 1.1], "
			 "\"counts\": {\"green\": 5}, \"one\": null\n"
			 "    }\n"
			 "  ]\n"
			 "}\n",
			 word) > 0);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
	result_free(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_withheld),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_long_row),
		cmocka_unit_test(test_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
