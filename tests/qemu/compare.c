// SPDX-License-Identifier: GPL-2.0
/*
 * Compares a trace with what the plugin saw of the same program under QEMU's
 * emulation, call by call. For each call that the plugin logged: is there a
 * variant with the same instructions and the same memory accesses?
 *
 * Two calls are the same up to these differences, and no others:
 *
 *  - The two processes have their stacks, heap and libraries elsewhere. All
 *    accesses to one region of the trace must be displaced by the same distance
 *    in all calls, likewise all instructions of one library function. The
 *    program's own code and data are displaced by as much as its first
 *    instruction is: whole pages, and nothing if it isn't relocated.
 *  - QEMU reports pieces: a vector access as words, each turn of a REP by
 *    itself. Accesses of one instruction that are neighbours are put together.
 *  - An instruction that reads and writes the same place is one access in a
 *    trace, a read and a write in QEMU; but a locked one is only a write there.
 *    The order of accesses within an instruction is not compared.
 *
 * usage: compare TRACE LOG
 *
 * Prints a line for each call that has no variant, where the regions were, and
 * how often each variant was seen. Exit code: 1 if too many calls have none.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "tracefile.h"

/* Accesses of one instruction, put together: xsave makes the most. */
#define MAX_ACCESSES 64u

struct access {
	uint64_t address;
	uint64_t size;
	char kind; /* R or W */
	uint16_t region;
};

struct insn {
	uint64_t address;
	bool begins; /* a call */
	unsigned int naccesses;
	struct access accesses[MAX_ACCESSES];
};

struct log {
	struct insn *insns;
	size_t n;
};

/*
 * Not every call can be asked for. Up to Go 1.25, every 8th change of a
 * goroutine's status takes another way (g.trackingSeq). A callback makes an even
 * number of changes, so the count at which the calls begin decides for the life
 * of the process which of the changes take it; in the other process the count
 * may be another. That concerns a quarter of the calls, and no others.
 */
#define MIN_PERCENT 75u

/* Code this near to the first instruction is of the program itself. */
#define PROGRAM_BYTES (2ull << 30)

#define PAGE_BYTES 4096u

/* A place that is elsewhere in the other process, and how far away. */
struct displacement {
	bool known;
	uint64_t distance;
};

/* Distances by region, and by the string of a function's name, of the trace. */
struct places {
	struct displacement *regions;
	struct displacement *functions;
};

struct comparison {
	const struct trace *trace;
	uint64_t begin;	      /* the trace's first instruction */
	uint64_t bias;	      /* of the program itself */
	struct places agreed; /* in all calls that have a variant */
	struct places tried;  /* in this call, too */
	char why[256];
};

static int by_place(const void *x, const void *y)
{
	const struct access *a = x, *b = y;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->address > b->address) - (a->address < b->address);
}

/* Puts an instruction's accesses into one order and joins neighbours. */
static void settle(struct insn *insn)
{
	struct access *a = insn->accesses, *last;
	unsigned int i, n = 0;

	qsort(a, insn->naccesses, sizeof(*a), by_place);
	for (i = 0; i < insn->naccesses; i++) {
		last = n ? &a[n - 1] : NULL;
		if (last && last->kind == a[i].kind &&
		    last->address + last->size == a[i].address)
			last->size += a[i].size;
		else
			a[n++] = a[i];
	}
	insn->naccesses = n;
}

static int add_access(struct insn *insn, char kind, uint64_t address,
		      uint64_t size, uint16_t region)
{
	if (insn->naccesses == MAX_ACCESSES) {
		/* A REP's turns: join what is there to make room. */
		settle(insn);
		if (insn->naccesses == MAX_ACCESSES)
			return -1;
	}
	insn->accesses[insn->naccesses++] =
		(struct access){address, size, kind, region};
	return 0;
}

static int read_log(struct log *log, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t room = 0;
	uint64_t address;
	unsigned int size;
	char line[128], kind;
	bool begins = false;

	while (f && fgets(line, sizeof(line), f)) {
		size = 0;
		if (sscanf(line, "%c %" SCNx64 " %u", &kind, &address, &size) <
		    2)
			break;
		if (kind == 'C')
			continue;
		if (kind == 'B') {
			begins = true;
			continue;
		}
		if (kind != 'I') {
			/*
			 * This access belongs to the instruction before the
			 * first that is logged.
			 */
			if (log->n && add_access(&log->insns[log->n - 1], kind,
						 address, size, 0))
				break;
			continue;
		}
		/* The next turn of a REP. */
		if (!begins && log->n &&
		    log->insns[log->n - 1].address == address)
			continue;
		if (log->n == room) {
			room = 2 * room + 1024;
			log->insns = reallocarray(log->insns, room,
						  sizeof(*log->insns));
			if (!log->insns)
				exit(EXIT_IMPOSSIBLE);
		}
		log->insns[log->n++] =
			(struct insn){.address = address, .begins = begins};
		begins = false;
	}
	if (!f || !feof(f)) {
		fprintf(stderr, "compare: %s: cannot read it to the end\n",
			path);
		return -1;
	}
	fclose(f);
	return 0;
}

/*
 * The end of the call whose first instruction is @first: one after the
 * instruction that reads the return address, which the call before had written,
 * and is followed by the one after that call.
 */
static size_t call_end(const struct log *log, size_t first)
{
	const struct insn *call = &log->insns[first - 1], *insn;
	uint64_t slot = 0;
	unsigned int j;
	size_t i;

	for (j = 0; j < call->naccesses; j++) {
		if (call->accesses[j].kind == 'W')
			slot = call->accesses[j].address;
	}
	for (i = first; i + 1 < log->n; i++) {
		insn = &log->insns[i];
		if (insn[1].address <= call->address ||
		    insn[1].address > call->address + TRACE_MAX_INSN)
			continue;
		for (j = 0; j < insn->naccesses; j++) {
			if (insn->accesses[j].kind == 'R' &&
			    insn->accesses[j].address == slot)
				return i + 1;
		}
	}
	return 0;
}

/* True if what lies @distance away agrees with what is known of the place. */
static bool displaced(struct displacement *d, uint64_t distance)
{
	if (!d->known)
		*d = (struct displacement){true, distance};
	return d->distance == distance;
}

static bool insn_displaced(struct comparison *c, const struct trace_insn *insn,
			   uint64_t distance)
{
	if (insn->address - c->begin + PROGRAM_BYTES < 2 * PROGRAM_BYTES)
		return distance == c->bias;
	return displaced(&c->tried.functions[insn->function], distance);
}

static bool access_displaced(struct comparison *c, const struct access *a,
			     uint64_t distance)
{
	switch (c->trace->regions[a->region].kind) {
	case TRACE_REGION_DATA:
	case TRACE_REGION_RODATA:
	case TRACE_REGION_TEXT:
	case TRACE_REGION_SCHED:
		return distance == c->bias;
	default:
		return displaced(&c->tried.regions[a->region], distance);
	}
}

static void copy_places(const struct trace *trace, struct places *to,
			const struct places *from)
{
	memcpy(to->regions, from->regions,
	       trace->nregions * sizeof(*to->regions));
	memcpy(to->functions, from->functions,
	       trace->string_bytes * sizeof(*to->functions));
}

/* The trace's step in the same form. */
static void read_step(const struct trace *trace, const struct trace_step *step,
		      const struct trace_access *a, struct insn *insn)
{
	unsigned int i;

	insn->address = trace->insns[step->insn].address;
	insn->naccesses = 0;
	for (i = 0; i < step->naccesses; i++) {
		if (a[i].flags & TRACE_ACCESS_READ &&
		    !(a[i].flags & TRACE_ACCESS_ATOMIC))
			add_access(insn, 'R', a[i].address, a[i].size,
				   a[i].region);
		if (a[i].flags & TRACE_ACCESS_WRITE)
			add_access(insn, 'W', a[i].address, a[i].size,
				   a[i].region);
	}
	settle(insn);
}

static bool same_step(struct comparison *c, const struct trace_step *step,
		      const struct insn *ours, const struct insn *theirs)
{
	const struct trace_insn *raw = &c->trace->insns[step->insn];
	unsigned int i;

	if (!insn_displaced(c, raw, theirs->address - ours->address)) {
		snprintf(c->why, sizeof(c->why),
			 "instruction 0x%" PRIx64 " instead of 0x%" PRIx64,
			 theirs->address, ours->address);
		return false;
	}
	if (ours->naccesses != theirs->naccesses) {
		snprintf(c->why, sizeof(c->why),
			 "0x%" PRIx64 ": %u accesses instead of %u",
			 ours->address, theirs->naccesses, ours->naccesses);
		return false;
	}
	for (i = 0; i < ours->naccesses; i++) {
		const struct access *a = &ours->accesses[i];
		const struct access *b = &theirs->accesses[i];

		if (a->kind == b->kind && a->size == b->size &&
		    access_displaced(c, a, b->address - a->address))
			continue;
		snprintf(c->why, sizeof(c->why),
			 "0x%" PRIx64 ": %c%" PRIu64 " 0x%" PRIx64
			 " instead of %c%" PRIu64 " 0x%" PRIx64 " in %s",
			 ours->address, b->kind, b->size, b->address, a->kind,
			 a->size, a->address,
			 trace_string(c->trace,
				      c->trace->regions[a->region].name));
		return false;
	}
	return true;
}

/* How many of the variant's steps are the same; all: the call is the same. */
static uint32_t same_steps(struct comparison *c,
			   const struct trace_variant *variant,
			   const struct insn *insns, size_t n)
{
	const struct trace *trace = c->trace;
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_access *a = trace->accesses + variant->first_access;
	struct insn ours, theirs;
	uint32_t i;

	copy_places(trace, &c->tried, &c->agreed);
	for (i = 0; i < variant->nsteps && i < n; i++) {
		read_step(trace, &step[i], a, &ours);
		theirs = insns[i];
		settle(&theirs);
		if (!same_step(c, &step[i], &ours, &theirs))
			return i;
		a += step[i].naccesses;
	}
	if (i < n || i < variant->nsteps) {
		snprintf(c->why, sizeof(c->why),
			 "%zu instructions instead of %u", n, variant->nsteps);
		return i - 1;
	}
	return i;
}

/* The variant that the call is, or -1 with the nearest one's difference. */
static int find_variant(struct comparison *c, const struct insn *insns,
			size_t n)
{
	char nearest[sizeof(c->why)] = "";
	uint32_t same, most = 0;
	size_t v;

	for (v = 0; v < c->trace->nvariants; v++) {
		same = same_steps(c, &c->trace->variants[v], insns, n);
		if (same == c->trace->variants[v].nsteps) {
			copy_places(c->trace, &c->agreed, &c->tried);
			return v;
		}
		if (same >= most) {
			most = same;
			strcpy(nearest, c->why);
		}
	}
	strcpy(c->why, nearest);
	return -1;
}

static unsigned int compare(struct comparison *c, const struct log *log,
			    unsigned int *seen)
{
	unsigned int calls = 0;
	size_t i, end;
	int v;

	for (i = 1; i < log->n; i++) {
		if (!log->insns[i].begins)
			continue;
		end = call_end(log, i);
		/* The last is cut off where the program was ended. */
		if (!end)
			break;
		c->bias = log->insns[i].address - c->begin;
		v = find_variant(c, &log->insns[i], end - i);
		if (v < 0)
			printf("call %u: %zu instructions, no variant: %s\n",
			       calls, end - i, c->why);
		else
			seen[v]++;
		calls++;
	}
	return calls;
}

static void print_places(const struct comparison *c)
{
	const struct trace *trace = c->trace;
	size_t i;

	printf("the program: displaced by 0x%" PRIx64 "\n", c->bias);
	for (i = 0; i < trace->nregions; i++) {
		if (c->agreed.regions[i].known)
			printf("region %s: displaced by 0x%" PRIx64 "\n",
			       trace_string(trace, trace->regions[i].name),
			       c->agreed.regions[i].distance);
	}
}

/* Prints what was seen. Returns true if it is as it must be. */
static bool judge(const struct comparison *c, unsigned int calls,
		  const unsigned int *seen)
{
	const struct trace *trace = c->trace;
	unsigned int matched = 0;
	size_t v;

	for (v = 0; v < trace->nvariants; v++) {
		printf("variant %zu: %u instructions, recorded %u, seen %u\n",
		       v, trace->variants[v].nsteps, trace->variants[v].count,
		       seen[v]);
		matched += seen[v];
	}
	printf("%u of %u calls are a variant of the trace\n", matched, calls);
	return seen[0] && 100 * matched >= MIN_PERCENT * calls &&
	       c->bias % PAGE_BYTES == 0;
}

static int make_places(const struct trace *trace, struct places *p)
{
	p->regions = calloc(trace->nregions, sizeof(*p->regions));
	p->functions = calloc(trace->string_bytes, sizeof(*p->functions));
	return p->regions && p->functions ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct comparison c = {0};
	struct error err = {0};
	unsigned int calls, *seen;
	struct trace trace;
	struct log log = {0};

	if (argc != 3) {
		fputs("usage: compare TRACE LOG\n", stderr);
		return EXIT_USAGE;
	}
	if (trace_open(&trace, argv[1], &err)) {
		fprintf(stderr, "compare: %s\n", err.text);
		return err.code;
	}
	if (read_log(&log, argv[2]))
		return EXIT_USAGE;
	c.trace = &trace;
	c.begin = trace.insns[trace.steps[trace.variants->first_step].insn]
			  .address;
	seen = calloc(trace.nvariants, sizeof(*seen));
	if (!seen || make_places(&trace, &c.agreed) ||
	    make_places(&trace, &c.tried))
		return EXIT_IMPOSSIBLE;
	calls = compare(&c, &log, seen);
	print_places(&c);
	/* All memory goes with the process. */
	return judge(&c, calls, seen) ? EXIT_DONE : EXIT_CHECK_FAILED;
}
