// SPDX-License-Identifier: GPL-2.0
#include "claim.h"

#include <math.h>
#include <stdio.h>

const char *claim_class_name(unsigned int class)
{
	static const char *const names[CLAIM_CLASSES] = {
		[CLAIM_EXACT] = "exact",
		[CLAIM_MEASURED] = "measured",
		[CLAIM_COMPARATIVE] = "comparative",
		[CLAIM_EXISTENTIAL] = "existential",
		[CLAIM_UNIVERSAL] = "universal",
	};

	return class < CLAIM_CLASSES ? names[class] : NULL;
}

static void around(struct saying *p, double share)
{
	p->lo = p->value - share * fabs(p->value);
	p->hi = p->value + share * fabs(p->value);
}

void saying_fix(struct saying *p)
{
	p->lo = -INFINITY;
	p->hi = INFINITY;
	switch (p->words) {
	case CLAIM_RANGE:
		p->lo = p->value;
		p->hi = p->value_hi;
		break;
	case CLAIM_IS_ABOUT:
		around(p, CLAIM_ABOUT);
		break;
	case CLAIM_VALUE:
		around(p, CLAIM_BARE);
		break;
	case CLAIM_AT_LEAST:
		p->lo = p->value;
		break;
	case CLAIM_AT_MOST:
		p->hi = p->value;
		break;
	case CLAIM_COUNT:
		around(p, 0);
		break;
	case CLAIM_EXISTS:
		p->lo = p->hi = 1;
		break;
	case CLAIM_ABSENT:
		p->lo = p->hi = 0;
		break;
	}
}

const char *saying_text(const struct saying *p, char *text, size_t bytes)
{
	const char *blank = p->unit[0] ? " " : "";

	switch (p->words) {
	case CLAIM_RANGE:
		snprintf(text, bytes, "%g to %g%s%s", p->value, p->value_hi,
			 blank, p->unit);
		break;
	case CLAIM_IS_ABOUT:
	case CLAIM_VALUE:
		snprintf(text, bytes, "%s%g%s%s (%.6g to %.6g)",
			 p->words == CLAIM_IS_ABOUT ? "about " : "", p->value,
			 blank, p->unit, p->lo, p->hi);
		break;
	case CLAIM_AT_LEAST:
	case CLAIM_AT_MOST:
		snprintf(text, bytes, "%s %g%s%s",
			 p->words == CLAIM_AT_LEAST ? "at least" : "at most",
			 p->value, blank, p->unit);
		break;
	case CLAIM_COUNT:
		snprintf(text, bytes, "%g%s%s", p->value, blank, p->unit);
		break;
	case CLAIM_EXISTS:
		snprintf(text, bytes, "it is there");
		break;
	case CLAIM_ABSENT:
		snprintf(text, bytes, "it isn't there");
		break;
	}
	return text;
}
