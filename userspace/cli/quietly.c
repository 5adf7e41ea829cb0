// SPDX-License-Identifier: GPL-2.0
#include "quietly.h"

#include <stdio.h>
#include <string.h>

#include "measure.h"
#include "quiet.h"

int quietly_begin(bool wanted, int cpu, struct error *err)
{
	if (!wanted)
		return 0;
	return quiet_begin("/", cpu < 0 ? measure_default_cpu() : cpu, err);
}

void quietly_end(bool wanted)
{
	const struct quiet_change *c;
	size_t n, i;

	if (!wanted)
		return;
	quiet_end();
	n = quiet_changes(&c);
	for (i = 0; i < n; i++) {
		if (c[i].state == QUIET_REFUSED || c[i].state == QUIET_LOST ||
		    c[i].state == QUIET_FOREIGN)
			fprintf(stderr, "switchcost: %s: %s%s%s\n", c[i].path,
				quiet_state_name(c[i].state),
				c[i].error ? ": " : "",
				c[i].error ? strerror(c[i].error) : "");
	}
}
