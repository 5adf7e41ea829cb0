/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_GEOMETRY_FILE_H
#define SWC_LIB_GEOMETRY_FILE_H

#include "error.h"
#include "geometry.h"

/**
 * geometry_of_file() - a geometry that a person has described in YAML
 * @g: filled; all that the file says has the source GEOMETRY_FILE, the rest
 *	isn't reported
 * @path: the file; docs/model.md has the keys
 * @err: set on failure: file, line, what is wrong
 *
 * Return: 0, or -1 with @err set.
 */
int geometry_of_file(struct geometry *g, const char *path, struct error *err);

#endif
