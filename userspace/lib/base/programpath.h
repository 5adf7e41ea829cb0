/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_PROGRAMPATH_H
#define SWC_LIB_PROGRAMPATH_H

#include <limits.h>

/*
 * program_path() - the file that execvp() executes for a name, which @text has room for.
 * Return: @name itself if it has a slash, or if no folder of PATH has such a program.
 */
const char *program_path(const char *name, char text[PATH_MAX]);

#endif
