// SPDX-License-Identifier: GPL-2.0
#include "yamlfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_all(struct yamlfile *f, struct error *err)
{
	FILE *in = fopen(f->path, "re");
	int rc = -1;

	if (!in)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s",
				 f->path, strerror(errno));
	f->text = malloc(YAMLFILE_MAX + 1);
	if (f->text)
		f->bytes = fread(f->text, 1, YAMLFILE_MAX + 1, in);
	if (!f->text)
		error_set(err, EXIT_IMPOSSIBLE, "%s: no memory", f->path);
	else if (ferror(in))
		error_set(err, EXIT_USAGE, "%s: cannot read: %s", f->path,
			  strerror(errno));
	else if (f->bytes > YAMLFILE_MAX)
		error_set(err, EXIT_USAGE,
			  "%s: larger than %u KiB: not a description", f->path,
			  YAMLFILE_MAX >> 10);
	else
		rc = 0;
	fclose(in);
	return rc;
}

static int parse(struct yamlfile *f, struct error *err)
{
	yaml_parser_t parser;
	size_t line;
	int good;

	if (!yaml_parser_initialize(&parser))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: no memory",
				 f->path);
	yaml_parser_set_input_string(&parser, (const yaml_char_t *)f->text,
				     f->bytes);
	good = yaml_parser_load(&parser, &f->document);
	/* What isn't text has an offset only. */
	line = parser.problem_mark.line + 1;
	if (!good)
		error_set(err, EXIT_USAGE, "%s:%zu: not YAML: %s", f->path,
			  line, parser.problem ? parser.problem : "no memory");
	yaml_parser_delete(&parser);
	return good ? 0 : -1;
}

int yamlfile_open(struct yamlfile *f, const char *path, struct error *err)
{
	*f = (struct yamlfile){.path = path};
	if (!read_all(f, err) && !parse(f, err))
		return 0;
	free(f->text);
	f->text = NULL;
	return -1;
}

void yamlfile_close(struct yamlfile *f)
{
	if (!f->text)
		return;
	yaml_document_delete(&f->document);
	free(f->text);
	f->text = NULL;
}

/* What libcyaml says about the first error, and the innermost place. */
struct complaint {
	char text[200];
	size_t line;
};

static void take_message(cyaml_log_t level, void *ctx, const char *format,
			 va_list args)
{
	struct complaint *c = ctx;
	char text[200], *place;

	(void)level;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = 0;
	place = strstr(text, "(line: ");
	if (place && !c->line)
		c->line = strtoul(place + strlen("(line: "), NULL, 10);
	if (!c->text[0] && !strncmp(text, "Load: ", 6))
		snprintf(c->text, sizeof(c->text), "%s", text + 6);
	c->text[0] = tolower((unsigned char)c->text[0]);
}

static const char *scalar(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE
		       ? (const char *)node->data.scalar.value
		       : "";
}

static yaml_node_t *get(const struct yamlfile *f, int index)
{
	/* The document isn't changed by looking at it. */
	return yaml_document_get_node((yaml_document_t *)&f->document, index);
}

/* The line of the key in a mapping, of the second if it shall be; or 0. */
static size_t line_of_key(const struct yamlfile *f, const yaml_node_t *mapping,
			  const char *key, bool second)
{
	const yaml_node_pair_t *pair;
	const yaml_node_t *k;

	for (pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		k = get(f, pair->key);
		if (strcmp(scalar(k), key))
			continue;
		if (!second)
			return yamlfile_line(k);
		second = false;
	}
	return 0;
}

/*
 * libcyaml notices a key that it doesn't want behind the value before it: look
 * for the key from there on.
 */
static void find_key(const struct yamlfile *f, struct complaint *c)
{
	static const char *const unwanted[] = {
		"unexpected key: ",
		"mapping field already seen: ",
	};
	const yaml_node_t *node;
	size_t line, which;
	int i;

	for (which = 0; which < 2; which++) {
		if (!strncmp(c->text, unwanted[which], strlen(unwanted[which])))
			break;
	}
	for (i = 1; which < 2 && (node = get(f, i)); i++) {
		if (node->type != YAML_MAPPING_NODE)
			continue;
		line = line_of_key(f, node, c->text + strlen(unwanted[which]),
				   which == 1);
		if (line && line >= c->line) {
			c->line = line;
			return;
		}
	}
}

/*
 * The text of a line, from 1, without what it is indented by: what libcyaml says
 * of a value isn't always what the file has, nor the same in each version.
 */
static void quote_line(const struct yamlfile *f, size_t line, char *quote,
		       size_t size)
{
	const char *at = f->text, *end = f->text + f->bytes, *next;
	size_t n = 0;

	while (--line && (next = memchr(at, '\n', end - at)))
		at = next + 1;
	while (at < end && isblank((unsigned char)*at))
		at++;
	for (; at < end && *at != '\n' && n < size - 1; at++)
		quote[n++] = iscntrl((unsigned char)*at) ? ' ' : *at;
	quote[n] = 0;
}

static cyaml_config_t config(struct complaint *c)
{
	return (cyaml_config_t){
		.log_fn = take_message,
		.log_ctx = c,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
	};
}

int yamlfile_load(const struct yamlfile *f, const cyaml_schema_value_t *schema,
		  void **data, struct error *err)
{
	struct complaint c = {0};
	const cyaml_config_t cfg = config(&c);
	char quote[80];
	cyaml_err_t rc;

	*data = NULL;
	rc = cyaml_load_data((const uint8_t *)f->text, f->bytes, &cfg, schema,
			     data, NULL);
	if (rc == CYAML_OK && *data)
		return 0;
	if (rc == CYAML_OK)
		return error_set(err, EXIT_USAGE, "%s:1: the file is empty",
				 f->path);
	find_key(f, &c);
	c.line = c.line ? c.line : 1;
	quote_line(f, c.line, quote, sizeof(quote));
	return error_set(err, EXIT_USAGE, "%s:%zu: \"%s\": %s", f->path, c.line,
			 quote, c.text[0] ? c.text : cyaml_strerror(rc));
}

void yamlfile_free(const cyaml_schema_value_t *schema, void *data)
{
	struct complaint c = {0};
	const cyaml_config_t cfg = config(&c);

	cyaml_free(&cfg, schema, data, 0);
}

const yaml_node_t *yamlfile_top(const struct yamlfile *f)
{
	return get(f, 1);
}

const yaml_node_t *yamlfile_key(const struct yamlfile *f,
				const yaml_node_t *mapping, const char *key)
{
	yaml_node_pair_t *pair;

	if (mapping->type != YAML_MAPPING_NODE)
		return mapping;
	for (pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		if (!strcmp(scalar(get(f, pair->key)), key))
			return get(f, pair->value);
	}
	return mapping;
}

const yaml_node_t *yamlfile_entry(const struct yamlfile *f,
				  const yaml_node_t *sequence, size_t i)
{
	const yaml_node_item_t *item;

	if (sequence->type != YAML_SEQUENCE_NODE)
		return sequence;
	item = sequence->data.sequence.items.start + i;
	return item < sequence->data.sequence.items.top ? get(f, *item)
							: sequence;
}

size_t yamlfile_line(const yaml_node_t *node)
{
	return node->start_mark.line + 1;
}
