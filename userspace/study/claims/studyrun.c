// SPDX-License-Identifier: GPL-2.0
#include "studyrun.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "operator.h"
#include "outfile.h"
#include "programfacts.h"
#include "result.h"
#include "resultchild.h"
#include "stores.h"
#include "systemfacts.h"
#include "tracefile.h"

/* No study takes as long, seconds. */
#define STUDY_LIMIT 120.0

/*
 * One draw of each kind. Processes differ by far more than a process's own figure is off,
 * so that many short draws know more than few long ones of the same time.
 */
#define TIME_LIMIT	 "40ms"
#define VERSUS_SECONDS	 "0.1"
#define FIDELITY_SECONDS "2"
#define PROCESSES	 "4"
#define REPLAY_SAMPLES	 "1000"
#define PROFILE_SAMPLES	 "1500"
#define RETURNS_SAMPLES	 "300"
#define ABLATION_SAMPLES "200"
#define EVICT_SAMPLES	 "16"
#define EVICT_SECONDS	 "6"

/* The goprobe that a study is of; other versions have a folder each. */
static const char *program_of(const struct studyrun_options *g,
			      const struct operand *o, char path[PATH_MAX])
{
	if (!o->go[0])
		return g->goprobe;
	snprintf(path, PATH_MAX, "%s/%s/goprobe", g->programs, o->go);
	return path;
}

/* The trace that a study's record wrote. */
static const char *trace_of(const struct studyrun_options *g,
			    const struct operand *o, char path[PATH_MAX])
{
	struct operand record = studies_recording(o);
	char name[STUDY_NAME];

	snprintf(path, PATH_MAX, "%s/%s.trace", g->evidence.directory,
		 study_name(&record, name));
	return path;
}

/**
 * struct command - one study's command line
 * @argv: NULL-terminated
 * @n: how many
 * @of: command of a live program, with blanks between its words
 * @over: likewise
 */
struct command {
	const char *argv[24];
	size_t n;
	char program[PATH_MAX];
	char of[PATH_MAX + CLAIM_ID + 32];
	char over[PATH_MAX + CLAIM_ID + 32];
	char trace[PATH_MAX];
	char level[CLAIM_PATH];
};

static void add_words(struct command *c, const char *const *words)
{
	while (*words)
		c->argv[c->n++] = *words++;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int put_text(const void *text, FILE *to)
{
	return fputs(text, to) == EOF;
}

/* A sequence that a claim holds, as a file. */
static int write_sequence(const struct studyrun_options *g,
			  const struct operand *o, char path[PATH_MAX],
			  struct error *err)
{
	char name[STUDY_NAME];

	snprintf(path, PATH_MAX, "%s/%s.seq", g->evidence.directory,
		 study_name(o, name));
	return outfile_write(path, put_text, o->sequence, err);
}

static void add_replay(struct command *c, const struct operand *o)
{
	add_words(c, WORDS("replay", "--json", "--backend", "user", "-n",
			   REPLAY_SAMPLES));
	if (o->state[0])
		add_words(c, WORDS("--state", o->state));
	add_words(c, WORDS(c->trace));
}

/*
 * The calls are those that are timed by themselves: the collector stays, and what being
 * bound to one CPU would change is refused.
 */
#define SERVE_COMMAND "%s serve %s -collect -bound"

static void add_versus(struct command *c, const struct studyrun_options *g,
		       const struct operand *o)
{
	struct operand other = *o;

	snprintf(c->of, sizeof(c->of), SERVE_COMMAND,
		 program_of(g, o, c->program), o->scenario);
	memcpy(other.go, o->other_go, sizeof(other.go));
	snprintf(c->over, sizeof(c->over), SERVE_COMMAND,
		 program_of(g, &other, c->program), o->other);
	add_words(c,
		  WORDS("versus", "--json", "--processes", "1", "--time-limit",
			VERSUS_SECONDS, "--of", c->of, "--over", c->over));
}

static int make_command(const struct studyrun_options *g,
			const struct operand *o, struct command *c,
			struct error *err)
{
	const char *program = program_of(g, o, c->program);

	trace_of(g, o, c->trace);
	c->n = 0;
	if (o->study != STUDY_TIME)
		add_words(c, WORDS(g->switchcost));
	switch ((enum study_kind)o->study) {
	case STUDY_TIME:
		add_words(c, WORDS(program, "time", o->scenario, "-limit",
				   TIME_LIMIT));
		break;
	case STUDY_RECORD:
		add_words(c,
			  WORDS("record", "--json", "--scenario", o->scenario,
				"--goprobe", program, "-o", c->trace));
		break;
	case STUDY_FIDELITY:
		add_words(c, WORDS("fidelity", "--json", "--time-limit",
				   FIDELITY_SECONDS, "--processes", PROCESSES,
				   "--goprobe", program, c->trace));
		break;
	case STUDY_SEQUENCE:
		if (write_sequence(g, o, c->trace, err))
			return -1;
		add_replay(c, o);
		break;
	case STUDY_REPLAY:
		add_replay(c, o);
		break;
	case STUDY_PROFILE:
		add_words(c, WORDS("profile", "--json", "-n", PROFILE_SAMPLES,
				   c->trace));
		break;
	case STUDY_ABLATION:
		add_words(c, WORDS("profile", "--json", "--ablate=warm", "-n",
				   ABLATION_SAMPLES, c->trace));
		break;
	case STUDY_RETURNS:
		add_words(c, WORDS("profile", "--json", "--returns", "-n",
				   RETURNS_SAMPLES));
		break;
	case STUDY_VERSUS:
		add_versus(c, g, o);
		break;
	case STUDY_EVICT:
		add_words(c,
			  WORDS("evict", "--json", "--victims",
				studies_level(o, c->level), "-n", EVICT_SAMPLES,
				"--time-limit", EVICT_SECONDS, c->trace));
		break;
	case STUDY_STORES:
	case STUDY_PROGRAM:
	case STUDY_SYSTEM:
	case STUDY_KINDS:
		break;
	}
	c->argv[c->n] = NULL;
	return 0;
}

static struct result *stores_of(const char *path, struct error *err)
{
	struct result *result = NULL;
	struct stores stores;
	struct trace trace;

	if (trace_open(&trace, path, err))
		return NULL;
	if (!stores_collect(&stores, &trace, err))
		result = result_make(&stores_record, &stores);
	trace_close(&trace);
	return result;
}

static struct result *program_result(const char *path, struct error *err)
{
	struct programfacts facts;
	struct result *result;

	if (programfacts_collect(&facts, path, err))
		return NULL;
	result = result_make(&programfacts_record, &facts);
	programfacts_free(&facts);
	return result;
}

static struct result *system_result(void)
{
	struct systemfacts facts;

	systemfacts_collect(&facts);
	return result_make(&systemfacts_record, &facts);
}

/* A study that is no command of its own. NULL: a command is, or it failed with @err. */
static struct result *facts_of(const struct studyrun_options *g,
			       const struct operand *o, struct error *err)
{
	char path[PATH_MAX];

	switch (o->study) {
	case STUDY_STORES:
		return stores_of(trace_of(g, o, path), err);
	case STUDY_PROGRAM:
		return program_result(program_of(g, o, path), err);
	case STUDY_SYSTEM:
		return system_result();
	default:
		return NULL;
	}
}

static int put_result(const void *result, FILE *to)
{
	return result_write(result, to);
}

/* A draw that says why there is none: the study has refused, or couldn't be run. */
struct failure {
	bool valid;
	bool refused;
	const char *why;
};

static const struct record failure_record = {
	.fields = FIELDS({MEMBER("valid", failure, valid)},
			 {MEMBER("refused", failure, refused)},
			 {MEMBER("why", failure, why)}),
};

static struct result *failure(const char *why)
{
	return result_make(&failure_record,
			   &(struct failure){.refused = true, .why = why});
}

/* The folders of the machine that ran it are nobody's business: "/a/b.trace: x" is "b.trace: x". */
static void shorten(char *why)
{
	size_t n = strcspn(why, " ");
	char *slash = memrchr(why, '/', n);

	if (*why == '/' && slash)
		memmove(why, slash + 1, strlen(slash));
}

static struct result *run_command(const struct studyrun_options *g,
				  const struct operand *o, struct error *err)
{
	struct command c;
	struct result *result;
	char why[256];
	int code;

	if (make_command(g, o, &c, err))
		return NULL;
	if (access(c.argv[0], X_OK)) {
		snprintf(why, sizeof(why),
			 "no goprobe of %s%s is here: scripts/claims-programs "
			 "builds it",
			 isdigit(o->go[0]) ? "Go " : "",
			 o->go[0] ? o->go : "this Go");
		return failure(why);
	}
	result = result_of_command((char *const *)c.argv, o->environment,
				   STUDY_LIMIT, why, &code);
	if (result)
		return result;
	shorten(why);
	return failure(why);
}

int studyrun_draw(const struct studyrun_options *g, const struct operand *o,
		  size_t draw, struct error *err)
{
	struct error why = {0};
	struct result *result = facts_of(g, o, &why);
	char path[EVIDENCE_PATH];
	int rc;

	evidence_path(&g->evidence, o, draw, path);
	if (!result && why.text[0]) {
		shorten(why.text);
		result = failure(why.text);
	} else if (!result) {
		result = run_command(g, o, err);
	}
	if (!result)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: no memory", path);
	/* The signal met the study, too: it measured less than the others. */
	rc = operator_interrupted()
		     ? 0
		     : outfile_write(path, put_result, result, err);
	result_free(result);
	return rc;
}
