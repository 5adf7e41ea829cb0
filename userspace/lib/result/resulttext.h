/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RESULTTEXT_H
#define SWC_LIB_RESULTTEXT_H

#include <stdio.h>

#include "result.h"

/**
 * struct result_line - a piece of the terminal's text
 * @when: only where the result says something of these: result_holds(); NULL: always
 * @each: once for each element of the list or object at this path, which is also where
 *	keys are looked up first; NULL: once
 * @text: printed, with what stands in braces replaced
 * @rows: pieces that follow; ends with an empty one
 *
 * In braces stands a path of keys, and after a colon how it is printed: flags, width,
 * precision and conversion, as printf() has them.
 *
 *	{rounds}		as it is
 *	{cpu:4d} {name:-20s}	whole numbers, of a list how many it has; words
 *	{slope:+.4f}		numbers; of an estimate its mean, of an interval, two
 *				numbers, half its width
 *	{share:6.1%}		so many hundredths
 *	{cycles:9.2e}		an estimate with its interval: "     77.20 [77.01, 77.39]"
 *	{name:-*s}		as wide as the longest of all elements
 *	{share:24b}		a bar, of 24 characters for the largest of all elements
 *	{passed?pass|fail}	either, by whether the result says something of it
 *	{@} {.}			an element's name or number; an element that is no object
 */
struct result_line {
	const char *when;
	const char *each;
	const char *text;
	const struct result_line *rows;
};

/**
 * result_print() - the text, piece by piece
 * @result: what was found
 * @path: of what in it the text is; keys that aren't there are looked up in what is
 *	around it; "": all of it
 * @lines: the pieces, of which the last is empty
 * @f: where to
 */
void result_print(const struct result *result, const char *path,
		  const struct result_line *lines, FILE *f);

#endif
