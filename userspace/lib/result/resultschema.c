// SPDX-License-Identifier: GPL-2.0
#include "resultschema.h"

#include <stdio.h>

#include "resultjson.h"

/* So many different records a verb's results may consist of. */
#define MOST 128

/* Records may contain themselves, so each is described once, and referred to. */
struct schema {
	const struct record *seen[MOST];
	size_t n;
	json_t *definitions;
};

static json_t *of_record(struct schema *s, const struct record *record);

static json_t *typed(const char *type, bool nullable)
{
	if (nullable)
		return json_pack("{s:[s, s]}", "type", type, "null");
	return json_pack("{s:s}", "type", type);
}

static json_t *list_of(json_t *items, int n)
{
	json_t *list = json_pack("{s:s, s:o}", "type", "array", "items", items);

	if (n && list) {
		json_object_set_new(list, "minItems", json_integer(n));
		json_object_set_new(list, "maxItems", json_integer(n));
	}
	return list;
}

static json_t *or_null(json_t *schema)
{
	return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
}

/* An estimate's three numbers, or [lo, hi]: null stands for each that isn't known. */
static json_t *of_estimate(void)
{
	return json_pack("{s:s, s:{s:o, s:o, s:o}, s:[s, s, s], s:b}", "type",
			 "object", "properties", "mean", typed("number", true),
			 "ci_lo", typed("number", true), "ci_hi",
			 typed("number", true), "required", "mean", "ci_lo",
			 "ci_hi", "additionalProperties", 0);
}

/* Whether @f's value may be null though its kind never is by itself. */
static bool is_nullable(const struct field *f)
{
	return f->figure || f->empty_is_null || f->valid_if.is ||
	       f->valid_if.bytes;
}

/* An object by names, which only a run knows. */
static json_t *of_named(struct schema *s, const struct field *f)
{
	return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
			 of_record(s, f->record));
}

static json_t *of_made(struct schema *s, const struct field *f)
{
	json_t *made;

	switch (f->kind) {
	case FIELD_ROWS:
		made = list_of(of_record(s, f->record), 0);
		break;
	case FIELD_NAMED:
		made = of_named(s, f);
		break;
	case FIELD_RESULT:
		return typed("object", true);
	default:
		made = of_record(s, f->record);
		/* A pointer that leads nowhere is null. */
		return f->pointed || f->data || is_nullable(f) ? or_null(made)
							       : made;
	}
	return is_nullable(f) ? or_null(made) : made;
}

static json_t *of_field(struct schema *s, const struct field *f)
{
	bool nullable = is_nullable(f);

	switch (f->kind) {
	case FIELD_BOOL:
	case FIELD_BOOL_OF:
	case FIELD_EQUALS:
		return typed("boolean", nullable);
	case FIELD_SIGNED:
	case FIELD_UNSIGNED:
	case FIELD_WHOLE_OF:
		return typed("integer", nullable);
	case FIELD_NUMBER_OF:
		return typed("integer", true);
	case FIELD_REAL:
	case FIELD_FLOAT:
	case FIELD_REAL_OF:
	case FIELD_MEAN:
		return typed("number", true);
	case FIELD_CHARS:
	case FIELD_CONSTANT:
		return typed("string", nullable);
	case FIELD_TEXT:
	case FIELD_ENUM:
	case FIELD_INDEX:
	case FIELD_WORD_OF:
	case FIELD_TEXT_OF:
		return typed("string", true);
	case FIELD_ESTIMATE:
	case FIELD_ESTIMATE_OF:
		return of_estimate();
	case FIELD_ENDS:
		return list_of(typed("number", true), 2);
	case FIELD_INTERVAL:
		return or_null(list_of(typed("number", true), 2));
	default:
		return of_made(s, f);
	}
}

/**
 * struct object - a schema under construction
 * @properties: by key
 * @required: those that are always there
 * @together: of keys that may be missing: which others are there whenever one is
 * @others: of keys that only a run knows; NULL: there are none
 */
struct object {
	json_t *properties;
	json_t *required;
	json_t *together;
	json_t *others;
};

static void add_fields(struct schema *s, struct object *o,
		       const struct record *record);

/* Fields of another object, which may be missing, but then all of them are. */
static void add_optional(struct schema *s, struct object *o,
			 const struct record *record)
{
	struct object inner = *o;
	json_t *key;
	size_t i;

	inner.required = json_array();
	add_fields(s, &inner, record);
	json_array_foreach(inner.required, i, key) {
		json_object_set(o->together, json_string_value(key),
				inner.required);
	}
	json_decref(inner.required);
	o->others = inner.others;
}

/* A key may be declared twice, for cases that exclude each other. */
static void add_key(struct object *o, const char *key, json_t *schema)
{
	json_t *old = json_object_get(o->properties, key);

	if (old)
		schema = json_pack("{s:[O, o]}", "anyOf", old, schema);
	json_object_set_new(o->properties, key, schema);
}

static void add_fields(struct schema *s, struct object *o,
		       const struct record *record)
{
	const struct field *f;
	bool sure;

	for (f = record->fields; f->kind; f++) {
		sure = !f->when.is && !f->when.bytes;
		if (f->kind == FIELD_INLINE && sure && !f->pointed &&
		    !f->data) {
			add_fields(s, o, f->record);
		} else if (f->kind == FIELD_INLINE) {
			add_optional(s, o, f->record);
		} else if (!f->key) {
			o->others = o->others ?: of_record(s, f->record);
		} else {
			add_key(o, f->key, of_field(s, f));
			if (sure)
				json_array_append_new(o->required,
						      json_string(f->key));
		}
	}
}

static json_t *describe(struct schema *s, const struct record *record)
{
	struct object o = {json_object(), json_array(), json_object(), NULL};

	/* A field alone that has no key is the value itself. */
	if (!record->fields->key) {
		json_decref(o.properties);
		json_decref(o.required);
		json_decref(o.together);
		return of_field(s, record->fields);
	}
	add_fields(s, &o, record);
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "type", "object",
			 "properties", o.properties, "required", o.required,
			 "dependentRequired", o.together,
			 "additionalProperties", o.others ?: json_false());
}

static json_t *of_record(struct schema *s, const struct record *record)
{
	char name[16];
	size_t i;

	for (i = 0; i < s->n && s->seen[i] != record; i++)
		;
	snprintf(name, sizeof(name), "r%zu", i);
	if (i == s->n && i < MOST) {
		s->seen[s->n++] = record;
		json_object_set_new(s->definitions, name, describe(s, record));
	}
	return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name));
}

/* A run that a signal has ended says so at the top, whatever its record. */
static json_t *of_top(struct schema *s, const struct record *record)
{
	json_t *top = describe(s, record);
	json_t *keys = json_object_get(top, "properties");

	/* A verb may have the key itself, and then always. */
	if (!json_object_get(keys, "interrupted"))
		json_object_set_new(keys, "interrupted",
				    json_pack("{s:b}", "const", 1));
	return top;
}

struct result *result_schema(const char *title,
			     const struct record *const *records)
{
	struct schema s = {.definitions = json_object()};
	json_t *forms = json_array();

	for (; *records; records++)
		json_array_append_new(forms, of_top(&s, *records));
	return result_of_json(json_pack(
		"{s:s, s:s, s:o, s:o}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title", title,
		"anyOf", forms, "$defs", s.definitions));
}
