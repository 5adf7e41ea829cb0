// SPDX-License-Identifier: GPL-2.0
#include "pairing_report.h"

#include "report.h"

static const struct record selftest_record = {
	.fields = FIELDS({MEMBER("name", selftest, name)},
			 {MEMBER("known", selftest, known)},
			 {MEAN("found", selftest, found)},
			 {MEMBER("passed", selftest, passed)}),
};

static const struct record drop_record = {
	.fields = FIELDS({VALUE(uint32_t)}),
	.names = drop_cause_name,
};

GETTER(int64_t, nprocesses, DATA(pairing_result)->nprocesses ?: 1);
static int64_t count_odd(const struct pairing_result *r)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < r->nprocesses; i++)
		n += r->processes[i].odd;
	return n;
}

GETTER(int64_t, odd_processes, count_odd(DATA(pairing_result)));
GETTER(struct elements, levels,
       report_levels(DATA(pairing_result)->nprocesses > 1));
GETTER(double, core_per_tsc, 1 / DATA(pairing_result)->clock.ticks_per_cycle);

const struct record report_pairing = {
	.fields = FIELDS(
		{MEMBER("blocks", pairing_result, blocks)},
		{MEMBER("rounds", pairing_result, rounds)},
		{ROWS_OF("levels", levels, &report_word)},
		{WHOLE_OF("processes", nprocesses)},
		{WHOLE_OF("odd_processes", odd_processes)},
		{MEMBER("seed", pairing_result, seed), KNOWN},
		{NAMED_ALL("dropped", pairing_result, dropped, &drop_record)},
		{ROWS("selftests", pairing_result, selftests.list, selftests.n,
		      &selftest_record)},
		{REAL_OF("core_per_tsc", core_per_tsc), FIGURE},
		{OBJECT_AT("provenance", pairing_result, machine,
			   &report_machine)}),
};
