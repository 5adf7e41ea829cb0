// SPDX-License-Identifier: GPL-2.0
#include "chainline.h"

#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdio.h>

struct chainline chainline_fit(const double *length, const double *cycles,
			       double *residual, size_t n)
{
	double intercept, unused, sum;
	struct chainline line;
	size_t i;

	gsl_fit_linear(length, 1, cycles, 1, n, &intercept, &line.slope,
		       &unused, &unused, &unused, &sum);
	line.rms = sqrt(sum / (double)n);
	for (i = 0; i < n; i++)
		residual[i] = cycles[i] - intercept - line.slope * length[i];
	return line;
}

double chainline_allowed(double slot)
{
	return hypot(CHAINLINE_RMS, slot);
}

bool chainline_passes(const struct chainline *line, double slot)
{
	return line->rms <= chainline_allowed(slot) &&
	       fabs(line->slope - 1) <= CHAINLINE_SLOPE;
}

int chainline_sequence(struct sequence *s, unsigned int length,
		       struct error *err)
{
	struct swc_op op = sequence_op(length ? SWC_OP_CHAIN : SWC_OP_MARK);
	char path[32];

	snprintf(path, sizeof(path), "chain %u", length);
	if (sequence_init(s, path, err) || names_add(&s->marks, "nothing") < 0)
		return -1;
	if (length) {
		op.dst = SWC_REG_RAX;
		op.imm = length;
	}
	return sequence_append(s, &op, (struct sequence_note){0}, err);
}
