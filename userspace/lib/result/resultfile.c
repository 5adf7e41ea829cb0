// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <math.h>
#include <string.h>

#include "result.h"
#include "resultjson.h"

#define PRECISION JSON_REAL_PRECISION(10)
#define INDENT	  2

/* More rows than anybody reads one by one stand side by side, so many on a line. */
#define LONG_LIST 1024
#define ABREAST	  8

/* More plain values than this take several lines, some side by side. */
#define ONE_LINE       64
#define VALUES_ABREAST 16

/* A row of more characters takes several lines, as its members fill them. */
#define LONG_ROW 1000
#define ROW_LINE 100

struct result *result_read(const char *path, struct error *err)
{
	json_error_t where;
	json_t *json = json_load_file(path, 0, &where);

	if (!json)
		error_set(err, EXIT_USAGE, "%s:%d: %s", path, where.line,
			  where.text);
	return result_of_json(json);
}

static int put_value(const json_t *value, FILE *f, int depth);

static void put_indent(FILE *f, int depth)
{
	fprintf(f, "\n%*s", depth * INDENT, "");
}

static int put_key(const char *key, FILE *f)
{
	json_t *name = result_text(key);
	int rc = json_dumpf(name, f, JSON_ENCODE_ANY);

	json_decref(name);
	fputs(": ", f);
	return rc;
}

/* Members share a line while they have fewer characters than @line; 0: each has its own. */
static int put_members(const json_t *object, FILE *f, int depth, size_t line)
{
	size_t used = line, bytes;
	const char *separator = "", *key;
	json_t *value;
	int rc = 0;

	fputc('{', f);
	json_object_foreach((json_t *)object, key, value) {
		bytes = strlen(key) + strlen("\"\": , ") +
			json_dumpb(value, NULL, 0, PRECISION | JSON_ENCODE_ANY);
		fputs(separator, f);
		if (used + bytes > line) {
			put_indent(f, depth + 1);
			used = 0;
		} else {
			fputc(' ', f);
		}
		used += bytes;
		rc |= put_key(key, f);
		if (bytes > line)
			rc |= put_value(value, f, depth + 1);
		else
			rc |= json_dumpf(value, f, PRECISION | JSON_ENCODE_ANY);
		separator = ",";
	}
	put_indent(f, depth);
	fputc('}', f);
	return rc;
}

static int put_row(const json_t *row, FILE *f, int depth)
{
	if (json_is_object(row) &&
	    json_dumpb(row, NULL, 0, PRECISION) > LONG_ROW)
		return put_members(row, f, depth, ROW_LINE);
	return json_dumpf(row, f, PRECISION | JSON_ENCODE_ANY);
}

static int put_rows(const json_t *list, FILE *f, int depth)
{
	size_t i, n = json_array_size(list), abreast;
	int rc = 0;

	if (!json_is_object(json_array_get(list, 0)))
		abreast = VALUES_ABREAST;
	else
		abreast = n > LONG_LIST ? ABREAST : 1;
	fputc('[', f);
	for (i = 0; i < n; i++) {
		fputs(i ? "," : "", f);
		if (i % abreast)
			fputc(' ', f);
		else
			put_indent(f, depth + 1);
		rc |= put_row(json_array_get(list, i), f, depth + 1);
	}
	put_indent(f, depth);
	fputc(']', f);
	return rc;
}

/* A list of plain values is one line, as a row is. */
static int put_value(const json_t *value, FILE *f, int depth)
{
	if (json_is_object(value) && json_object_size(value))
		return put_members(value, f, depth, 0);
	if (json_is_object(json_array_get(value, 0)) ||
	    json_array_size(value) > ONE_LINE)
		return put_rows(value, f, depth);
	return json_dumpf(value, f, PRECISION | JSON_ENCODE_ANY);
}

int result_write(const struct result *result, FILE *f)
{
	int rc = put_value(result_json(result), f, 0);

	fputc('\n', f);
	return rc || ferror(f) ? -1 : 0;
}
