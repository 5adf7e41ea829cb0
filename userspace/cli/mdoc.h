/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_MDOC_H
#define SWC_CLI_MDOC_H

#include <stddef.h>

/* mdoc(7): text as manual pages have it, and nothing that is read as a macro. */

/**
 * mdoc_text() - sentences, each on lines of its own, none longer than 78 characters
 * @text: as --help has it
 * @n: characters of it
 */
void mdoc_text(const char *text, size_t n);

/* mdoc_word() - an argument of a macro: one word. */
void mdoc_word(const char *word);

#endif
