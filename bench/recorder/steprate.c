// SPDX-License-Identifier: GPL-2.0
/*
 * How fast the recorder steps, beside the least that stepping takes: resuming a
 * thread for one instruction and waiting for it, without and with a look at its
 * registers. All three step through the same function of the same process, in
 * turns of random order, so that what else the machine does hits all alike.
 */
#include <argp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "code.h"
#include "control.h"
#include "interrupt.h"
#include "stream.h"
#include "symbols.h"
#include "tracee.h"
#include "tracing.h"

#define ROUNDS	  60
#define TIMEOUT_S 30.0

/* The recorder has to reach at least this share of the bare rate. */
#define WANTED 0.85

enum arm { BARE, REGISTERS, RECORDER, ARMS };

static const char *const names[ARMS] = {
	[BARE] = "bare step",
	[REGISTERS] = "step and registers",
	[RECORDER] = "recorder",
};

static volatile int memory[1024];

/* Some 4000 instructions: loads, stores, branches, calls. */
static __attribute__((noinline, noclone)) int leaf(int i)
{
	return memory[i & 1023] + 1;
}

static __attribute__((noinline, noclone)) void work(void)
{
	int i;

	for (i = 0; i < 300; i++)
		memory[7 * i & 1023] = leaf(i);
}

struct bench {
	struct tracee tracee;
	struct symbols *symbols;
	struct code code;
	struct stream stream;
	double seconds[ARMS];
	size_t steps[ARMS];
	size_t length; /* steps of one call */
};

static int step_bare(pid_t tid, size_t steps, bool registers, struct error *err)
{
	struct user_regs_struct regs;
	int status;

	while (steps--)
		if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) ||
		    TEMP_FAILURE_RETRY(waitpid(tid, &status, __WALL)) != tid ||
		    !WIFSTOPPED(status) ||
		    (registers && ptrace(PTRACE_GETREGS, tid, 0, &regs)))
			return error_set(err, EXIT_IMPOSSIBLE,
					 "steprate: the process is gone");
	return 0;
}

static int turn(struct bench *b, enum arm arm, struct error *err)
{
	struct stream_goal goal = {0};
	pid_t tid;
	double begun;

	tracee_set_timeout(&b->tracee, TIMEOUT_S);
	if (control_run_to(&b->tracee, (uint64_t)(uintptr_t)work, "work", 0,
			   &tid, err) ||
	    tracee_registers(&b->tracee, tid, &goal.entry, err))
		return -1;
	goal.tid = tid;
	begun = interrupt_now();
	if (arm == RECORDER ? stream_follow(&b->stream, &b->code, &b->tracee,
					    &goal, err)
			    : step_bare(tid, b->length, arm == REGISTERS, err))
		return -1;
	b->seconds[arm] += interrupt_now() - begun;
	if (arm == RECORDER)
		b->length = b->stream.nsteps;
	b->steps[arm] += b->length;
	return 0;
}

static int measure(struct bench *b, struct error *err)
{
	enum arm order[ARMS] = {BARE, REGISTERS, RECORDER}, swap;
	int round, i, k;

	/* Not counted: it finds out the length, and decodes each instruction. */
	if (turn(b, RECORDER, err))
		return -1;
	b->seconds[RECORDER] = 0;
	b->steps[RECORDER] = 0;
	for (round = 0; round < ROUNDS; round++) {
		for (i = ARMS - 1; i > 0; i--) {
			k = rand() % (i + 1);
			swap = order[i];
			order[i] = order[k];
			order[k] = swap;
		}
		for (i = 0; i < ARMS; i++)
			if (turn(b, order[i], err))
				return -1;
	}
	return 0;
}

/* Reads the symbols that its code is compared with, as a recording does. */
static int read_symbols(struct bench *b, struct error *err)
{
	uint64_t entry;

	if (tracee_entry(&b->tracee, &entry, err))
		return -1;
	b->symbols = symbols_open(b->tracee.pid, b->tracee.name, entry, err);
	b->tracee.symbols = b->symbols;
	return b->symbols ? 0 : -1;
}

static double rate(const struct bench *b, enum arm arm)
{
	return (double)b->steps[arm] / b->seconds[arm];
}

static int report(const struct bench *b)
{
	double share = rate(b, RECORDER) / rate(b, BARE);
	enum arm arm;

	printf("%-20s %10s %12s\n", "", "steps/s", "of bare");
	for (arm = 0; arm < ARMS; arm++)
		printf("%-20s %10.0f %12.3f\n", names[arm], rate(b, arm),
		       rate(b, arm) / rate(b, BARE));
	printf("%zu steps each; the recorder shall reach %.2f of bare: %s\n",
	       b->steps[RECORDER], WANTED, share < WANTED ? "no" : "yes");
	return share < WANTED ? EXIT_CHECK_FAILED : EXIT_DONE;
}

static int last_cpu(void)
{
	cpu_set_t allowed, one;
	int cpu = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return 0;
	while (cpu && !CPU_ISSET(cpu, &allowed))
		cpu--;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	return cpu;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.doc = "Compare the recorder's step rate with the bare one.",
	};
	struct bench b = {.tracee.memory = -1};
	struct error err = {0};
	int code = EXIT_IMPOSSIBLE;
	pid_t child;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	child = fork();
	if (!child)
		for (;;)
			work();
	if (child > 0 && !interrupt_begin(&err) &&
	    !tracing_open(&b.tracee, child, BREAKPOINT_AUTO, TIMEOUT_S, &err) &&
	    !read_symbols(&b, &err) &&
	    !tracing_attach(&b.tracee, last_cpu(), &err) && !measure(&b, &err))
		code = report(&b);
	else
		fprintf(stderr, "steprate: %s\n", err.text);
	tracing_end(&b.tracee);
	interrupt_end();
	if (child > 0)
		kill(child, SIGKILL);
	stream_free(&b.stream);
	code_free(&b.code);
	symbols_close(b.symbols);
	return code;
}
