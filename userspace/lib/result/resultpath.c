// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "resultjson.h"

#define MOST_KEY 64

static const json_t *member(const json_t *json, const char *key)
{
	char *end;
	size_t i;

	if (json_is_object(json))
		return json_object_get(json, key);
	i = strtoul(key, &end, 10);
	return *key && !*end ? json_array_get(json, i) : NULL;
}

const json_t *result_at(const json_t *json, const char *path)
{
	char key[MOST_KEY];
	size_t n;

	for (; json && *path; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		json = member(json, key);
	}
	return json;
}

bool result_says(const json_t *json)
{
	switch (json ? json_typeof(json) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_INTEGER:
	case JSON_REAL:
		return json_number_value(json) != 0;
	case JSON_STRING:
		return *json_string_value(json);
	case JSON_ARRAY:
		return json_array_size(json);
	case JSON_OBJECT:
		return json_object_size(json);
	default:
		return true;
	}
}

double result_real(const struct result *result, const char *path)
{
	const json_t *json = result_at(result_json(result), path);

	return json_is_number(json) ? json_number_value(json) : NAN;
}

int64_t result_whole(const struct result *result, const char *path)
{
	return json_integer_value(result_at(result_json(result), path));
}

bool result_is_whole(const struct result *result, const char *path)
{
	return json_is_integer(result_at(result_json(result), path));
}

const struct result *result_piece(const struct result *result, const char *path)
{
	const json_t *json = result_at(result_json(result), path);

	return json_is_object(json) ? (const struct result *)json : NULL;
}

bool result_has(const struct result *result, const char *path)
{
	return result_at(result_json(result), path);
}

const char *result_word(const struct result *result, const char *path)
{
	return json_string_value(result_at(result_json(result), path));
}
