// SPDX-License-Identifier: GPL-2.0
#include "evict_oracle.h"

#include <math.h>

#include "engine/access.h"
#include "evict_report.h"
#include "resulttext.h"
#include "eviction.h"
#include "proportion.h"

static const char *region_name(const struct sequence *s, uint32_t region)
{
	return region == ORACLE_CODE ? NULL : s->region_names.list[region];
}

GETTER(const struct by_oracle *, by_oracle_of, at->up->data);
GETTER(struct proportion, rate, by_oracle_share(by_oracle_of(at), at->i));

static double share(const struct at *at)
{
	const struct proportion p = rate(at);

	return p.n ? proportion_interval(&p, EVICTION_CONFIDENCE).mean : NAN;
}

static double share_lo(const struct at *at)
{
	const struct proportion p = rate(at);

	return proportion_interval(&p, EVICTION_CONFIDENCE).lo;
}

static double share_hi(const struct at *at)
{
	const struct proportion p = rate(at);

	return proportion_interval(&p, EVICTION_CONFIDENCE).hi;
}

GETTER(int64_t, number, at->i);
GETTER(double, p_value, by_oracle_of(at)->p_value[at->i]);
GETTER(bool, is_evicted, by_oracle_of(at)->evicted[at->i]);

/* A page that was never there before the replay says nothing. */
static const struct record page_record = {
	.fields = FIELDS(
		{WHOLE_OF("index", number)}, {REAL_OF("p", share)},
		{REAL_OF("evicted_share", share)}, {REAL_OF("ci_lo", share_lo)},
		{REAL_OF("ci_hi", share_hi)}, {REAL_OF("p_value", p_value)},
		{BOOL_OF("evicted", is_evicted)},
		{MEMBER("samples", oracle_victim, resident)},
		{MEMBER("evictions", oracle_victim, evicted)},
		{MEMBER("null_samples", oracle_victim, null_resident)},
		{MEMBER("null_evictions", oracle_victim, null_evicted)}),
};

GETTER(bool, always, true);
GETTER(struct estimate, lost,
       (struct estimate){DATA(by_oracle)->lost, NAN, NAN});

const struct record report_verdict_pages = {
	.fields = FIELDS(
		{BOOL_OF("valid", always)}, {CONSTANT("why", "")},
		{MEMBER("pages_evicted", by_oracle, n)},
		{ESTIMATE_OF("evicted_per_replay", lost)},
		{MEMBER("null_evicted_per_replay", by_oracle, null_lost)},
		{MEMBER("victims", by_oracle, result.nvictims)},
		{MEMBER("resident", by_oracle, resident)},
		{MEMBER("trials", by_oracle, result.trials)},
		{MEMBER("null_trials", by_oracle, result.null_trials)},
		{MEMBER("dropped", by_oracle, result.dropped)},
		{ROWS("pages", by_oracle, result.victims, result.nvictims,
		      &page_record)}),
};

/* Accesses and walks stand among the fields of the run, which has the sequence. */
static const struct sequence *sequence_of(const struct at *at)
{
	const struct evict_run *run = at->up->up->data;

	return &run->input->sequence;
}

GETTER(const char *, access_region,
       region_name(sequence_of(at), DATA(oracle_access)->region));
GETTER(bool, reads, DATA(oracle_access)->flags &SWC_ACCESS_READ);
GETTER(bool, writes, DATA(oracle_access)->flags &SWC_ACCESS_WRITE);

static const struct record access_record = {
	.fields = FIELDS({MEMBER("op", oracle_access, op)},
			 {WORD_OF("region", access_region)},
			 {MEMBER("page", oracle_access, page)},
			 {BOOL_OF("reads", reads)}, {BOOL_OF("writes", writes)},
			 {MEMBER("misses", oracle_access, misses)}),
};

#define WALKS_UNKNOWN                                                             \
	"this kernel maps the code by large pages, which modules share: nothing " \
	"is known of its walks"

static bool is_unknown(const struct oracle_result *r)
{
	return r->npages && r->pages[r->npages - 1].unknown;
}

GETTER(const char *, page_region,
       region_name(sequence_of(at), DATA(oracle_page)->region));
GETTER(bool, is_known, !DATA(oracle_page)->unknown);

/* A page of the code has no region, and no walks where none are known. */
static const struct record walk_record = {
	.fields = FIELDS({WORD_OF("region", page_region)},
			 {MEMBER("page", oracle_page, page)},
			 {MEMBER("walks", oracle_page, walks),
			  .valid_if = IF(is_known)}),
};

GETTER(const char *, walks_why,
       is_unknown(&DATA(by_oracle)->result) ? WALKS_UNKNOWN : "");

const struct record report_verdicts = {
	.fields = FIELDS(
		{MEMBER("warm_replays", by_oracle, asked.warm)},
		{ROWS("accesses", by_oracle, result.accesses, result.naccesses,
		      &access_record)},
		{MEMBER("access_trials", by_oracle, result.access_trials)},
		{MEMBER("access_why", by_oracle, result.access_why)},
		{ROWS("walks", by_oracle, result.pages, result.npages,
		      &walk_record)},
		{WORD_OF("walks_why", walks_why)}),
};

static const struct result_line access_lines[] = {
	{.when = "misses",
	 .text = "  op {op}, {region} page {page}: {misses} times\n"},
	{0}};

static const struct result_line walk_lines[] = {
	{.when = "walks region",
	 .text = "  {region} page {page}: {walks} times\n"},
	{.when = "walks !region",
	 .text = "  code page {page}: {walks} times\n"},
	{0}};

static const struct result_line by_oracle_lines[] = {
	{.text = "dtlb  {dtlb.pages_evicted} of {dtlb.victims} pages evicted, "
		 "by the oracle; {dtlb.resident:.2f} resident before the "
		 "replay, {dtlb.evicted_per_replay:.2f} lost in each, "
		 "{dtlb.null_evicted_per_replay:.2f} in each of nothing; "
		 "{dtlb.trials} trials, {dtlb.dropped} dropped\n"},
	{.when = "access_why", .text = "own accesses: {access_why}\n"},
	{.when = "!access_why",
	 .text = "own accesses: {accesses:d}, of which missed in any of "
		 "{access_trials} trials:\n"},
	{.when = "!access_why", .each = "accesses", .rows = access_lines},
	{.text = "page walks of the replay, in {dtlb.trials} trials:\n"},
	{.each = "walks", .rows = walk_lines},
	{.when = "walks_why", .text = "  code: {walks_why}\n"},
	{0}};

void by_oracle_text(const struct result *result)
{
	result_print(result, "", by_oracle_lines, stdout);
}
