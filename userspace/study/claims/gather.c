// SPDX-License-Identifier: GPL-2.0
#include "gather.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elapsed.h"
#include "outfile.h"
#include "programfacts.h"
#include "result.h"
#include "resultchild.h"
#include "stores.h"
#include "systemfacts.h"
#include "tracefile.h"

/* No study takes as long, seconds. */
#define STUDY_LIMIT 120.0

/* Of one draw of each kind, seconds; what claims need is many draws, not long ones. */
#define FIDELITY_SECONDS "4"
#define PROCESSES	 "4"

/* Samples of a draw: a second or so. */
#define REPLAY_SAMPLES	 "20000"
#define PROFILE_SAMPLES	 "1500"
#define ABLATION_SAMPLES "4000"

/* The answer of fidelity that opens a gate: evidence_gate(). */
#define FAITHFUL "faithful"

/**
 * struct studies - those that a catalogue names
 * @list: each once, those that others need before these
 * @n: how many
 */
struct studies {
	struct operand *list;
	size_t n;
};

static int add_study(struct studies *s, const struct operand *o)
{
	char name[STUDY_NAME], other[STUDY_NAME];
	struct operand *grown;
	size_t i;

	study_name(o, name);
	for (i = 0; i < s->n; i++)
		if (!strcmp(name, study_name(&s->list[i], other))) {
			/* A claim that asks for more than whether it is faithful wants draws. */
			if (strcmp(o->value, FAITHFUL))
				s->list[i] = *o;
			return 0;
		}
	grown = realloc(s->list, (s->n + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	s->list = grown;
	s->list[s->n++] = *o;
	return 0;
}

/* The recording that a study is of. */
static struct operand recording_of(const struct operand *o)
{
	struct operand record = {.study = STUDY_RECORD};

	memcpy(record.scenario, o->scenario, sizeof(record.scenario));
	memcpy(record.go, o->go, sizeof(record.go));
	return record;
}

static int add_with_needs(struct studies *s, const struct operand *o)
{
	struct operand gate, record = recording_of(o);

	if (study_row(o->study)->traced && add_study(s, &record))
		return -1;
	if (evidence_gate(o, &gate) && add_study(s, &gate))
		return -1;
	return add_study(s, o);
}

static int add_claim(struct studies *s, const struct claim *c)
{
	size_t i;

	for (i = 0; i < c->ncases; i++) {
		const struct quantity *q = &c->cases[i].quantity;

		if (add_with_needs(s, &q->of) ||
		    (q->has_minus && add_with_needs(s, &q->minus)) ||
		    (q->has_over && add_with_needs(s, &q->over)))
			return -1;
	}
	return 0;
}

/* The goprobe that a study is of; other versions have a folder each. */
static const char *program_of(const struct gather_options *g,
			      const struct operand *o, char path[PATH_MAX])
{
	if (!o->go[0])
		return g->goprobe;
	snprintf(path, PATH_MAX, "%s/%s/goprobe", g->programs, o->go);
	return path;
}

/* The trace that a study's record wrote. */
static const char *trace_of(const struct gather_options *g,
			    const struct operand *o, char path[PATH_MAX])
{
	struct operand record = recording_of(o);
	char name[STUDY_NAME];

	snprintf(path, PATH_MAX, "%s/%s.trace", g->evidence.directory,
		 study_name(&record, name));
	return path;
}

/**
 * struct command - one study's command line
 * @argv: NULL-terminated
 * @n: how many
 */
struct command {
	const char *argv[24];
	size_t n;
	char program[PATH_MAX];
	char trace[PATH_MAX];
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
static int write_sequence(const struct gather_options *g,
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

static int make_command(const struct gather_options *g, const struct operand *o,
			struct command *c, struct error *err)
{
	const char *program = program_of(g, o, c->program);

	trace_of(g, o, c->trace);
	c->n = 0;
	if (o->study != STUDY_TIME)
		add_words(c, WORDS(g->switchcost));
	switch ((enum study_kind)o->study) {
	case STUDY_TIME:
		add_words(c, WORDS(program, "time", o->scenario));
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
		add_words(c, WORDS("profile", "--json", "--ablate=only", "-n",
				   ABLATION_SAMPLES, c->trace));
		break;
	case STUDY_RETURNS:
		add_words(c, WORDS("profile", "--json", "--returns"));
		break;
	case STUDY_EVICT:
		add_words(c, WORDS("evict", "--json", c->trace));
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
static struct result *facts_of(const struct gather_options *g,
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

/* A draw that says why there is none. */
struct failure {
	bool valid;
	const char *why;
};

static const struct record failure_record = {
	.fields = FIELDS({MEMBER("valid", failure, valid)},
			 {MEMBER("why", failure, why)}),
};

static struct result *failure(const char *why)
{
	return result_make(&failure_record, &(struct failure){.why = why});
}

/* The folders of the machine that ran it are nobody's business: "/a/b.trace: x" is "b.trace: x". */
static void shorten(char *why)
{
	size_t n = strcspn(why, " ");
	char *slash = memrchr(why, '/', n);

	if (*why == '/' && slash)
		memmove(why, slash + 1, strlen(slash));
}

static struct result *run_command(const struct gather_options *g,
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

static int run_study(const struct gather_options *g, const struct operand *o,
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
	rc = outfile_write(path, put_result, result, err);
	result_free(result);
	return rc;
}

/*
 * How many draws a study shall have until look @k: a fact one, a gate one as long as nobody
 * asks more. If draws are cheap, there is a look more at once: claims of many cases need
 * it, and so do those among many claims.
 */
static size_t wanted_draws(const struct operand *o, unsigned int k)
{
	const struct study_row *row = study_row(o->study);

	if (row->once ||
	    (o->study == STUDY_FIDELITY && !strcmp(o->value, FAITHFUL)))
		return 1;
	return series_look(row->slow ? k : k + 1);
}

static long run_all(const struct gather_options *g, const struct studies *s,
		    unsigned int k, struct error *err)
{
	char why[256];
	size_t draw, i, done = 0, all = 0;
	long ran = 0;

	for (i = 0; i < s->n; i++)
		all += wanted_draws(&s->list[i], k);
	for (draw = 1; draw <= series_look(k + 1); draw++) {
		for (i = 0; i < s->n; i++) {
			const struct operand *o = &s->list[i];

			if (draw > wanted_draws(o, k))
				continue;
			if (g->progress.tell)
				g->progress.tell(g->progress.context,
						 (double)done / all);
			done++;
			if (evidence_draws(&g->evidence, o) >= draw)
				continue;
			/* Nobody would believe it. */
			if (!evidence_passes(&g->evidence, o, why, err))
				continue;
			if (elapsed() >= g->until)
				return ran;
			if (run_study(g, o, draw, err))
				return -1;
			ran++;
		}
	}
	return ran;
}

long gather(const struct gather_options *options, const struct claim *claims,
	    const bool *wanted, size_t n, unsigned int k, struct error *err)
{
	struct studies studies = {0};
	size_t i;
	long ran;

	if (evidence_begin(&options->evidence, options->goprobe, err))
		return -1;
	for (i = 0; i < n; i++) {
		if ((wanted && !wanted[i]) || claims[i].cannot[0] ||
		    !add_claim(&studies, &claims[i]))
			continue;
		free(studies.list);
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for the claims' studies");
	}
	ran = run_all(options, &studies, k, err);
	free(studies.list);
	return ran;
}
