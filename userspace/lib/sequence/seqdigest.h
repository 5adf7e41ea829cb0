/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SEQDIGEST_H
#define SWC_LIB_SEQDIGEST_H

#include "sequence.h"

/* seqdigest() - FNV-1a of a sequence's text, by which a result says which it is of. */
uint64_t seqdigest(const struct sequence *s);

/* seqdigest_of_text() - likewise of a text. */
uint64_t seqdigest_of_text(const char *text);

#endif
