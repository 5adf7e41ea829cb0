/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RESULT_H
#define SWC_LIB_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "estimate.h"

/*
 * A result holds what a study has found, by key. The study declares it once, as a record
 * of fields; each field has its key, its kind, where it lies in the study's data, and when
 * it is shown:
 *
 *	static const struct record chain_record = {
 *		.fields = FIELDS({MEMBER("length", chain, length)},
 *				 {MEMBER("cycles", chain, cycles), FIGURE}),
 *		.valid = IS(chain, passed),
 *	};
 *
 * For a struct chain that has passed this becomes
 *
 *	{"length": 50, "cycles": {"mean": 50.1, "ci_lo": 49.9, "ci_hi": 50.3}}
 *
 * and else null stands for each of the three figures. result_write() prints a result as
 * JSON, and result_print() (resulttext.h) as the terminal's text, by templates that name
 * keys. So the text can say nothing that the JSON doesn't.
 */
struct result;

/**
 * struct at - where the walk is
 * @data: what the record is of
 * @i: in a list: the element's number
 * @up: the record that this one is in; NULL: none
 * @valid: its figures may be read
 */
struct at {
	const void *data;
	size_t i;
	const struct at *up;
	bool valid;
};

struct field;

/**
 * struct condition - on the data of a record, by the macros IF() and IS()
 * @is: a function says so
 * @offset: else: of a member that isn't 0
 * @bytes: of the member; 0: there is no condition
 */
struct condition {
	bool (*is)(const struct at *at);
	size_t offset;
	size_t bytes;
};

#define FIELD_MEMBER_(type, member) (((struct type *)0)->member)

#define IF(f)	     {.is = (f)}
#define IS_SET(type) {.bytes = sizeof(type)} /* the data themselves */
#define IS(type, member)                          \
	{.offset = offsetof(struct type, member), \
	 .bytes = sizeof(FIELD_MEMBER_(type, member))}

/* FIELDS() - those of a record. */
#define FIELDS(...)              \
	(const struct field[])   \
	{                        \
		__VA_ARGS__, {0} \
	}

/*
 * GETTER() - a function that computes what a field holds. DATA() are the record's data,
 * by the name of their struct; UP() are those of the record around it.
 */
#define DATA(type) ((const struct type *)at->data)
#define UP(type)   ((const struct type *)at->up->data)
#define GETTER(type, name, ...)               \
	static type name(const struct at *at) \
	{                                     \
		(void)at;                     \
		return __VA_ARGS__;           \
	}                                     \
	struct at

/* The name of an enumerator, or of a number. */
typedef const char *(*field_names)(unsigned int value);

/**
 * struct record - a kind of object
 * @fields: in the order in which they are written; ends with an empty one. One without
 *	a key, alone: the object is that value itself, as in a list of numbers.
 * @valid: may its figures be read? None: if those of the record around it may
 * @has: of lists and of objects by name: is there this element? None: each is
 * @names: of objects by name: the element's key, by its number
 * @name: likewise, where that is more; @text has room for RESULT_TEXT
 */
struct record {
	const struct field *fields;
	struct condition valid;
	struct condition has;
	field_names names;
	const char *(*name)(const struct at *at, char *text);
};

/* A list of elements that lie one after the other. */
struct elements {
	const void *first;
	size_t n;
	size_t bytes; /* of each */
};

enum field_kind {
	FIELD_NONE,
	/* These are at an offset in the record's data. */
	FIELD_BOOL,
	FIELD_SIGNED,
	FIELD_UNSIGNED,
	FIELD_REAL,
	FIELD_FLOAT,
	FIELD_TEXT,   /* a pointer to it; NULL: null */
	FIELD_CHARS,  /* the characters */
	FIELD_ENUM,   /* the name of what it holds */
	FIELD_EQUALS, /* whether it is a value */
	FIELD_ESTIMATE,
	FIELD_MEAN,	/* of an estimate */
	FIELD_INTERVAL, /* of an estimate, [lo, hi] or null */
	FIELD_ENDS,	/* the same; withheld: [null, null] */
	/* Computed. */
	FIELD_BOOL_OF,
	FIELD_WHOLE_OF,
	FIELD_REAL_OF,
	FIELD_WORD_OF,
	FIELD_TEXT_OF,
	FIELD_NUMBER_OF, /* a whole number that is a text */
	FIELD_ESTIMATE_OF,
	FIELD_INDEX, /* the element's number, or its name */
	/* Made of others. */
	FIELD_CONSTANT, /* a text that is always the same */
	FIELD_OBJECT,
	FIELD_INLINE, /* an object whose fields stand among those around it */
	FIELD_ROWS,
	FIELD_NAMED,  /* objects by their names */
	FIELD_RESULT, /* another result */
};

/* Enough for what a getter puts together. */
#define RESULT_TEXT 2048

/**
 * struct field - one key of a record, by the macros below
 * @key: as it is written
 * @kind: what it is
 * @offset: of the member
 * @bytes: of the member
 * @figure: null if the record's figures are withheld
 * @empty_is_null: 0 or "" says that it isn't known: null is written
 * @valid_if: null if it doesn't hold
 * @when: the key isn't there if it doesn't hold
 * @record: of each element
 * @constant: the text; of those that are computed: for the getter
 * @n: elements, where their number is fixed; the value that a member may be
 * @n_offset: else: of the number's member
 * @n_bytes: of the number's member
 * @element: bytes of one
 * @pointed: the member points to the first element, or to the object
 * @names: of what it holds
 * @is: computes it; by kind, as the next ones
 */
struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
	size_t bytes;
	bool figure;
	bool empty_is_null;
	struct condition valid_if;
	struct condition when;
	const struct record *record;
	const char *constant;
	size_t n;
	size_t n_offset;
	size_t n_bytes;
	size_t element;
	bool pointed;
	field_names names;
	union {
		bool (*is)(const struct at *at);
		int64_t (*whole)(const struct at *at);
		double (*real)(const struct at *at);
		const char *(*word)(const struct at *at);
		const char *(*text)(const struct at *at, const struct field *f,
				    char *text);
		struct estimate (*estimate)(const struct at *at);
		const void *(*data)(const struct at *at);
		struct elements (*elements)(const struct at *at);
		const struct result *(*result)(const struct at *at);
	};
};

/* The kind of a member, by its type; a type that has none doesn't compile. */
#define FIELD_KIND_(m)                                      \
	_Generic(&(m),                                      \
		char **: FIELD_TEXT,                        \
		const char **: FIELD_TEXT,                  \
		const char *const *: FIELD_TEXT,            \
		default: _Generic((m),                      \
			_Bool: FIELD_BOOL,                  \
			signed char: FIELD_SIGNED,          \
			short: FIELD_SIGNED,                \
			int: FIELD_SIGNED,                  \
			long: FIELD_SIGNED,                 \
			long long: FIELD_SIGNED,            \
			unsigned char: FIELD_UNSIGNED,      \
			unsigned short: FIELD_UNSIGNED,     \
			unsigned int: FIELD_UNSIGNED,       \
			unsigned long: FIELD_UNSIGNED,      \
			unsigned long long: FIELD_UNSIGNED, \
			double: FIELD_REAL,                 \
			float: FIELD_FLOAT,                 \
			char *: FIELD_CHARS,                \
			const char *: FIELD_CHARS,          \
			struct estimate: FIELD_ESTIMATE))

#define FIELD_AT_(k, kind_, type, member)                                     \
	.key = (k), .kind = (kind_), .offset = offsetof(struct type, member), \
	.bytes = sizeof(FIELD_MEMBER_(type, member))

/* MEMBER() - what a member of the record's data holds. */
#define MEMBER(k, type, member) \
	FIELD_AT_(k, FIELD_KIND_(FIELD_MEMBER_(type, member)), type, member)

/* ENUM() - the same by its name. */
#define ENUM(k, type, member, f) \
	FIELD_AT_(k, FIELD_ENUM, type, member), .names = (f)

/* EQUALS() - whether it is this value. */
#define EQUALS(k, type, member, value) \
	FIELD_AT_(k, FIELD_EQUALS, type, member), .n = (value)

/* INDEX() - the name of an element by its number. */
#define INDEX(k, f) .key = (k), .kind = FIELD_INDEX, .names = (f)

/* VALUE() - the data itself, in a record that is one value. */
#define VALUE(type) .kind = FIELD_KIND_(*(type *)0), .bytes = sizeof(type)

/* An estimate in other forms than an object of three. */
#define MEAN(k, type, member)	  FIELD_AT_(k, FIELD_MEAN, type, member)
#define INTERVAL(k, type, member) FIELD_AT_(k, FIELD_INTERVAL, type, member)
#define ENDS(k, type, member)	  FIELD_AT_(k, FIELD_ENDS, type, member)

/* The answer of a function of the record's data. */
#define BOOL_OF(k, f)	  .key = (k), .kind = FIELD_BOOL_OF, .is = (f)
#define WHOLE_OF(k, f)	  .key = (k), .kind = FIELD_WHOLE_OF, .whole = (f)
#define REAL_OF(k, f)	  .key = (k), .kind = FIELD_REAL_OF, .real = (f)
#define WORD_OF(k, f)	  .key = (k), .kind = FIELD_WORD_OF, .word = (f)
#define TEXT_OF(k, f)	  .key = (k), .kind = FIELD_TEXT_OF, .text = (f)
#define NUMBER_OF(k, f)	  .key = (k), .kind = FIELD_NUMBER_OF, .text = (f)
#define ESTIMATE_OF(k, f) .key = (k), .kind = FIELD_ESTIMATE_OF, .estimate = (f)

#define CONSTANT(k, t) .key = (k), .kind = FIELD_CONSTANT, .constant = (t)

/* OBJECT() - fields of the same data, under a key of their own. */
#define OBJECT(k, r) .key = (k), .kind = FIELD_OBJECT, .record = (r)
/*
 * OBJECT_AT() - of a member; OBJECT_TO() - of what a member points to, or null;
 * OBJECT_OF() - of what a function returns, or null.
 */
#define OBJECT_AT(k, type, member, r) \
	FIELD_AT_(k, FIELD_OBJECT, type, member), .record = (r)
#define OBJECT_TO(k, type, member, r) \
	OBJECT_AT(k, type, member, r), .pointed = true
#define OBJECT_OF(k, f, r) \
	.key = (k), .kind = FIELD_OBJECT, .data = (f), .record = (r)

/* The same without a key; nothing if there is no object. */
#define INLINE(r) .key = "", .kind = FIELD_INLINE, .record = (r)
#define INLINE_AT(type, member, r) \
	FIELD_AT_("", FIELD_INLINE, type, member), .record = (r)
#define INLINE_TO(type, member, r) INLINE_AT(type, member, r), .pointed = true
#define INLINE_OF(f, r) \
	.key = "", .kind = FIELD_INLINE, .data = (f), .record = (r)

#define FIELD_LIST_(k, kind_, type, list, r)                       \
	FIELD_AT_(k, kind_, type, list), .record = (r),            \
		.element = sizeof(FIELD_MEMBER_(type, list)[0]),   \
		.pointed = __builtin_types_compatible_p(           \
			__typeof__(&FIELD_MEMBER_(type, list)[0]), \
			__typeof__(FIELD_MEMBER_(type, list)))
#define FIELD_COUNT_(type, member)                 \
	.n_offset = offsetof(struct type, member), \
	.n_bytes = sizeof(FIELD_MEMBER_(type, member))

/* ROWS() - a list: an array, or what a pointer leads to, and how many are there. */
#define ROWS(k, type, list, count, r) \
	FIELD_LIST_(k, FIELD_ROWS, type, list, r), FIELD_COUNT_(type, count)
/* ROWS_ALL() - a list: all of an array. */
#define ROWS_ALL(k, type, list, r)                       \
	FIELD_LIST_(k, FIELD_ROWS, type, list, r),       \
		.n = sizeof(FIELD_MEMBER_(type, list)) / \
		     sizeof(FIELD_MEMBER_(type, list)[0])
/* ROWS_OF() - a list that a function finds. */
#define ROWS_OF(k, f, r) \
	.key = (k), .kind = FIELD_ROWS, .elements = (f), .record = (r)

/*
 * NAMED_ALL() and NAMED_OF() - likewise, as an object by the elements' names; without
 * a key these stand among the fields around them.
 */
#define NAMED_ALL(k, type, list, r)                      \
	FIELD_LIST_(k, FIELD_NAMED, type, list, r),      \
		.n = sizeof(FIELD_MEMBER_(type, list)) / \
		     sizeof(FIELD_MEMBER_(type, list)[0])
#define NAMED_OF(k, f, r) \
	.key = (k), .kind = FIELD_NAMED, .elements = (f), .record = (r)

/* RESULT_OF() - another result, as it was read; NULL: null. */
#define RESULT_OF(k, f) .key = (k), .kind = FIELD_RESULT, .result = (f)

/* FIGURE - a measured field: null if it is withheld. */
#define FIGURE .figure = true

/* KNOWN - a field that is null if it is 0 or "". */
#define KNOWN .empty_is_null = true

/*
 * result_make() - what @data holds, as @record declares it. Names that aren't UTF-8,
 * which JSON has to be, have "?" for all bytes beyond ASCII. Return: NULL: no memory.
 */
struct result *result_make(const struct record *record, const void *data);

/* result_mark() - true at the top level, after all else, under @key. */
void result_mark(struct result *result, const char *key);

/* result_read() - of a file. Return: NULL with @err set: it isn't JSON. */
struct result *result_read(const char *path, struct error *err);
void result_free(struct result *result);

/*
 * result_write() - as JSON: what belongs together is indented, and each row of a list
 * is one line. Return: 0, or -1 with errno set.
 */
int result_write(const struct result *result, FILE *f);

/*
 * A value of a result, by the path of keys to it: "cycles.mean". NAN, 0, NULL or false
 * if there is none.
 */
double result_real(const struct result *result, const char *path);
int64_t result_whole(const struct result *result, const char *path);
const char *result_word(const struct result *result, const char *path);
bool result_is_whole(const struct result *result, const char *path);
bool result_has(const struct result *result, const char *path);

/*
 * result_piece() - an object that @path leads to, as long as @result lasts. Return: NULL:
 * there is none.
 */
const struct result *result_piece(const struct result *result,
				  const char *path);

/*
 * result_holds() - does it say something of each of these, which blanks separate? Null,
 * false, 0, "" and an empty list say nothing; with a "?" before it all but null does.
 * It must say nothing of those with a "!".
 */
bool result_holds(const struct result *result, const char *paths);

#endif
