// SPDX-License-Identifier: GPL-2.0
#include "environment_report.h"

#include <stdio.h>
#include <string.h>

#include "engine/freestanding.h"
#include "environment.h"
#include "geometry.h"
#include "quiet.h"

const struct record report_finding = {
	.fields =
		FIELDS({MEMBER("name", environment_finding, name)},
		       {ENUM("state", environment_finding, state,
			     environment_state_name)},
		       {MEMBER("value", environment_finding, value)},
		       {MEMBER("advice", environment_finding, advice), KNOWN}),
};

const struct result_line report_finding_lines[] = {
	{.text = "{name:-20s} {state:-8s} {value}\n"},
	{.when = "advice",
	 .text = "                              -> {advice}\n"},
	{0}};

static const char *first_line(const struct at *at, const struct field *f,
			      char *text)
{
	const struct quiet_change *c = at->data;
	int n = strcspn(c->found, "\n");

	(void)f;
	snprintf(text, RESULT_TEXT, "%.*s", n, c->found);
	return n ? text : NULL;
}

GETTER(const char *, failure,
       DATA(quiet_change)->error ? strerror(DATA(quiet_change)->error) : NULL);

const struct record report_quiet_change = {
	.fields = FIELDS({MEMBER("path", quiet_change, path)},
			 {TEXT_OF("found", first_line)},
			 {MEMBER("set", quiet_change, set)},
			 {ENUM("state", quiet_change, state, quiet_state_name)},
			 {WORD_OF("error", failure)}),
};

struct elements report_quiet(const struct at *at)
{
	const struct quiet_change *list;
	size_t n = quiet_changes(&list);

	(void)at;
	return (struct elements){list, n, sizeof(*list)};
}

#define ANSWER(k, member) EQUALS(k, geometry_cache, member, GEOMETRY_YES), KNOWN

static const struct record cache_record = {
	.fields = FIELDS(
		{ENUM("source", geometry_cache, source, geometry_source_name)},
		{MEMBER("bytes", geometry_cache, bytes), KNOWN},
		{MEMBER("line_bytes", geometry_cache, line_bytes), KNOWN},
		{MEMBER("ways", geometry_cache, ways), KNOWN},
		{MEMBER("sets", geometry_cache, sets), KNOWN},
		{MEMBER("threads", geometry_cache, threads), KNOWN},
		{ANSWER("fully_associative", fully_associative)},
		{ANSWER("inclusive", inclusive)}, {ANSWER("hashed", hashed)}),
	.names = geometry_level_name,
};

static const struct {
	uint8_t page;
	const char *name;
} pages[] = {
	{GEOMETRY_4K, "4k"},
	{GEOMETRY_2M, "2m"},
	{GEOMETRY_4M, "4m"},
	{GEOMETRY_1G, "1g"},
};

static const char *page_name(unsigned int i)
{
	return pages[i].name;
}

GETTER(bool, is_held, DATA(geometry_tlb)->pages &pages[at->i].page);

static const struct record page_record = {
	.fields = FIELDS({INDEX(NULL, page_name)}),
	.has = IF(is_held),
};

GETTER(struct elements, page_sizes,
       (struct elements){at->data, ARRAY_SIZE(pages), 0});

static const struct record tlb_record = {
	.fields = FIELDS(
		{MEMBER("level", geometry_tlb, level)},
		{ENUM("kind", geometry_tlb, kind, geometry_tlb_kind_name)},
		{ROWS_OF("pages", page_sizes, &page_record)},
		{MEMBER("entries", geometry_tlb, entries), KNOWN},
		{MEMBER("ways", geometry_tlb, ways), KNOWN},
		{MEMBER("threads", geometry_tlb, threads), KNOWN},
		{ENUM("source", geometry_tlb, source, geometry_source_name)}),
};

static const char *core_type(const struct at *at)
{
	const char *name = geometry_core_type_name(at->data);

	return *name ? name : NULL;
}

const struct record report_geometry = {
	.fields = FIELDS({MEMBER("vendor", geometry, vendor)},
			 {MEMBER("guest", geometry, guest)},
			 {MEMBER("hybrid", geometry, hybrid)},
			 {WORD_OF("core_type", core_type)},
			 {NAMED_ALL("caches", geometry, cache, &cache_record)},
			 {ROWS("tlbs", geometry, tlb, ntlbs, &tlb_record)},
			 {MEMBER("tlbs_why", geometry, tlb_why), KNOWN}),
};

static const struct result_line cache_lines[] = {
	{.text = "{@:-5s}"},
	{.when = "bytes",
	 .text = "{bytes:10d} bytes, {ways} ways of {sets} sets, lines of "
		 "{line_bytes} bytes, "},
	{.text = "{source}\n"},
	{0}};

static const struct result_line tlb_lines[] = {
	{.text = "tlb {level} {kind:-8s}"},
	{.each = "pages", .text = " {.}"},
	{.text = " {entries:5d} entries, {ways:d} ways, {source}\n"},
	{0}};

const struct result_line report_geometry_lines[] = {
	{.each = "geometry.caches", .rows = cache_lines},
	{.each = "geometry.tlbs", .rows = tlb_lines},
	{.when = "!geometry.tlbs",
	 .text = "tlbs not reported: {geometry.tlbs_why}\n"},
	{0}};
