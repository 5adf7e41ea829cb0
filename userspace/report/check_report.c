// SPDX-License-Identifier: GPL-2.0
#include "check_report.h"

const struct record verdict_record = {
	.fields = FIELDS({MEMBER("accepted", verdict, accepted)},
			 {MEMBER("error", verdict, error)},
			 {MEMBER("op_index", verdict, op),
			  .valid_if = IS(verdict, knows_op)},
			 {MEMBER("ops", verdict, ops),
			  .when = IS(verdict, accepted)}),
};
