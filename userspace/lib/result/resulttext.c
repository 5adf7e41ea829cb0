// SPDX-License-Identifier: GPL-2.0
#include "resulttext.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "resultjson.h"

#define MOST_BRACES 160
#define MOST_FORMAT (4 * MOST_BRACES)

/* Keys are looked up in this: an element, then what is around it. */
struct scope {
	const json_t *json;
	const struct scope *up;
	const json_t *list; /* that it is an element of */
	const char *name;   /* in an object */
	size_t i;	    /* in a list */
};

static const json_t *look_up(const struct scope *s, const char *path)
{
	const json_t *json = NULL;

	if (!strcmp(path, "."))
		return s->json;
	for (; s && !json; s = s->up)
		json = result_at(s->json, path);
	return json;
}

static bool holds(const struct scope *s, const char *paths)
{
	const json_t *json;
	char path[MOST_BRACES];
	bool not, known;
	size_t n;

	while (paths && *paths) {
		not = *paths == '!';
		paths += not;
		known = *paths == '?';
		paths += known;
		n = strcspn(paths, " ");
		snprintf(path, sizeof(path), "%.*s", (int)n, paths);
		json = look_up(s, path);
		if ((known ? json && !json_is_null(json) : result_says(json)) ==
		    not)
			return false;
		paths += n + (paths[n] == ' ');
	}
	return true;
}

bool result_holds(const struct result *result, const char *paths)
{
	return holds(&(struct scope){.json = result_json(result)}, paths);
}

/* The number of an estimate is its mean, that of an interval half its width. */
static double number_of(const json_t *json)
{
	if (json_is_object(json))
		json = json_object_get(json, "mean");
	if (json_is_array(json))
		return (json_number_value(json_array_get(json, 1)) -
			json_number_value(json_array_get(json, 0))) /
		       2;
	return json_is_number(json) ? json_number_value(json) : NAN;
}

/* The length of the longest value that any element has for a key. */
static int widest(const struct scope *s, const char *key)
{
	const json_t *element;
	const char *text;
	int width = 0;
	size_t i;

	json_array_foreach(s->list, i, element) {
		text = json_string_value(json_object_get(element, key));
		if (text && (int)strlen(text) > width)
			width = strlen(text);
	}
	return width;
}

/* A number with its interval; @flags: of the number, and its precision. */
static void put_estimate(const json_t *json, const char *flags, FILE *f)
{
	const char *precision = strchr(flags, '.') ?: "";
	char format[MOST_FORMAT];

	snprintf(format, sizeof(format), "%%%sf [%%%sf, %%%sf]", flags,
		 precision, precision);
	fprintf(f, format, number_of(json),
		number_of(json_object_get(json, "ci_lo")),
		number_of(json_object_get(json, "ci_hi")));
}

/* A bar of eighths of cells, of which the largest of all elements fills @cells. */
static void put_bar(const struct scope *s, const char *key, int cells, FILE *f)
{
	static const char *const eighths[] = {"",  "▏", "▎", "▍",
					      "▌", "▋", "▊", "▉"};
	const json_t *element;
	double most = 0;
	size_t i;
	int n;

	json_array_foreach(s->list, i, element)
		most = fmax(most, number_of(json_object_get(element, key)));
	n = most > 0 ? lround(fmax(number_of(look_up(s, key)), 0) / most *
			      cells * 8)
		     : 0;
	for (; n >= 8; n -= 8)
		fputs("█", f);
	fputs(eighths[n], f);
}

static void put_word(const struct scope *s, const char *path, const char *flags,
		     FILE *f)
{
	const char *word = json_string_value(look_up(s, path)) ?: "";
	char format[MOST_FORMAT];

	if (!strcmp(path, "@"))
		word = s->name;
	snprintf(format, sizeof(format), "%%%ss", flags);
	if (strchr(flags, '*'))
		fprintf(f, format, widest(s, path), word);
	else
		fprintf(f, format, word);
}

/* The whole number at a path: of a list, the number of its elements. */
static int64_t whole_of(const struct scope *s, const char *path)
{
	const json_t *json = look_up(s, path);

	if (!strcmp(path, "@"))
		return s->i;
	return json_is_array(json) ? (int64_t)json_array_size(json)
				   : (int64_t)json_integer_value(json);
}

/* Prints as printf() does; resulttext.h has what printf() hasn't. */
static void put_as(const struct scope *s, const char *path, char *spec, FILE *f)
{
	const json_t *json = look_up(s, path);
	char format[MOST_FORMAT], *last = spec + strlen(spec) - 1;
	const char conversion = *last;

	*last = '\0';
	switch (conversion) {
	case 's':
		put_word(s, path, spec, f);
		break;
	case 'd':
		snprintf(format, sizeof(format), "%%%s" PRId64, spec);
		fprintf(f, format, whole_of(s, path));
		break;
	case 'b':
		put_bar(s, path, strtol(spec, NULL, 10), f);
		break;
	case 'e':
		put_estimate(json, spec, f);
		break;
	case '%':
		snprintf(format, sizeof(format), "%%%sf", spec);
		fprintf(f, format, number_of(json) * 100);
		break;
	default:
		snprintf(format, sizeof(format), "%%%s%c", spec, conversion);
		fprintf(f, format, number_of(json));
	}
}

static void put_plain(const struct scope *s, const char *path, FILE *f)
{
	const json_t *json = look_up(s, path);

	if (!strcmp(path, "@"))
		s->name ? fputs(s->name, f) : fprintf(f, "%zu", s->i);
	else if (json_is_string(json))
		fputs(json_string_value(json), f);
	else if (json_is_integer(json))
		fprintf(f, "%" PRId64, (int64_t)json_integer_value(json));
	else if (json_is_null(json))
		fputs("-", f);
	else if (json)
		fprintf(f, "%g", number_of(json));
}

static void put_braces(const struct scope *s, char *what, FILE *f)
{
	const size_t n = strcspn(what, ":?");
	char *no;

	if (!what[n]) {
		put_plain(s, what, f);
		return;
	}
	if (what[n] == ':') {
		what[n] = '\0';
		put_as(s, what, what + n + 1, f);
		return;
	}
	what[n] = '\0';
	no = strchr(what + n + 1, '|');
	*no++ = '\0';
	fputs(holds(s, what) ? what + n + 1 : no, f);
}

static void put_text(const struct scope *s, const char *text, FILE *f)
{
	char what[MOST_BRACES];
	size_t n;

	while (*text) {
		n = strcspn(text, "{");
		fwrite(text, 1, n, f);
		text += n;
		if (!*text)
			break;
		n = strcspn(++text, "}");
		snprintf(what, sizeof(what), "%.*s", (int)n, text);
		put_braces(s, what, f);
		text += n + 1;
	}
}

static void put_lines(const struct scope *s, const struct result_line *lines,
		      FILE *f);

static void put_line(const struct scope *s, const struct result_line *line,
		     FILE *f)
{
	if (line->text)
		put_text(s, line->text, f);
	if (line->rows)
		put_lines(s, line->rows, f);
}

static void put_each(const struct scope *s, const struct result_line *line,
		     FILE *f)
{
	json_t *list = (json_t *)look_up(s, line->each);
	struct scope one = {.up = s, .list = list};
	const char *name;
	json_t *element;

	json_array_foreach(list, one.i, element) {
		one.json = element;
		put_line(&one, line, f);
	}
	json_object_foreach(list, name, element) {
		one.json = element;
		one.name = name;
		put_line(&one, line, f);
	}
}

static void put_lines(const struct scope *s, const struct result_line *lines,
		      FILE *f)
{
	for (; lines->text || lines->rows; lines++) {
		if (!holds(s, lines->when))
			continue;
		if (lines->each)
			put_each(s, lines, f);
		else
			put_line(s, lines, f);
	}
}

void result_print(const struct result *result, const char *path,
		  const struct result_line *lines, FILE *f)
{
	const struct scope all = {.json = result_json(result)};
	const struct scope part = {
		.json = result_at(all.json, path),
		.up = &all,
	};

	put_lines(&part, lines, f);
}
