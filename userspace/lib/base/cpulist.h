/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CPULIST_H
#define SWC_LIB_CPULIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Lists of CPUs as the kernel writes them: "0-3,8". Parsing ends at the first
 * thing that isn't part of a list ("(null)", a newline).
 */

bool cpulist_has(const char *list, unsigned int cpu);

unsigned int cpulist_count(const char *list);

/*
 * cpulist_without() - write @list without @cpu into @out
 * Return: false if nothing is left, or it doesn't fit.
 */
bool cpulist_without(const char *list, unsigned int cpu, char *out,
		     size_t bytes);

#endif
