/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_WATCHING_H
#define SWC_WATCH_WATCHING_H

#include <sys/types.h>

#include "callnames.h"
#include "callparts.h"
#include "eachcall.h"
#include "estimate.h"
#include "slowpath.h"

/* Samples a second on each CPU: a prime, so that it beats with nothing that ticks. */
#define WATCH_RATE 499

/* A C function while the program runs: its share of the time in C until now. */
struct watch_glance_row {
	const char *name;
	double share;
	uint64_t samples;
};

#define WATCH_GLANCE_ROWS 64

/* The findings while the program runs. */
struct watch_glance {
	double seconds;
	double cpu_seconds;
	uint64_t calls;
	double calls_per_second; /* since the last glance */
	struct watch_glance_row rows[WATCH_GLANCE_ROWS]; /* most time first */
	size_t n;
};

/**
 * struct watch_view - whom to show a glance, once a second
 * @show: NULL: nobody; what it is given lasts until it returns
 * @context: for @show
 */
struct watch_view {
	void (*show)(void *context, const struct watch_glance *glance);
	void *context;
};

/* The program to watch, and how to watch it. */
struct watch_options {
	char *const *argv;  /* the command; NULL: a process */
	pid_t pid;	    /* that process */
	double time_limit;  /* seconds; 0: until it ends */
	unsigned int rate;  /* samples a second on each CPU */
	bool counts_only;   /* nothing in the kernel */
	bool no_each_call;  /* the time of no call */
	bool stacks;	    /* samples with their stacks, and little else */
	bool parts;	    /* of each timed call's time; the probes stay on */
	const char *stream; /* lines, one a second; NULL: none */
	struct watch_view view;
};

/* The findings on one C function. */
struct watch_function {
	const char *name;
	const char *caller;	    /* Go's side of it; NULL: not known */
	bool runtimes;		    /* the runtime calls it for itself */
	double time_share_mean;	    /* of the time in C; NAN: no samples */
	struct estimate time_share; /* likewise, with its interval */
	double program_share;	    /* of the program's CPU time */
	uint64_t samples;
	uint64_t calls;		    /* that were timed */
	bool each;		    /* that is all of them */
	struct calltimes times;	    /* of those */
	struct callparts parts;	    /* likewise, if these were asked for */
	struct callparts tail;	    /* of the slowest of those */
	struct bpf_absence_sum off; /* without a CPU in it */
	struct bpf_interrupts interrupts; /* that came in it */
};

/* A CPU that the program was on when it was sampled. */
struct watch_cpu {
	unsigned int cpu;
	uint64_t samples;
};

struct watch_slow {
	const struct slowpath *path;
	bool probed;	/* the program has it, and it is probed */
	bool too_often; /* it was, until that cost too much */
	uint64_t count;
};

/* A stack that was sampled, from the outermost function to the innermost. */
struct watch_stack {
	uint64_t samples;
	const char *kind; /* "c", "path", "go", "runtime", "outside" */
	bool kernel;
	char **names;
	size_t n;
};

struct watch {
	const struct watch_options *options;
	const char *program;
	char version[48]; /* of Go */
	const char *offsets_from;
	const char *why; /* what only counts are there for; NULL: all is there */
	struct error limits;

	/* Exact counts. */
	uint64_t calls; /* the program's, while it was watched */
	uint64_t runtime_calls;
	bool from_start; /* the program was started here */
	bool at_exit;	 /* the counts are those at its end */
	bool ended;
	int status; /* as waitpid() has it */

	/* Time. */
	double seconds;
	double cpu_seconds;
	double on_seconds; /* with the probes on */
	double bare_ns; /* of CPU time a call, without them; NAN: no such block */
	double shares[CALLKIND_FUNCTION]; /* of the program's CPU time */
	double c_share;
	struct bpf_interrupts interrupts[CALLKIND_FUNCTION];
	struct bpf_interrupts interrupts_in_c;
	double interrupt_cost_ns; /* of each; NAN: not known */
	const char *event;
	uint64_t samples;
	struct estimate slowdown;
	struct estimate slowdown_wall;

	struct watch_cpu *cpus; /* most samples first */
	size_t ncpus;

	struct watch_function *functions; /* most time first */
	size_t nfunctions;
	struct calltimes times; /* of all calls that were timed */
	struct eachcall each;
	bool each_seen; /* these are all calls */

	struct watch_stack *stacks;
	size_t nstacks;

	struct watch_slow slow[SLOWPATHS];
	struct bpf_absence_sum off[BPF_STATES]; /* without a CPU, by state */
	struct bpf_counts counts;
	struct bpf_lost lost;
	uint64_t lost_total;
};

/**
 * watch_run() - watch a program until it ends, or until time is up
 * @watch: filled; watch_free() also after a failure
 *
 * The program goes on where time was up, or where a signal (SIGINT, SIGTERM) ended the
 * watch. Return: 0, or -1 with @err set.
 */
int watch_run(struct watch *watch, const struct watch_options *options,
	      struct error *err);
void watch_free(struct watch *watch);

#endif
