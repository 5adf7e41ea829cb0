// SPDX-License-Identifier: GPL-2.0
#include "yamlfile.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE 200

static int parse(struct yamlfile *f, const char *text, size_t bytes,
		 struct error *err)
{
	yaml_parser_t parser;
	int good;

	if (!yaml_parser_initialize(&parser))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: no memory",
				 f->path);
	yaml_parser_set_input_string(&parser, (const yaml_char_t *)text, bytes);
	good = yaml_parser_load(&parser, &f->document);
	/* If bytes aren't text, the parser knows their offset only, and no line. */
	if (!good)
		error_set(err, EXIT_USAGE, "%s:%zu: not YAML: %s", f->path,
			  parser.problem_mark.line + 1,
			  parser.problem ? parser.problem : "no memory");
	yaml_parser_delete(&parser);
	return good ? 0 : -1;
}

static int read_from(struct yamlfile *f, FILE *in, struct error *err)
{
	char *text = malloc(YAMLFILE_MAX + 1);
	size_t bytes = 0;
	int rc = -1;

	if (text)
		bytes = fread(text, 1, YAMLFILE_MAX + 1, in);
	if (!text)
		error_set(err, EXIT_IMPOSSIBLE, "%s: no memory", f->path);
	else if (ferror(in))
		error_set(err, EXIT_USAGE, "%s: cannot read: %s", f->path,
			  strerror(errno));
	else if (bytes > YAMLFILE_MAX)
		error_set(err, EXIT_USAGE,
			  "%s: larger than %u KiB: not a description", f->path,
			  YAMLFILE_MAX >> 10);
	else
		rc = parse(f, text, bytes, err);
	free(text);
	return rc;
}

int yamlfile_open(struct yamlfile *f, const char *path, struct error *err)
{
	FILE *in = fopen(path, "re");
	int rc;

	*f = (struct yamlfile){.path = path};
	if (!in)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
				 strerror(errno));
	rc = read_from(f, in, err);
	fclose(in);
	if (rc || yamlfile_top(f))
		return rc;
	yamlfile_close(f);
	return error_set(err, EXIT_USAGE, "%s:1: the file is empty", path);
}

void yamlfile_close(struct yamlfile *f)
{
	yaml_document_delete(&f->document);
}

static yaml_node_t *node_at(const struct yamlfile *f, int index)
{
	/* libyaml takes no const document, but doesn't change it here. */
	return yaml_document_get_node((yaml_document_t *)&f->document, index);
}

const yaml_node_t *yamlfile_top(const struct yamlfile *f)
{
	return node_at(f, 1);
}

const char *yamlfile_scalar(const yaml_node_t *node)
{
	const char *text;

	if (node->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

static int vcomplain(const struct yamlfile *f, const yaml_node_t *node,
		     const char *key, struct error *err, const char *what,
		     va_list args)
{
	const char *value = yamlfile_scalar(node);
	char message[MAX_MESSAGE];

	vsnprintf(message, sizeof(message), what, args);
	return error_set(err, EXIT_USAGE, "%s:%zu: %s%s%.40s%s%s", f->path,
			 node->start_mark.line + 1, key, *key ? ": " : "",
			 value ? value : "", value ? ": " : "", message);
}

/* Complains of a node, naming the key that leads to it, or "". */
static int complain(const struct yamlfile *f, const yaml_node_t *node,
		    const char *key, struct error *err, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	vcomplain(f, node, key, err, what, args);
	va_end(args);
	return -1;
}

int yamlfile_complain(const struct yamlfile *f, const yaml_node_t *mapping,
		      const char *key, struct error *err, const char *what, ...)
{
	const yaml_node_t *node = yamlfile_get(f, mapping, key);
	va_list args;

	va_start(args, what);
	vcomplain(f, node ? node : mapping, key, err, what, args);
	va_end(args);
	return -1;
}

static void join(const char *const *words, char *text, size_t size)
{
	size_t n = 0;

	for (*text = 0; *words && n < size; words++)
		n += snprintf(text + n, size - n, "%s%s", n ? ", " : "",
			      *words);
}

/* The index of a word; -1 if it is none. */
static int find(const char *const *words, const char *word)
{
	int i;

	for (i = 0; word && words[i]; i++) {
		if (!strcmp(words[i], word))
			return i;
	}
	return -1;
}

static int check_key(const struct yamlfile *f, const yaml_node_pair_t *pairs,
		     const yaml_node_pair_t *pair, const char *const *keys,
		     struct error *err)
{
	const yaml_node_t *key = node_at(f, pair->key);
	char known[MAX_MESSAGE];

	if (find(keys, yamlfile_scalar(key)) < 0) {
		join(keys, known, sizeof(known));
		return complain(f, key, "", err, "no such key: one of %s",
				known);
	}
	for (; pairs < pair; pairs++) {
		if (!strcmp(yamlfile_scalar(node_at(f, pairs->key)),
			    yamlfile_scalar(key)))
			return complain(f, key, "", err,
					"twice: leave one of them out");
	}
	return 0;
}

int yamlfile_keys(const struct yamlfile *f, const yaml_node_t *node,
		  const char *const *keys, size_t needed, struct error *err)
{
	const yaml_node_pair_t *pair;
	char known[MAX_MESSAGE];
	size_t i;

	if (node->type != YAML_MAPPING_NODE) {
		join(keys, known, sizeof(known));
		return complain(f, node, "", err,
				"a mapping is needed, of keys as %s", known);
	}
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		if (check_key(f, node->data.mapping.pairs.start, pair, keys,
			      err))
			return -1;
	}
	for (i = 0; i < needed; i++) {
		if (!yamlfile_get(f, node, keys[i]))
			return complain(f, node, keys[i], err, "is missing");
	}
	return 0;
}

const yaml_node_t *yamlfile_get(const struct yamlfile *f,
				const yaml_node_t *mapping, const char *key)
{
	const yaml_node_pair_t *pair;
	const char *name;

	if (mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		name = yamlfile_scalar(node_at(f, pair->key));
		if (name && !strcmp(name, key))
			return node_at(f, pair->value);
	}
	return NULL;
}

int yamlfile_number(const struct yamlfile *f, const yaml_node_t *mapping,
		    const char *key, uint32_t least, uint32_t most,
		    uint32_t *value, struct error *err)
{
	const yaml_node_t *node = yamlfile_get(f, mapping, key);
	const char *text = node ? yamlfile_scalar(node) : NULL;
	uintmax_t number = 0;
	char *end = NULL;

	if (!node)
		return 0;
	if (text && *text >= '0' && *text <= '9') {
		errno = 0;
		number = strtoumax(text, &end, 10);
	}
	if (!end || *end || errno || number < least || number > most)
		return complain(f, node, key, err,
				"a number from %u to %u is needed", least,
				most);
	*value = number;
	return 0;
}

int yamlfile_real(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, double *value, struct error *err)
{
	const yaml_node_t *node = yamlfile_get(f, mapping, key);
	const char *text = node ? yamlfile_scalar(node) : NULL;
	char *end = NULL;
	double number = 0;

	if (!node)
		return 0;
	if (text && *text)
		number = strtod(text, &end);
	if (!end || *end || !isfinite(number))
		return complain(f, node, key, err, "a number is needed");
	*value = number;
	return 0;
}

int yamlfile_text(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, char *value, size_t size, struct error *err)
{
	const yaml_node_t *node = yamlfile_get(f, mapping, key);
	const char *text = node ? yamlfile_scalar(node) : NULL;

	if (!node)
		return 0;
	if (!text || strlen(text) >= size)
		return complain(f, node, key, err,
				"text of %zu characters at most is needed",
				size - 1);
	memcpy(value, text, strlen(text) + 1);
	return 0;
}

static int take_word(const struct yamlfile *f, const yaml_node_t *node,
		     const char *key, const char *const *words,
		     unsigned int *value, struct error *err)
{
	int i = find(words, yamlfile_scalar(node));
	char known[MAX_MESSAGE];

	if (i < 0) {
		join(words, known, sizeof(known));
		return complain(f, node, key, err, "one of %s is needed",
				known);
	}
	*value = i;
	return 0;
}

int yamlfile_word(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, const char *const *words,
		  unsigned int *value, struct error *err)
{
	const yaml_node_t *node = yamlfile_get(f, mapping, key);

	return node ? take_word(f, node, key, words, value, err) : 0;
}

int yamlfile_words(const struct yamlfile *f, const yaml_node_t *mapping,
		   const char *key, const char *const *words, uint32_t *value,
		   struct error *err)
{
	const yaml_node_t *list;
	uint32_t found = 0;
	unsigned int word = 0;
	size_t i, n;

	if (yamlfile_list(f, mapping, key, SIZE_MAX, &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		if (take_word(f, yamlfile_entry(f, list, i), key, words, &word,
			      err))
			return -1;
		found |= UINT32_C(1) << word;
	}
	if (list)
		*value = found;
	return 0;
}

int yamlfile_list(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, size_t most, const yaml_node_t **list,
		  size_t *n, struct error *err)
{
	const yaml_node_t *node = yamlfile_get(f, mapping, key);

	*list = NULL;
	*n = 0;
	if (!node)
		return 0;
	if (node->type != YAML_SEQUENCE_NODE)
		return complain(f, node, key, err, "a list is needed");
	*n = node->data.sequence.items.top - node->data.sequence.items.start;
	if (*n > most)
		return complain(f, node, key, err,
				"%zu entries: %zu at most are possible", *n,
				most);
	*list = node;
	return 0;
}

const yaml_node_t *yamlfile_entry(const struct yamlfile *f,
				  const yaml_node_t *list, size_t i)
{
	return node_at(f, list->data.sequence.items.start[i]);
}
