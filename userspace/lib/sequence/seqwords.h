/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SEQWORDS_H
#define SWC_LIB_SEQWORDS_H

#include <stdint.h>

#include "sequence.h"

/* Words of the text form besides the operations' names, as read and written. */

/* The statement that says that there is nothing but accesses. */
#define TOUCH_ONLY "touch-only"

/* The one that says what was recorded and isn't here. */
#define NOT_REPLAYED "not-replayed"

/* Numbered as in ModRM; the vector registers are xmm0 to xmm15. */
extern const char *const seqwords_registers[16];

/* A word for a flag of a kind of operations; it has one of them at most. */
struct seqwords_way {
	enum swc_op_kind kind;
	uint8_t flag;
	const char *word;
};

/* A word before an operation, for a flag; it may have several. */
struct seqwords_prefix {
	uint8_t flag;
	const char *word;
	const char *means;
};

/* seqwords_prefix_called() - that with this word, or NULL. */
const struct seqwords_prefix *seqwords_prefix_called(const char *word);

/* seqwords_prefix_of() - the first that one of @flags has, or NULL. */
const struct seqwords_prefix *seqwords_prefix_of(uint8_t flags);

/* The branch's, where it hasn't its flag. */
#define NOT_TAKEN "not-taken"

/* seqwords_way_called() - that of @kind with this word, or NULL. */
const struct seqwords_way *seqwords_way_called(enum swc_op_kind kind,
					       const char *word);

/* seqwords_way_of() - that which @op goes, or NULL. */
const struct seqwords_way *seqwords_way_of(const struct swc_op *op);

#endif
