/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_PROBES_H
#define SWC_WATCH_PROBES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpfshared.h"
#include "goprocess.h"
#include "slowpath.h"

/*
 * The programs and maps that watch a process from inside the kernel (watch.bpf.c). All
 * of them end with the command, however that ends.
 */
struct probes;

/*
 * probes_open() - load the programs. Return: NULL with @err set: what is missing here.
 */
struct probes *probes_open(pid_t pid, struct error *err);
void probes_close(struct probes *probes);

/*
 * probes_program() - the program that the process will execute, before it does: its
 * counts are read at its end from then on.
 */
void probes_program(struct probes *probes, const struct goimage *image);

/* probes_process() - the process, where its runtime is loaded now. */
void probes_process(struct probes *probes, const struct goprocess *process,
		    bool is_program);

/**
 * probes_start() - begin to sample and to look at the scheduler
 * @rate: samples a second on each CPU
 * @stacks: keep each sample's stack, in place of what watch needs
 * @err: set on failure
 */
int probes_start(struct probes *probes, unsigned int rate, bool stacks,
		 struct error *err);

/* probes_split() - keep the parts of each timed call's time, from now on. */
void probes_split(struct probes *probes);

/* probes_event() - what samples: "cycles", or "cpu-clock" where there is no PMU. */
const char *probes_event(const struct probes *probes);

/* probes_turn() - on or off, for a comparison. */
void probes_turn(struct probes *probes, bool on);

/* probes_scheduler() - likewise, with samples as they are. */
void probes_scheduler(struct probes *probes, bool on);

/* probes_slow() - probe slow path @i of the program; false: it has none. */
bool probes_slow(struct probes *probes, const struct goimage *image,
		 const char *file, size_t i);
/* probes_slow_at() - probe slow path @i at a place in a file; false: refused. */
bool probes_slow_at(struct probes *probes, const char *file, uint64_t offset,
		    size_t i);
void probes_slow_end(struct probes *probes, size_t i);

/* A function whose each call is probed: addresses in its file. */
struct probed {
	const char *file;
	pid_t pid;
	uint64_t entry; /* where the kernel emulates what it replaces, before the body */
	uint32_t depth; /* by so much RSP is below the return address there */
	uint64_t returns[8];
	size_t nreturns;
};

/* probes_calls() - probe each call from now on. Return: false: refused. */
bool probes_calls(struct probes *probes, const struct probed *of);
void probes_calls_end(struct probes *probes);

/* probes_last() - the counts at the process's end. */
struct bpf_last probes_last(const struct probes *probes);
struct bpf_lost probes_lost(const struct probes *probes);
struct bpf_counts probes_counts(const struct probes *probes);

/*
 * probes_cpus() - samples in the program on each CPU, from number 0 on, @n of them; to be
 * freed. NULL: they can't be read.
 */
uint64_t *probes_cpus(const struct probes *probes, size_t *n);

/* The kernel's counts, each map with its key and value: see bpfshared.h. */
enum probes_map {
	PROBES_SAMPLES,	   /* struct bpf_sample_key: uint64_t */
	PROBES_ABSENCES,   /* struct bpf_absence_key: struct bpf_absence_sum */
	PROBES_INTERRUPTS, /* struct bpf_sample_key: struct bpf_interrupts */
	PROBES_SLOW,	   /* struct bpf_slow_key: uint64_t */
	PROBES_TIMES,	   /* struct bpf_call: struct bpf_times */
	PROBES_STACKS,	   /* struct bpf_stack_key: uint64_t */
};

/* probes_each() - call @visit with each key and its value. */
void probes_each(const struct probes *probes, enum probes_map map,
		 void (*visit)(void *data, const void *key, const void *value),
		 void *data);

/* probes_forget() - empty a map. */
void probes_forget(struct probes *probes, enum probes_map map);

/* probes_forget_time() - samples, interrupts, absences and the counts of these so far. */
void probes_forget_time(struct probes *probes);

#endif
