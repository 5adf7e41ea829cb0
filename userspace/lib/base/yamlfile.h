/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_YAMLFILE_H
#define SWC_LIB_YAMLFILE_H

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <yaml.h>

#include "error.h"

/*
 * A YAML file: libcyaml turns it into structures by a schema, libyaml tells the
 * line that an error lies in, which libcyaml mostly knows, but not always.
 */
struct yamlfile {
	const char *path; /* the caller's, must outlive it */
	char *text;
	size_t bytes;
	yaml_document_t document;
};

/* Nobody writes more than this by hand. */
#define YAMLFILE_MAX (1u << 20)

/*
 * yamlfile_open() - read @path and check that it is YAML
 * Return: 0, or -1 with @err set, EXIT_USAGE, and nothing to close.
 */
int yamlfile_open(struct yamlfile *f, const char *path, struct error *err);
void yamlfile_close(struct yamlfile *f);

/**
 * yamlfile_load() - turn the file into what a schema describes
 * @f: from yamlfile_open()
 * @schema: of its top
 * @data: set; yamlfile_free() it
 * @err: set on failure: "x.yaml:3: "wais: 8": unexpected key: wais", that is place,
 *	text of the line, and the library's words, which differ by version
 *
 * Return: 0, or -1 with @err set, also if the file is empty.
 */
int yamlfile_load(const struct yamlfile *f, const cyaml_schema_value_t *schema,
		  void **data, struct error *err);
void yamlfile_free(const cyaml_schema_value_t *schema, void *data);

/* yamlfile_top() - the node at the top of the file. */
const yaml_node_t *yamlfile_top(const struct yamlfile *f);

/*
 * yamlfile_key() - the value of @key in a mapping. Where there is none, the
 * mapping itself, so that its line stands for what is missing in it.
 */
const yaml_node_t *yamlfile_key(const struct yamlfile *f,
				const yaml_node_t *mapping, const char *key);

/* yamlfile_entry() - entry @i of a sequence; likewise. */
const yaml_node_t *yamlfile_entry(const struct yamlfile *f,
				  const yaml_node_t *sequence, size_t i);

/* yamlfile_line() - where a node begins, from 1. */
size_t yamlfile_line(const yaml_node_t *node);

#endif
