/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_CHECK_REPORT_H
#define SWC_REPORT_CHECK_REPORT_H

#include "result.h"

/**
 * struct verdict - of a sequence
 * @accepted: it is
 * @error: why it isn't; NULL: it is accepted
 * @op: the operation that is refused; what can't even be read has none to name
 * @knows_op: it has one
 * @ops: operations
 */
struct verdict {
	bool accepted;
	const char *error;
	size_t op;
	bool knows_op;
	size_t ops;
};

extern const struct record verdict_record;

#endif
