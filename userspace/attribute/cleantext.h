/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ATTRIBUTE_CLEANTEXT_H
#define SWC_ATTRIBUTE_CLEANTEXT_H

#include <stdio.h>

/*
 * Names come from symbol tables and hand-written files and may hold any bytes.
 * Here they become text that a format can take: what isn't UTF-8, and control
 * characters, become "?".
 */

/* cleantext_xml() - write @text as character data or an attribute's value. */
void cleantext_xml(FILE *f, const char *text);

/* cleantext() - a clean copy, to be freed; NULL: no memory. */
char *cleantext(const char *text);

#endif
