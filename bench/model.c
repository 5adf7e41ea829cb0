// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "engine/freestanding.h"
#include "feed.h"
#include "summary.h"
#include "result.h"

/* Accesses a second of data that the model shall reach where most of them hit. */
#define WANTED 50e6

/*
 * Both follow the same policy with the same geometry, so their misses of L1d are
 * the same, except for accesses that cross lines, which valgrind counts once.
 */
#define MAX_DIFFERENCE 0.001

#define REPEATS 7
#define TURNS	100000ul /* of the work, lackey prints 140 lines for each */
#define LONG	20	 /* times as many for cachegrind, which is faster */

static const char doc[] =
	"Simulate the memory accesses of one program with switchcost's model, and "
	"with valgrind's cachegrind and lackey, and print how many accesses a second "
	"each gets through. Before that, the model's rate for streams of its own.\v"
	"Exit code: 1 if cachegrind counts other misses of L1d than the model, or "
	"the model is slower than 50 million accesses a second on streams that "
	"mostly hit.";

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "Print one JSON object on stdout", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		*(bool *)state->input = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static struct geometry_cache cache(uint32_t kib, uint32_t ways)
{
	return (struct geometry_cache){
		.source = GEOMETRY_FILE,
		.bytes = kib << 10,
		.line_bytes = 64,
		.ways = ways,
		.sets = (kib << 10) / 64 / ways,
	};
}

/* Golden Cove's (Intel Optimization Reference Manual), the same on any machine. */
static struct geometry golden_cove(void)
{
	static const struct geometry_tlb tlbs[] = {
		{1, GEOMETRY_TLB_LOAD, GEOMETRY_4K, 96, 6, 0, GEOMETRY_FILE, 0},
		{1, GEOMETRY_TLB_STORE, GEOMETRY_4K, 16, 16, 0, GEOMETRY_FILE,
		 0},
		{1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 256, 8, 0, GEOMETRY_FILE,
		 0},
		{2, GEOMETRY_TLB_UNIFIED, GEOMETRY_4K, 2048, 16, 0,
		 GEOMETRY_FILE, 0},
	};
	struct geometry g = {0};
	size_t i;

	g.cache[GEOMETRY_L1D] = cache(48, 12);
	g.cache[GEOMETRY_L1I] = cache(32, 8);
	g.cache[GEOMETRY_L2] = cache(2048, 16);
	for (i = 0; i < ARRAY_SIZE(tlbs); i++)
		geometry_add_tlb(&g, &tlbs[i]);
	return g;
}

/* Median seconds of a run through a feed, and the counts of one run. */
static double time_feed(struct model *m, const struct feed *feed)
{
	double seconds[REPEATS], start;
	unsigned int i;

	for (i = 0; i < REPEATS; i++) {
		model_clear(m);
		start = command_now();
		model_run(m, feed->list, feed->n);
		seconds[i] = command_now() - start;
	}
	return summary_median(seconds, REPEATS).mean;
}

/* The model's own streams: the more they miss, the slower they are. */
struct stream {
	const char *name;
	uint64_t range;	 /* bytes that are drawn from */
	uint64_t stride; /* or: bytes from one access to the next */
	bool mostly_hits;
	double rate;
	double misses; /* of L1d, an access */
};

static struct stream streams[] = {
	{"16 KiB at random", 16 << 10, 0, true, 0, 0},
	{"64 KiB in a row, 8 bytes each", 64 << 10, 8, true, 0, 0},
	{"1 MiB in a row, 8 bytes each", 1 << 20, 8, true, 0, 0},
	{"1 MiB at random", 1 << 20, 0, false, 0, 0},
	{"64 MiB at random", 64 << 20, 0, false, 0, 0},
};

#define STREAM (1u << 20)

static int run_stream(struct model *m, struct stream *s, struct error *err)
{
	uint64_t random = 1, at;
	struct feed feed = {0};
	size_t i;

	for (i = 0; i < STREAM; i++) {
		at = s->stride ? i * s->stride : random_next(&random);
		if (feed_add(&feed, FEED_DATA_BASE + at % s->range / 8 * 8, 8,
			     i % 3 ? MODEL_READ : MODEL_WRITE, err)) {
			feed_free(&feed);
			return -1;
		}
	}
	s->rate = STREAM / time_feed(m, &feed);
	s->misses = (double)m->tally[MODEL_L1D][MODEL_DATA].misses / STREAM;
	feed_free(&feed);
	return 0;
}

/* The figures of one of the three for the work. */
struct rival {
	const char *name;
	double data;	/* accesses */
	double code;	/* instructions */
	double seconds; /* for them */
	double misses;	/* of L1d; NAN: not counted */
	double distance; /* data accesses a second: the model's are so many times */
};

enum { MODEL_DATA_ONLY, MODEL_ALL, CACHEGRIND, LACKEY, RIVALS };

struct comparison {
	struct rival rival[RIVALS];
	char why[256]; /* why there is none */
};

static const char *find_valgrind(void)
{
	static char path[4096];
	const char *p = getenv("PATH");
	int n;

	for (; p && *p; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		snprintf(path, sizeof(path), "%.*s/valgrind", n, p);
		if (!access(path, X_OK))
			return path;
	}
	return NULL;
}

/* Begin a tool's run of @turns turns of the work. */
static int start_tool(struct command *c, char *tool[], size_t ntool,
		      unsigned long turns, struct error *err)
{
	char *argv[16], number[32], *work = command_path("bench/walk");
	size_t i;
	int rc;

	if (!work)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory");
	for (i = 0; i < ntool; i++)
		argv[i] = tool[i];
	snprintf(number, sizeof(number), "%lu", turns);
	argv[i++] = work;
	argv[i++] = number;
	argv[i] = NULL;
	rc = command_start(c, argv, err);
	free(work);
	return rc;
}

/* "==123== D refs: 3,039,917 (...": the number after a label. */
static void take_number(const char *line, const char *label, double *value)
{
	const char *p = strstr(line, label);

	if (!p)
		return;
	*value = 0;
	for (p += strlen(label);
	     *p == ' ' || *p == ',' || (*p >= '0' && *p <= '9'); p++) {
		if (*p >= '0')
			*value = *value * 10 + (*p - '0');
	}
}

static int run_cachegrind(const char *valgrind, unsigned long turns,
			  struct rival *r, struct error *err)
{
	char *tool[] = {(char *)valgrind,   "--tool=cachegrind",
			"--cache-sim=yes",  "--cachegrind-out-file=/dev/null",
			"--log-fd=1",	    "--I1=32768,8,64",
			"--D1=49152,12,64", "--LL=2097152,16,64"};
	struct command c;
	char line[512];

	r->data = r->code = r->misses = NAN;
	if (start_tool(&c, tool, ARRAY_SIZE(tool), turns, err))
		return -1;
	while (fgets(line, sizeof(line), c.output)) {
		take_number(line, "I   refs:", &r->code);
		take_number(line, "D   refs:", &r->data);
		take_number(line, "D1  misses:", &r->misses);
	}
	r->seconds = command_end(&c, 0, err);
	if (r->seconds < 0)
		return -1;
	if (isnan(r->data + r->code + r->misses))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cachegrind printed no summary: another "
				 "version of valgrind?");
	return 0;
}

/* One line of lackey's trace into the feed. */
static int take_access(struct feed *feed, const char *line, struct rival *r,
		       uint64_t *last, struct error *err)
{
	uint64_t address;
	uint32_t flags;
	unsigned int bytes;
	char kind;

	if (sscanf(line, " %c %lx,%u", &kind, &address, &bytes) != 3)
		return 0;
	if (kind == 'I') {
		r->code++;
		/* As feed_trace() does: a line is fetched once in a row. */
		if (address / 64 == *last)
			return 0;
		*last = address / 64;
		return feed_add(feed, address, bytes, MODEL_FETCH, err);
	}
	r->data++;
	flags = kind == 'L'   ? MODEL_READ
		: kind == 'S' ? MODEL_WRITE
			      : MODEL_READ | MODEL_WRITE;
	return feed_add(feed, address, bytes, flags, err);
}

/* Lackey's rate, reading what it prints included; @feed is what it printed. */
static int run_lackey(const char *valgrind, unsigned long turns,
		      struct rival *r, struct feed *feed, struct error *err)
{
	char *tool[] = {(char *)valgrind, "--tool=lackey", "--trace-mem=yes",
			"--basic-counts=no", "--log-fd=1"};
	uint64_t last = UINT64_MAX;
	struct command c;
	char line[256];
	int rc = 0;

	r->data = r->code = 0;
	r->misses = NAN;
	if (start_tool(&c, tool, ARRAY_SIZE(tool), turns, err))
		return -1;
	while (!rc && fgets(line, sizeof(line), c.output))
		rc = take_access(feed, line, r, &last, err);
	r->seconds = command_end(&c, 0, err);
	return rc || r->seconds < 0 ? -1 : 0;
}

/* Takes code out of a feed. */
static void keep_data(struct feed *feed)
{
	size_t i, n = 0;

	for (i = 0; i < feed->n; i++) {
		if (!(feed->list[i].flags & MODEL_FETCH))
			feed->list[n++] = feed->list[i];
	}
	feed->n = n;
}

static void run_model(struct model *m, const struct feed *feed,
		      const struct rival *lackey, bool code, struct rival *r)
{
	r->seconds = time_feed(m, feed);
	r->data = lackey->data;
	r->code = code ? lackey->code : 0;
	r->misses = m->tally[MODEL_L1D][MODEL_DATA].misses;
}

/* A program's own start isn't the work: take a run without turns off. */
static void take_off(struct rival *r, const struct rival *start)
{
	r->data -= start->data;
	r->code -= start->code;
	r->seconds -= start->seconds;
}

static int compare(struct model *m, struct comparison *c, struct error *err)
{
	const char *valgrind = find_valgrind();
	struct rival *r = c->rival, start, same;
	struct feed feed = {0}, none = {0};
	int rc = -1, i;

	if (!valgrind) {
		snprintf(c->why, sizeof(c->why),
			 "no valgrind on PATH: scripts/setup installs it");
		return 0;
	}
	if (run_lackey(valgrind, TURNS, &r[LACKEY], &feed, err))
		goto out;
	run_model(m, &feed, &r[LACKEY], true, &r[MODEL_ALL]);
	keep_data(&feed);
	run_model(m, &feed, &r[LACKEY], false, &r[MODEL_DATA_ONLY]);
	if (run_lackey(valgrind, 0, &start, &none, err))
		goto out;
	take_off(&r[LACKEY], &start);
	if (run_cachegrind(valgrind, TURNS, &same, err) ||
	    run_cachegrind(valgrind, 0, &start, err) ||
	    run_cachegrind(valgrind, LONG * TURNS, &r[CACHEGRIND], err))
		goto out;
	take_off(&r[CACHEGRIND], &start);
	r[CACHEGRIND].misses = same.misses;
	for (i = 0; i < RIVALS; i++)
		r[i].distance = r[MODEL_ALL].data / r[MODEL_ALL].seconds /
				(r[i].data / r[i].seconds);
	rc = 0;
out:
	feed_free(&feed);
	feed_free(&none);
	return rc;
}

static bool same_misses(const struct comparison *c)
{
	const struct rival *r = c->rival;

	return *c->why || fabs(r[MODEL_ALL].misses - r[CACHEGRIND].misses) <=
				  MAX_DIFFERENCE * r[CACHEGRIND].misses;
}

static bool fast_enough(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(streams); i++) {
		if (streams[i].mostly_hits && streams[i].rate < WANTED)
			return false;
	}
	return true;
}

static void print_text(const struct comparison *c)
{
	const struct rival *r;
	size_t i;

	printf("switchcost's model, data through L1d, L2, dTLB and STLB\n");
	for (i = 0; i < ARRAY_SIZE(streams); i++)
		printf("  %-36s %6.1f M accesses/s, %4.1f %% miss L1d\n",
		       streams[i].name, streams[i].rate / 1e6,
		       100 * streams[i].misses);
	if (!fast_enough())
		printf("  TOO SLOW: streams that mostly hit shall reach %g M\n",
		       WANTED / 1e6);
	if (*c->why) {
		printf("compared with nothing: %s\n", c->why);
		return;
	}
	printf("one program's accesses, code and data, in the same run\n");
	for (r = c->rival; r < c->rival + RIVALS; r++) {
		printf("  %-36s %6.2f M accesses of data/s", r->name,
		       r->data / r->seconds / 1e6);
		if (r->code)
			printf(", %7.2f M with instructions",
			       (r->data + r->code) / r->seconds / 1e6);
		if (r != &c->rival[MODEL_ALL])
			printf("; model with code: %.2f times", r->distance);
		putchar('\n');
	}
	printf("  misses of L1d: model %.0f, cachegrind %.0f%s\n",
	       c->rival[MODEL_ALL].misses, c->rival[CACHEGRIND].misses,
	       same_misses(c) ? "" : ": THEY DIFFER");
}

static const struct record stream_record = {
	.fields = FIELDS({MEMBER("name", stream, name)},
			 {MEMBER("accesses_per_second", stream, rate)},
			 {MEMBER("l1d_misses_per_access", stream, misses)},
			 {MEMBER("mostly_hits", stream, mostly_hits)}),
};

GETTER(struct elements, all_streams,
       (struct elements){streams, ARRAY_SIZE(streams), sizeof(streams[0])});
GETTER(double, data_rate, DATA(rival)->data / DATA(rival)->seconds);

static const struct record rival_record = {
	.fields = FIELDS({MEMBER("name", rival, name)},
			 {MEMBER("data_accesses", rival, data)},
			 {MEMBER("instructions", rival, code)},
			 {MEMBER("seconds", rival, seconds)},
			 {REAL_OF("data_accesses_per_second", data_rate)},
			 {MEMBER("l1d_misses", rival, misses)},
			 {MEMBER("model_is_times", rival, distance)}),
};

GETTER(struct elements, compared,
       (struct elements){DATA(comparison)->rival,
			 *DATA(comparison)->why ? 0 : RIVALS,
			 sizeof(DATA(comparison)->rival[0])});
GETTER(bool, is_fast_enough, fast_enough());
GETTER(bool, misses_are_same, same_misses(at->data));

static const struct record comparison_record = {
	.fields = FIELDS({ROWS_OF("streams", all_streams, &stream_record)},
			 {BOOL_OF("fast_enough", is_fast_enough)},
			 {ROWS_OF("compared", compared, &rival_record)},
			 {MEMBER("why", comparison, why)},
			 {BOOL_OF("same_misses", misses_are_same)}),
};

static void print_json(const struct comparison *c)
{
	struct result *result = result_make(&comparison_record, c);

	result_write(result, stdout);
	result_free(result);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .doc = doc};
	struct comparison c = {.rival = {
				       {.name = "model, data only"},
				       {.name = "model, data and code"},
				       {.name = "cachegrind"},
				       {.name = "lackey, and reading its text"},
			       }};
	const struct geometry g = golden_cove();
	struct error err = {0};
	struct model m;
	bool json = false;
	size_t i;
	int rc;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &json);
	rc = model_init(&m, &g, NULL, &err);
	for (i = 0; i < ARRAY_SIZE(streams) && !rc; i++)
		rc = run_stream(&m, &streams[i], &err);
	if (!rc)
		rc = compare(&m, &c, &err);
	if (rc) {
		fprintf(stderr, "model: %s\n", err.text);
		return err.code;
	}
	if (json)
		print_json(&c);
	else
		print_text(&c);
	model_free(&m);
	return same_misses(&c) && fast_enough() ? EXIT_DONE : EXIT_CHECK_FAILED;
}
