// SPDX-License-Identifier: GPL-2.0
#include "studies.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fnv.h"

static const struct study_row rows[STUDY_KINDS] = {
	[STUDY_TIME] = {.name = "time",
			.scenario = true,
			.context = "live calls",
			.levels = "calls, processes"},
	[STUDY_FIDELITY] = {.name = "fidelity",
			    .scenario = true,
			    .traced = true,
			    .context = "in a loop",
			    .levels = "rounds, processes"},
	[STUDY_REPLAY] = {.name = "replay",
			  .scenario = true,
			  .traced = true,
			  .faithful = true,
			  .context = "a replay in ring 3",
			  .levels = "rounds, runs"},
	[STUDY_SEQUENCE] = {.name = "sequence",
			    .context = "a replay in ring 3",
			    .levels = "rounds, runs"},
	[STUDY_PROFILE] = {.name = "profile",
			   .scenario = true,
			   .traced = true,
			   .faithful = true,
			   .context = "isolated, in ring 3, by prefixes",
			   .levels = "rounds, runs"},
	[STUDY_ABLATION] = {.name = "ablation",
			    .scenario = true,
			    .traced = true,
			    .faithful = true,
			    .context = "in ring 3, by ablation",
			    .levels = "rounds, runs"},
	[STUDY_RETURNS] = {.name = "returns",
			   .context = "planted returns, in ring 3",
			   .levels = "rounds, runs"},
	[STUDY_EVICT] = {.name = "evict",
			 .scenario = true,
			 .traced = true,
			 .faithful = true,
			 .context = "replays in ring 3",
			 .levels = "rounds, runs"},
	[STUDY_RECORD] = {.name = "record",
			  .scenario = true,
			  .once = true,
			  .context = "the recording",
			  .levels = "recorded calls"},
	[STUDY_STORES] = {.name = "stores",
			  .scenario = true,
			  .traced = true,
			  .once = true,
			  .context = "the recording",
			  .levels = "recorded calls"},
	[STUDY_PROGRAM] = {.name = "program",
			   .once = true,
			   .context = "the program's file",
			   .levels = ""},
	[STUDY_SYSTEM] = {.name = "system",
			  .once = true,
			  .context = "this system",
			  .levels = ""},
	[STUDY_VERSUS] = {.name = "versus",
			  .scenario = true,
			  .context = "live calls, by turns on one CPU",
			  .levels = "rounds, processes"},
};

const struct study_row *study_row(unsigned int kind)
{
	return &rows[kind];
}

const char *study_kind_name(unsigned int kind)
{
	return kind < STUDY_KINDS ? rows[kind].name : NULL;
}

const char *studies_missing(const struct operand *o)
{
	if (!o->value[0])
		return "value";
	if (rows[o->study].scenario && !o->scenario[0])
		return "scenario";
	if (o->study == STUDY_SEQUENCE && !o->sequence[0])
		return "sequence";
	return NULL;
}

/* A call's time in a loop, by itself. */
static bool is_loop_time(const struct operand *o)
{
	return o->study == STUDY_TIME && !o->environment[0] && !o->state[0] &&
	       !strcmp(o->value, "ns");
}

bool studies_by_turns(const struct quantity *q, struct quantity *turns)
{
	struct operand both = {.study = STUDY_VERSUS};

	if (!q->has_over || q->has_minus || !is_loop_time(&q->of) ||
	    !is_loop_time(&q->over))
		return false;
	memcpy(both.scenario, q->of.scenario, sizeof(both.scenario));
	memcpy(both.go, q->of.go, sizeof(both.go));
	memcpy(both.other, q->over.scenario, sizeof(both.other));
	memcpy(both.other_go, q->over.go, sizeof(both.other_go));
	*turns = *q;
	turns->of = turns->over = both;
	strcpy(turns->of.value, "of_ns");
	strcpy(turns->over.value, "over_ns");
	return true;
}

struct operand studies_recording(const struct operand *o)
{
	struct operand record = {.study = STUDY_RECORD};

	memcpy(record.scenario, o->scenario, sizeof(record.scenario));
	memcpy(record.go, o->go, sizeof(record.go));
	return record;
}

const char *studies_level(const struct operand *o, char level[CLAIM_PATH])
{
	snprintf(level, CLAIM_PATH, "%.*s", (int)strcspn(o->value, "/"),
		 o->value);
	return level;
}

/* A word fit for a file's name. */
static void append(char *name, const char *prefix, const char *word)
{
	size_t used = strlen(name), i;

	if (!word[0])
		return;
	snprintf(name + used, STUDY_NAME - used, "-%s%s", prefix, word);
	for (i = used + 1; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '.')
			name[i] = '-';
}

const char *study_name(const struct operand *o, char name[STUDY_NAME])
{
	char hash[17] = "", level[CLAIM_PATH] = "";

	if (o->study == STUDY_EVICT)
		studies_level(o, level);
	if (o->sequence[0])
		snprintf(hash, sizeof(hash), "%016" PRIx64,
			 fnv1a(FNV_BASIS, o->sequence, strlen(o->sequence)));
	snprintf(name, STUDY_NAME, "%s", rows[o->study].name);
	append(name, "", o->scenario);
	append(name, "", level);
	append(name, "", o->state);
	append(name, "", o->environment);
	append(name, "", hash);
	append(name, "go", o->go);
	append(name, "over-", o->other);
	append(name, "go", o->other_go);
	return name;
}
