/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_FIDELITY_REPORT_H
#define SWC_CLI_FIDELITY_REPORT_H

#include <jansson.h>

#include "fidelity.h"
#include "trace.h"

/* fidelity_json() - the contract's keys and the rest; NULL: no memory. */
json_t *fidelity_json(const struct fidelity *f,
		      const struct fidelity_options *o,
		      const struct trace *trace, uint32_t planted);

/* fidelity_text() - the same for people, on standard output. */
void fidelity_text(const struct fidelity *f, const struct fidelity_options *o,
		   const struct trace *trace);

#endif
