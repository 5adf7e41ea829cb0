// SPDX-License-Identifier: GPL-2.0
#include "environment_report.h"

#include <string.h>

#include "engine/freestanding.h"
#include "quiet.h"

/* JSON's null for what is empty or 0: not reported. */
static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *number_or_null(uint64_t value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *answer_or_null(enum geometry_answer answer)
{
	if (answer == GEOMETRY_UNKNOWN)
		return json_null();
	return json_boolean(answer == GEOMETRY_YES);
}

json_t *report_environment(const struct environment *e)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < e->n; i++) {
		const struct environment_finding *f = &e->finding[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:o}", "name", f->name,
				  "state", environment_state_name(f->state),
				  "value", f->value, "advice",
				  text_or_null(f->advice)));
	}
	return list;
}

json_t *report_quiet(void)
{
	const struct quiet_change *c;
	json_t *list = json_array();
	size_t i, n = quiet_changes(&c);
	char found[QUIET_VALUE];

	for (i = 0; i < n; i++) {
		snprintf(found, sizeof(found), "%.*s",
			 (int)strcspn(c[i].found, "\n"), c[i].found);
		json_array_append_new(
			list,
			json_pack("{s:s, s:o, s:s, s:s, s:o}", "path",
				  c[i].path, "found", text_or_null(found),
				  "set", c[i].set, "state",
				  quiet_state_name(c[i].state), "error",
				  c[i].error ? json_string(strerror(c[i].error))
					     : json_null()));
	}
	return list;
}

static json_t *report_cache(const struct geometry_cache *c)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "source", geometry_source_name(c->source), "bytes",
			 number_or_null(c->bytes), "line_bytes",
			 number_or_null(c->line_bytes), "ways",
			 number_or_null(c->ways), "sets",
			 number_or_null(c->sets), "threads",
			 number_or_null(c->threads), "fully_associative",
			 answer_or_null(c->fully_associative), "inclusive",
			 answer_or_null(c->inclusive), "hashed",
			 answer_or_null(c->hashed));
}

static const struct {
	uint8_t page;
	const char *name;
} pages[] = {
	{GEOMETRY_4K, "4k"},
	{GEOMETRY_2M, "2m"},
	{GEOMETRY_4M, "4m"},
	{GEOMETRY_1G, "1g"},
};

static json_t *report_tlb(const struct geometry_tlb *t)
{
	json_t *sizes = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		if (t->pages & pages[i].page)
			json_array_append_new(sizes,
					      json_string(pages[i].name));
	}
	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:s}", "level",
			 t->level, "kind", geometry_tlb_kind_name(t->kind),
			 "pages", sizes, "entries", number_or_null(t->entries),
			 "ways", number_or_null(t->ways), "threads",
			 number_or_null(t->threads), "source",
			 geometry_source_name(t->source));
}

json_t *report_geometry(const struct geometry *g)
{
	json_t *caches = json_object(), *tlbs = json_array();
	size_t i;

	for (i = 0; i < GEOMETRY_CACHES; i++)
		json_object_set_new(caches, geometry_level_name(i),
				    report_cache(&g->cache[i]));
	for (i = 0; i < g->ntlbs; i++)
		json_array_append_new(tlbs, report_tlb(&g->tlb[i]));
	return json_pack("{s:s, s:b, s:b, s:o, s:o, s:o, s:o}", "vendor",
			 g->vendor, "guest", g->guest, "hybrid", g->hybrid,
			 "core_type", text_or_null(geometry_core_type_name(g)),
			 "caches", caches, "tlbs", tlbs, "tlbs_why",
			 text_or_null(g->tlb_why));
}

void print_environment(FILE *f, const struct environment *e)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		const struct environment_finding *x = &e->finding[i];

		fprintf(f, "%-20s %-8s %s\n", x->name,
			environment_state_name(x->state), x->value);
		if (*x->advice)
			fprintf(f, "%-29s -> %s\n", "", x->advice);
	}
}

void print_geometry(FILE *f, const struct geometry *g)
{
	size_t i, j;

	for (i = 0; i < GEOMETRY_CACHES; i++) {
		const struct geometry_cache *c = &g->cache[i];

		fprintf(f, "%-5s", geometry_level_name(i));
		if (c->source != GEOMETRY_NOT_REPORTED)
			fprintf(f,
				"%7lu KiB, %u ways of %u sets, lines of %u "
				"bytes, ",
				(unsigned long)(c->bytes / 1024), c->ways,
				c->sets, c->line_bytes);
		fprintf(f, "%s\n", geometry_source_name(c->source));
	}
	for (i = 0; i < g->ntlbs; i++) {
		const struct geometry_tlb *t = &g->tlb[i];

		fprintf(f, "tlb %u %-8s", t->level,
			geometry_tlb_kind_name(t->kind));
		for (j = 0; j < ARRAY_SIZE(pages); j++)
			fprintf(f, " %s",
				t->pages & pages[j].page ? pages[j].name
							 : "  ");
		fprintf(f, " %5u entries, %u ways, %s\n", t->entries, t->ways,
			geometry_source_name(t->source));
	}
	if (!g->ntlbs)
		fprintf(f, "tlbs not reported: %s\n", g->tlb_why);
}
