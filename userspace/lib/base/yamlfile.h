/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_YAMLFILE_H
#define SWC_LIB_YAMLFILE_H

#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "error.h"

/*
 * A file that somebody wrote by hand, in YAML. libyaml knows the line of each node, so
 * each complaint names it: "cpu.yaml:5: policy: fifo: one of lru, plru, random is needed".
 */
struct yamlfile {
	const char *path; /* the caller's, must outlive it */
	yaml_document_t document;
};

/* Nobody writes more than this by hand. */
#define YAMLFILE_MAX (1u << 20)

/*
 * yamlfile_open() - read @path, which must be YAML and not empty
 * Return: 0, or -1 with @err set, EXIT_USAGE, and nothing to close.
 */
int yamlfile_open(struct yamlfile *f, const char *path, struct error *err);
void yamlfile_close(struct yamlfile *f);

/* yamlfile_top() - the node at the top of the file. */
const yaml_node_t *yamlfile_top(const struct yamlfile *f);

/**
 * yamlfile_keys() - is it a mapping of some keys only, none of them twice?
 * @f: the file
 * @node: to be looked at
 * @keys: that it may have, and NULL; the first @needed of them it must have
 * @needed: how many
 * @err: set if it isn't
 *
 * Return: 0, or -1 with @err set, EXIT_USAGE. So do the functions below.
 */
int yamlfile_keys(const struct yamlfile *f, const yaml_node_t *node,
		  const char *const *keys, size_t needed, struct error *err);

/* yamlfile_scalar() - a node's text; NULL if it is something else, or has a 0 in it. */
const char *yamlfile_scalar(const yaml_node_t *node);

/* yamlfile_get() - the value of a mapping's key; NULL if it has no such key. */
const yaml_node_t *yamlfile_get(const struct yamlfile *f,
				const yaml_node_t *mapping, const char *key);

/*
 * The values of a mapping's keys, left as they are if there is no such key: a number
 * from @least to @most; one with a fraction, which must be finite; text of less than
 * @size bytes; one of some words, as its index;
 * a list of some words, as a bit for each. @words ends in NULL.
 */
int yamlfile_number(const struct yamlfile *f, const yaml_node_t *mapping,
		    const char *key, uint32_t least, uint32_t most,
		    uint32_t *value, struct error *err);
int yamlfile_real(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, double *value, struct error *err);
int yamlfile_text(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, char *value, size_t size, struct error *err);
int yamlfile_word(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, const char *const *words,
		  unsigned int *value, struct error *err);
int yamlfile_words(const struct yamlfile *f, const yaml_node_t *mapping,
		   const char *key, const char *const *words, uint32_t *value,
		   struct error *err);

/**
 * yamlfile_list() - the value of a mapping's key, which must be a list
 * @f: the file
 * @mapping: that may have it
 * @key: of it
 * @most: entries
 * @list: set; NULL if there is no such key
 * @n: set to the number of entries
 * @err: set if it is something else, or longer
 */
int yamlfile_list(const struct yamlfile *f, const yaml_node_t *mapping,
		  const char *key, size_t most, const yaml_node_t **list,
		  size_t *n, struct error *err);

/* yamlfile_line() - where a node begins in its file; the first line is 1. */
static inline size_t yamlfile_line(const yaml_node_t *node)
{
	return node->start_mark.line + 1;
}

/* yamlfile_entry() - entry @i of a list, of as many as there are. */
const yaml_node_t *yamlfile_entry(const struct yamlfile *f,
				  const yaml_node_t *list, size_t i);

/*
 * yamlfile_complain() - of a mapping's value, which may be missing
 * Return: -1, with @err set: file, line, key, value if it is a scalar, and @what.
 */
int yamlfile_complain(const struct yamlfile *f, const yaml_node_t *mapping,
		      const char *key, struct error *err, const char *what, ...)
	__attribute__((format(printf, 5, 6)));

#endif
