// SPDX-License-Identifier: GPL-2.0
#include "result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "resultjson.h"

static json_t *make_record(const struct record *record, const struct at *at);

json_t *result_text(const char *text)
{
	json_t *string = text ? json_string(text) : json_null();
	char *copy, *c;

	if (string)
		return string;
	copy = strdup(text);
	for (c = copy; c && *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	string = copy ? json_string(copy) : NULL;
	free(copy);
	return string;
}

static json_t *make_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *make_estimate(struct estimate e)
{
	return json_pack("{s:o, s:o, s:o}", "mean", make_real(e.mean), "ci_lo",
			 make_real(e.lo), "ci_hi", make_real(e.hi));
}

static json_t *make_ends(const struct estimate *e)
{
	return json_pack("[o, o]", make_real(e->lo), make_real(e->hi));
}

static uint64_t unsigned_at(const void *p, size_t bytes)
{
	switch (bytes) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return *(const uint16_t *)p;
	case 4:
		return *(const uint32_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

static int64_t signed_at(const void *p, size_t bytes)
{
	switch (bytes) {
	case 1:
		return *(const int8_t *)p;
	case 2:
		return *(const int16_t *)p;
	case 4:
		return *(const int32_t *)p;
	default:
		return *(const int64_t *)p;
	}
}

/* @without: the answer if there is no condition. */
static bool is(const struct condition *c, const struct at *at, bool without)
{
	if (c->is)
		return c->is(at);
	if (!c->bytes)
		return without;
	return unsigned_at((const char *)at->data + c->offset, c->bytes);
}

/* This stands for a figure that is withheld, or that doesn't exist. */
static json_t *make_nothing(const struct field *f)
{
	static const struct estimate none = {NAN, NAN, NAN};

	switch (f->kind) {
	case FIELD_ESTIMATE:
	case FIELD_ESTIMATE_OF:
		return make_estimate(none);
	case FIELD_ENDS:
		return make_ends(&none);
	default:
		return json_null();
	}
}

/* Does a member hold 0 or ""? */
static bool is_empty(const struct field *f, const void *p)
{
	switch (f->kind) {
	case FIELD_TEXT:
		return !*(const char *const *)p || !**(const char *const *)p;
	case FIELD_CHARS:
		return !*(const char *)p;
	case FIELD_REAL:
		return *(const double *)p == 0;
	case FIELD_SIGNED:
	case FIELD_UNSIGNED:
	case FIELD_EQUALS:
		return !unsigned_at(p, f->bytes);
	default:
		return false;
	}
}

static json_t *make_member(const struct field *f, const void *p)
{
	const struct estimate *e = p;

	if (f->empty_is_null && is_empty(f, p))
		return json_null();
	switch (f->kind) {
	case FIELD_BOOL:
		return json_boolean(*(const bool *)p);
	case FIELD_SIGNED:
		return json_integer(signed_at(p, f->bytes));
	case FIELD_UNSIGNED:
		return json_integer((json_int_t)unsigned_at(p, f->bytes));
	case FIELD_REAL:
		return make_real(*(const double *)p);
	case FIELD_FLOAT:
		return make_real(*(const float *)p);
	case FIELD_TEXT:
		return result_text(*(const char *const *)p);
	case FIELD_CHARS:
		return result_text(p);
	case FIELD_ESTIMATE:
		return make_estimate(*e);
	case FIELD_ENUM:
		return result_text(f->names(unsigned_at(p, f->bytes)));
	case FIELD_EQUALS:
		return json_boolean(unsigned_at(p, f->bytes) == f->n);
	case FIELD_MEAN:
		return make_real(e->mean);
	default:
		return make_ends(e);
	}
}

/* @p: of the field's member. */
static struct elements find_elements(const struct field *f, const char *p,
				     const struct at *at)
{
	struct elements e;

	if (f->elements)
		return f->elements(at);
	e.first = f->pointed ? *(const void *const *)p : p;
	e.n = f->n;
	if (f->n_bytes)
		e.n = unsigned_at((const char *)at->data + f->n_offset,
				  f->n_bytes);
	e.bytes = f->element;
	return e;
}

static struct at element_at(const struct elements *e, size_t i,
			    const struct at *up)
{
	return (struct at){
		.data = (const char *)e->first + i * e->bytes,
		.i = i,
		.up = up,
	};
}

static json_t *make_rows(const struct field *f, const char *p,
			 const struct at *at)
{
	const struct elements e = find_elements(f, p, at);
	json_t *list = json_array();
	struct at row;
	size_t i;

	for (i = 0; list && i < e.n; i++) {
		row = element_at(&e, i, at);
		if (!is(&f->record->has, &row, true))
			continue;
		if (json_array_append_new(list, make_record(f->record, &row))) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static const char *name_of(const struct record *record, const struct at *at,
			   char *text)
{
	return record->names ? record->names(at->i) : record->name(at, text);
}

static json_t *make_named(const struct field *f, const char *p,
			  const struct at *at)
{
	const struct elements e = find_elements(f, p, at);
	json_t *object = json_object();
	char text[RESULT_TEXT];
	struct at one;
	size_t i;

	for (i = 0; object && i < e.n; i++) {
		one = element_at(&e, i, at);
		if (!is(&f->record->has, &one, true))
			continue;
		if (json_object_set_new(object, name_of(f->record, &one, text),
					make_record(f->record, &one))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static json_t *make_computed(const struct field *f, const struct at *at)
{
	char text[RESULT_TEXT];

	switch (f->kind) {
	case FIELD_BOOL_OF:
		return json_boolean(f->is(at));
	case FIELD_WHOLE_OF:
		return json_integer(f->whole(at));
	case FIELD_REAL_OF:
		return make_real(f->real(at));
	case FIELD_WORD_OF:
		return result_text(f->word(at));
	case FIELD_TEXT_OF:
		return result_text(f->text(at, f, text));
	case FIELD_NUMBER_OF:
		return f->text(at, f, text) ? json_integer(atoll(text))
					    : json_null();
	case FIELD_INDEX:
		return result_text(f->names(at->i));
	default:
		return make_estimate(f->estimate(at));
	}
}

/* The place of a nested record's data. */
static struct at inner_at(const struct field *f, const struct at *at)
{
	const char *p = (const char *)at->data + f->offset;

	return (struct at){
		.data = f->data	     ? f->data(at)
			: f->pointed ? *(const void *const *)p
				     : p,
		.i = at->i,
		.up = at,
	};
}

static json_t *make_value(const struct field *f, const struct at *at)
{
	const char *p = (const char *)at->data + f->offset;
	const struct result *other;
	struct at inner;

	if ((f->figure && !at->valid) || !is(&f->valid_if, at, true))
		return make_nothing(f);
	switch (f->kind) {
	case FIELD_CONSTANT:
		return result_text(f->constant);
	case FIELD_OBJECT:
		inner = inner_at(f, at);
		return inner.data ? make_record(f->record, &inner)
				  : json_null();
	case FIELD_ROWS:
		return make_rows(f, p, at);
	case FIELD_NAMED:
		return make_named(f, p, at);
	case FIELD_RESULT:
		other = f->result(at);
		return other ? json_incref(result_json(other)) : json_null();
	case FIELD_BOOL_OF:
	case FIELD_WHOLE_OF:
	case FIELD_REAL_OF:
	case FIELD_WORD_OF:
	case FIELD_TEXT_OF:
	case FIELD_NUMBER_OF:
	case FIELD_ESTIMATE_OF:
	case FIELD_INDEX:
		return make_computed(f, at);
	default:
		return make_member(f, p);
	}
}

static struct at judged(const struct record *record, const struct at *at)
{
	struct at here = *at;

	here.valid = is(&record->valid, at, at->up ? at->up->valid : true);
	return here;
}

/* Objects by name without a key of their own stand among the fields around them. */
static int add_value(json_t *object, const struct field *f, json_t *value)
{
	int rc;

	if (f->key)
		return json_object_set_new(object, f->key, value);
	rc = json_object_update(object, value);
	json_decref(value);
	return rc;
}

/* Return: 0, or -1: no memory. */
static int add_fields(json_t *object, const struct record *record,
		      const struct at *at)
{
	const struct at here = judged(record, at);
	const struct field *f;
	struct at inner;

	for (f = record->fields; f->kind; f++) {
		if (!is(&f->when, &here, true))
			continue;
		if (f->kind == FIELD_INLINE) {
			inner = inner_at(f, &here);
			if (inner.data && add_fields(object, f->record, &inner))
				return -1;
		} else if (add_value(object, f, make_value(f, &here))) {
			return -1;
		}
	}
	return 0;
}

static json_t *make_record(const struct record *record, const struct at *at)
{
	struct at here;
	json_t *object;

	if (!record->fields->key) {
		here = judged(record, at);
		return make_value(record->fields, &here);
	}
	object = json_object();
	if (object && add_fields(object, record, at)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

struct result *result_make(const struct record *record, const void *data)
{
	return result_of_json(make_record(record, &(struct at){.data = data}));
}

void result_free(struct result *result)
{
	json_decref(result_json(result));
}

void result_mark(struct result *result, const char *key)
{
	json_object_set_new(result_json(result), key, json_true());
}
