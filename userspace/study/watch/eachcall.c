// SPDX-License-Identifier: GPL-2.0
#include "eachcall.h"

#include <link.h>
#include <math.h>
#include <time.h>
#include <unistd.h>

#include "decode.h"
#include "gocode.h"

/*
 * A probe's cost is found on this loop of calls. Two instructions are probed in each,
 * as in a program's call: PUSH RBP, which the kernel emulates as it does jumps, and RET,
 * which it steps. What is stepped at the entry would be part of the call's time: 9 us on a
 * guest where a step is a way into the hypervisor and back.
 */
void swc_probed_loop(uint64_t n, const void *g, const void *function);
extern const char swc_probed[], swc_probed_return[];

__asm__(".text\n"
	".globl swc_probed, swc_probed_return, swc_probed_loop\n"
	".type swc_probed_loop, @function\n"
	"swc_probed:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	pop %rbp\n"
	"swc_probed_return:\n"
	"	ret\n"
	"swc_probed_loop:\n"
	"	push %r14\n"
	"	mov %rsi, %r14\n"
	"1:	xor %eax, %eax\n"
	"	call *%rdx\n"
	"	dec %rdi\n"
	"	jnz 1b\n"
	"	pop %r14\n"
	"	ret\n"
	".size swc_probed_loop, . - swc_probed_loop\n");

/* So many calls say nothing yet about how often a program calls. */
#define FIRST_CALLS 50

/* Short enough to be done before something else gets the CPU, most times. */
#define CALIBRATION_CALLS 100
#define CALIBRATION_TURNS 40

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Turn an address of the command's own into an offset in its file. */
static int file_offset(struct dl_phdr_info *info, size_t size, void *data)
{
	uint64_t *address = data;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && *address >= start &&
		    *address < start + p->p_filesz) {
			*address += p->p_offset - start;
			return 1;
		}
	}
	return 1; /* the program is the first: look no further */
}

/* The start of a bucket, and its width, in nanoseconds. */
static double bucket_start(unsigned int bucket, double *width)
{
	unsigned int octave = bucket / BPF_PER_OCTAVE;

	*width = 1;
	if (!octave)
		return bucket;
	*width = ldexp(1, (int)octave - 1);
	return ldexp(BPF_PER_OCTAVE + bucket % BPF_PER_OCTAVE, (int)octave - 1);
}

static double quantile(const struct bpf_times *times, double q)
{
	double wanted = q * (double)times->calls, seen = 0, start, width;
	unsigned int i;

	for (i = 0; i < BPF_BUCKETS; i++) {
		if (times->buckets[i] && seen + times->buckets[i] >= wanted) {
			start = bucket_start(i, &width);
			return start +
			       width * (wanted - seen) / times->buckets[i];
		}
		seen += times->buckets[i];
	}
	return NAN;
}

static void add_times(void *data, const void *key, const void *value)
{
	const struct bpf_times *times = value;
	struct bpf_times *sum = data;
	unsigned int i;

	(void)key;
	sum->calls += times->calls;
	for (i = 0; i < BPF_BUCKETS; i++)
		sum->buckets[i] += times->buckets[i];
}

/* The least of some, since neighbours only ever add to it. */
static double loop_ns(const void *g, const void *function)
{
	double least = INFINITY, begin, took;
	int i;

	for (i = 0; i < CALIBRATION_TURNS; i++) {
		begin = now_ns();
		swc_probed_loop(CALIBRATION_CALLS, g, function);
		took = now_ns() - begin;
		least = took < least ? took : least;
	}
	return least / CALIBRATION_CALLS;
}

static bool calibrate(struct eachcall *e)
{
	uint64_t entry = (uint64_t)(uintptr_t)swc_probed;
	uint64_t end = (uint64_t)(uintptr_t)swc_probed_return;
	struct bpf_times sum = {0};
	/* Stands for a goroutine, whose stack's end is read. */
	uint64_t g[512] = {0};
	struct probed own;
	double without;

	dl_iterate_phdr(file_offset, &entry);
	dl_iterate_phdr(file_offset, &end);
	own = (struct probed){.file = "/proc/self/exe",
			      .pid = getpid(),
			      .entry = entry,
			      .returns = {end},
			      .nreturns = 1};
	without = loop_ns(g, swc_probed);
	if (!probes_calls(e->probes, &own))
		return false;
	e->cost_ns = loop_ns(g, swc_probed) - without;
	probes_calls_end(e->probes);
	probes_each(e->probes, PROBES_TIMES, add_times, &sum);
	probes_forget(e->probes, PROBES_TIMES);
	if (!sum.calls || e->cost_ns <= 0)
		return false;
	e->added_ns = quantile(&sum, 0.5) - without;
	return e->added_ns > 0;
}

/*
 * runtime.cgocall begins with PUSH RBP, after a check of the stack's size that may come twice;
 * until Go 1.20 with SUB RSP, which makes room for RBP, and the next that the kernel emulates
 * is a jump: the first one, which isn't taken.
 */
static uint64_t find_entry(const struct goimage *image,
			   const struct gofunction *f, uint32_t *depth)
{
	uint8_t code[64];
	struct insn insn;
	size_t at = 0;

	if (!goimage_read(image, f->start, code, sizeof(code)))
		return 0;
	*depth = 0;
	while (at < sizeof(code) - 16 &&
	       !insn_decode(&insn, f->start + at, code + at,
			    sizeof(code) - at)) {
		if (insn.zydis.mnemonic == ZYDIS_MNEMONIC_PUSH ||
		    (*depth && insn.zydis.mnemonic == ZYDIS_MNEMONIC_JZ))
			return f->start + at;
		if (insn.zydis.mnemonic == ZYDIS_MNEMONIC_SUB)
			*depth = (uint32_t)insn.operands[1].imm.value.u;
		at += insn.zydis.length;
	}
	return 0;
}

static bool find_probed(struct probed *of, const struct goimage *image)
{
	const struct gofunction *f = goimage_function(image, "runtime.cgocall");
	size_t i;

	if (!f)
		return false;
	of->entry = find_entry(image, f, &of->depth);
	of->nreturns = gocode_returns(image, f, of->returns);
	if (!of->entry || !of->nreturns)
		return false;
	of->entry = goimage_file_offset(image, of->entry);
	for (i = 0; i < of->nreturns; i++)
		of->returns[i] = goimage_file_offset(image, of->returns[i]);
	return true;
}

void eachcall_begin(struct eachcall *e, struct probes *probes,
		    const struct goimage *image, const char *file, pid_t pid,
		    bool wanted)
{
	*e = (struct eachcall){.probes = probes,
			       .of = {.file = file, .pid = pid}};
	if (!wanted)
		e->why = "not asked for";
	else if (!find_probed(&e->of, image))
		e->why = "runtime.cgocall can't be decoded";
	else if (!calibrate(e))
		e->why = "the kernel refuses uprobes";
	else if (!probes_calls(probes, &e->of))
		e->why = "the kernel refuses uprobes on the program";
	else
		e->mode = EACHCALL_ALL, e->open = true;
}

/* Calls have cost so much since they were probed. */
static double cost_of(const struct eachcall *e, uint64_t calls)
{
	return (double)(calls - e->calls_at_opening) * e->cost_ns;
}

void eachcall_close(struct eachcall *e, uint64_t calls)
{
	double cost = cost_of(e, calls);

	if (!e->open)
		return;
	probes_calls_end(e->probes);
	e->open = false;
	e->spent_ns += cost;
	if (e->mode == EACHCALL_WINDOWS)
		e->dearest_ns = fmax(e->dearest_ns, cost);
}

/* The next window costs as much as one thread that calls all the time in it, or as others did. */
static double window_cost(const struct eachcall *e, double call_ns)
{
	double all = EACHCALL_WINDOW_NS * e->cost_ns / (e->cost_ns + call_ns);

	return fmax(e->dearest_ns, all);
}

void eachcall_judge(struct eachcall *e, uint64_t calls, double time_ns)
{
	/* A program's first calls may come before it has run for long. */
	double cost = cost_of(e, calls) - FIRST_CALLS * e->cost_ns;

	if (e->mode != EACHCALL_ALL || cost <= EACHCALL_MOST * time_ns)
		return;
	eachcall_close(e, calls);
	probes_forget(e->probes, PROBES_TIMES);
	e->mode = EACHCALL_WINDOWS;
}

bool eachcall_window(struct eachcall *e, uint64_t calls, double time_ns)
{
	double call_ns = time_ns / (double)calls;

	if (e->mode != EACHCALL_WINDOWS || !calls)
		return false;
	/*
	 * The lesser part of a call's time may be taken off it. The program pays more than that,
	 * before and after, 10 us on one Zen 5 guest: windows are as rare as that asks for.
	 */
	if (e->added_ns > 0.5 * call_ns) {
		e->why =
			"the probes add half as much to a call as it takes, or more";
		return false;
	}
	e->why = NULL;
	if (e->spent_ns + window_cost(e, call_ns) > EACHCALL_MOST * time_ns)
		return false;
	e->calls_at_opening = calls;
	e->open = probes_calls(e->probes, &e->of);
	return e->open;
}

struct calltimes calltimes_of(const struct bpf_times *times, double added_ns)
{
	if (!times->calls)
		return (struct calltimes){.mean = NAN,
					  .p50 = NAN,
					  .p95 = NAN,
					  .p99 = NAN,
					  .longest = NAN};
	return (struct calltimes){
		.begun = times->begun,
		.calls = times->calls,
		.mean = fmax(0, (double)times->ns / (double)times->calls -
					added_ns),
		.p50 = fmax(0, quantile(times, 0.5) - added_ns),
		.p95 = fmax(0, quantile(times, 0.95) - added_ns),
		.p99 = fmax(0, quantile(times, 0.99) - added_ns),
		.longest = fmax(0, (double)times->longest - added_ns),
	};
}
