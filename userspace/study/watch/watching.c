// SPDX-License-Identifier: GPL-2.0
#include "watching.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "elapsed.h"
#include "engine/freestanding.h"
#include "findings.h"
#include "session.h"
#include "stacks.h"

/* The probes are on or off for so long. */
#define BLOCK_NS 20000000l

/* Pairs of blocks in a slice, until slices are merged. */
#define PAIRS 5

/* While it isn't known whether that is too much, it is looked at so often. */
#define GLANCE_NS 4000000l

/* Until the runtime is to be seen in the program. */
#define START_NS 1000000l

/* A program's start takes milliseconds, on a busy machine a hundred of them. */
#define START_LOOKS 500

static const struct timespec *timespec_of(struct timespec *t, long ns)
{
	*t = (struct timespec){.tv_sec = ns / 1000000000,
			       .tv_nsec = ns % 1000000000};
	return t;
}

/* Wait. Return: false: the program has ended, or time is up, or a signal came. */
static bool wait_for(struct session *s, long ns)
{
	struct pollfd fds[] = {{.fd = s->process_fd, .events = POLLIN},
			       {.fd = s->signal_fd, .events = POLLIN}};
	struct timespec t;

	if (ppoll(fds, 2, timespec_of(&t, ns), NULL) > 0) {
		s->watch->ended = fds[0].revents;
		s->over = true;
	}
	if (s->options->time_limit > 0 &&
	    elapsed() - s->began > s->options->time_limit)
		s->over = true;
	return !s->over;
}

static void read_cpu(struct session *s)
{
	clockid_t clock = (clockid_t)((~(unsigned int)s->pid << 3) | 2);
	struct timespec t;

	if (!clock_gettime(clock, &t))
		s->cpu_ns = (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Read the program's progress: its calls, its CPU time, and the time elapsed. */
static void read_meter(struct session *s, struct progress *now)
{
	uint64_t calls;

	read_cpu(s);
	/* Once in a while a list that changes can't be read: the last value stays. */
	if (!goprocess_calls(&s->process, &calls) && calls >= s->calls) {
		s->calls = calls;
		s->read_at = elapsed();
	}
	*now = (struct progress){.calls = (double)s->calls,
				 .cpu_ns = s->cpu_ns,
				 .wall_ns = elapsed() * 1e9};
}

/* The program's time since it is watched, of CPUs or of the clock. */
static double program_ns(const struct session *s)
{
	return fmax(s->cpu_ns - s->cpu_before, (elapsed() - s->began) * 1e9);
}

/* Calls that are timed in windows only need no scheduler between these. */
static void judge(struct session *s)
{
	struct progress now;

	if (!s->probes)
		return;
	if (s->each->mode == EACHCALL_ALL) {
		read_meter(s, &now);
		eachcall_judge(s->each, s->calls - s->calls_before,
			       program_ns(s));
		s->spoilt = s->each->mode != EACHCALL_ALL;
	}
	if (s->each->mode != EACHCALL_ALL)
		s->always_on = s->options->stacks;
}

/* Let a block pass; at first, with an eye on what the probes cost. */
static bool pass(struct session *s, long ns)
{
	while (s->each->open && s->each->mode == EACHCALL_ALL &&
	       ns > GLANCE_NS && elapsed() - s->began < 1) {
		if (!wait_for(s, GLANCE_NS))
			return false;
		judge(s);
		ns -= GLANCE_NS;
	}
	return wait_for(s, ns);
}

static void progress_add(struct progress *sum, const struct progress *from,
			 const struct progress *to)
{
	sum->calls += to->calls - from->calls;
	sum->cpu_ns += to->cpu_ns - from->cpu_ns;
	sum->wall_ns += to->wall_ns - from->wall_ns;
}

/* Measure one block, and add it to @sum; what is cut short doesn't count. */
static bool block(struct session *s, bool on, struct progress *sum)
{
	struct progress before, after;
	bool whole;

	if (s->probes)
		probes_turn(s->probes, on);
	read_meter(s, &before);
	whole = pass(s, BLOCK_NS);
	read_meter(s, &after);
	if (s->probes)
		probes_turn(s->probes, s->always_on);
	if (on)
		s->watch->on_seconds += (after.wall_ns - before.wall_ns) * 1e-9;
	if (!whole)
		return false;
	progress_add(sum, &before, &after);
	if (!on)
		progress_add(&s->bare, &before, &after);
	return true;
}

/* Each call was probed, and it was too much: what was seen until now is about probes. */
static void begin_again(struct session *s)
{
	s->spoilt = false;
	probes_turn(s->probes, false);
	probes_forget_time(s->probes);
	probes_turn(s->probes, s->always_on);
	memset(s->samples_before, 0, sizeof(s->samples_before));
	slices_begin_again(s->slices);
	s->bare = (struct progress){0};
	s->watch->on_seconds = 0;
}

/* A block of each kind, in an order that is drawn. */
static bool pair(struct session *s)
{
	struct progress done[2] = {0}; /* off, on */
	bool always = s->always_on, on = random() & 1, whole;

	whole = block(s, on || always, &done[on]);
	if (whole && !s->spoilt)
		whole = block(s, !on || always, &done[!on]);
	if (whole && s->spoilt) {
		begin_again(s);
		return true;
	}
	if (s->probes && !s->options->stacks &&
	    (!whole || ++s->pairs % PAIRS == 0))
		findings_take(s);
	if (whole) {
		if (!always)
			slices_pair(s->slices, &done[1], &done[0]);
		slices_tick(s->slices);
	}
	return whole;
}

/* Samples would find the probes of each call in it, so there are none. */
static bool window(struct session *s)
{
	struct progress before, after;
	bool whole;

	if (!s->probes || !eachcall_window(s->each, s->calls - s->calls_before,
					   s->cpu_ns - s->cpu_before))
		return true;
	read_meter(s, &before);
	probes_scheduler(s->probes, s->options->parts);
	whole = wait_for(s, EACHCALL_WINDOW_NS);
	read_meter(s, &after);
	probes_scheduler(s->probes, s->always_on);
	eachcall_close(s->each, s->calls - s->calls_before);
	if (s->options->parts)
		s->watch->on_seconds += (after.wall_ns - before.wall_ns) * 1e-9;
	return whole;
}

static void stream_line(const struct session *s, const struct watch_glance *g)
{
	fprintf(s->stream,
		"{\"seconds\": %.3f, \"calls\": %llu, \"calls_per_second\": %.0f, \"cpu_seconds\": %.3f}\n",
		g->seconds, (unsigned long long)g->calls, g->calls_per_second,
		g->cpu_seconds);
	fflush(s->stream);
}

/* Once a second: a line for the stream, and a glance for whom it is shown to. */
static void look_up(struct session *s)
{
	const struct watch_view *view = &s->options->view;
	struct watch_glance g = {0};
	double now = elapsed();

	if ((!s->stream && !view->show) || now - s->streamed < 1)
		return;
	g.seconds = now - s->began;
	g.cpu_seconds = (s->cpu_ns - s->cpu_before) * 1e-9;
	g.calls = s->calls - s->calls_before;
	g.calls_per_second =
		(double)(s->calls - s->calls_streamed) / (now - s->streamed);
	if (s->stream)
		stream_line(s, &g);
	if (view->show) {
		findings_glance(s, &g);
		view->show(view->context, &g);
	}
	s->streamed = now;
	s->calls_streamed = s->calls;
}

/* Watch a program whose runtime has been found, until it is over. */
static void follow(struct session *s)
{
	struct progress now;

	read_meter(s, &now);
	if (!s->watch->from_start) {
		s->calls_before = s->calls;
		s->cpu_before = s->cpu_ns;
	}
	if (!s->watch->each_seen)
		eachcall_late(s->each, s->calls - s->calls_before);
	s->calls_streamed = s->calls_before;
	s->streamed = s->began;
	while (pair(s) && window(s)) {
		judge(s);
		if (s->probes)
			findings_check_slow(s);
		look_up(s);
	}
}

/*
 * The program's own code runs once the runtime has its first thread; then the dynamic
 * linker is ready, too. A runtime whose threads can't be read isn't waited for.
 */
static bool wait_for_start(struct session *s)
{
	uint64_t calls;
	int i;

	for (i = 0; i < START_LOOKS && goprocess_calls(&s->process, &calls);
	     i++)
		if (!wait_for(s, START_NS))
			return false;
	session_attach_binder(s);
	return true;
}

/* Wait until the runtime is there. Return: false: the program is over before. */
static bool find_runtime(struct session *s)
{
	struct error none = {0};

	while (!s->image_known ||
	       !goprocess_locate(s->pid, s->image, &s->process)) {
		if (!s->image_known && ++s->looked % 8 == 0 &&
		    !goprocess_find(s->pid, s->image, &s->process, &none)) {
			s->image_known = true;
			session_attach(s, s->process.file, false);
			break;
		}
		if (!wait_for(s, START_NS))
			return false;
	}
	if (s->probes)
		probes_process(s->probes, &s->process, s->is_program);
	if (!wait_for_start(s))
		return false;
	if (s->options->stacks)
		callnames_libraries(s->names);
	return true;
}

/* Reap a program of one's own, and read what the kernel has read at its end. */
static void end(struct session *s)
{
	struct watch *w = s->watch;
	struct bpf_last last = {0};
	uint64_t total = s->calls;

	/* A process that has ended and isn't reaped still has its clock. */
	read_cpu(s);
	if (w->ended && s->child.pid > 0)
		waitpid(s->child.pid, &w->status, 0);
	if (s->probes)
		last = probes_last(s->probes);
	if (w->ended && last.seen && last.calls >= total) {
		total = last.calls;
		w->at_exit = true;
	}
	eachcall_close(s->each, total - s->calls_before);
	w->calls = total - s->calls_before;
	/*
	 * runtime.main calls _cgo_notify_runtime_init_done before it calls main: the
	 * one call that every program with cgo makes and none of its own.
	 */
	w->runtime_calls = w->from_start && w->calls;
	w->calls -= w->runtime_calls;
	w->seconds = elapsed() - s->began;
	if (s->always_on)
		w->on_seconds = w->seconds;
	w->cpu_seconds = (s->cpu_ns - s->cpu_before) * 1e-9;
	w->bare_ns = s->bare.calls > 0 ? s->bare.cpu_ns / s->bare.calls : NAN;
}

int watch_run(struct watch *w, const struct watch_options *options,
	      struct error *err)
{
	struct session s;
	int failed;

	*w = (struct watch){.options = options};
	failed = session_begin(&s, w, options, err);
	if (!failed) {
		s.slices->each = PAIRS;
		if (find_runtime(&s))
			follow(&s);
		end(&s);
		failed = !s.image_known &&
			 error_set(err, EXIT_USAGE,
				   "%s: no Go runtime was to be seen in it: "
				   "name a program that is written in Go",
				   w->program);
	}
	if (!failed && !s.read_at && !w->at_exit)
		failed = error_set(
			err, EXIT_IMPOSSIBLE,
			"%s: it ended before its calls could be counted: let it run longer, or name the Go program itself",
			w->program);
	if (!failed)
		failed = findings_make(&s, err);
	session_end(&s);
	return failed ? -1 : 0;
}

void watch_free(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->nfunctions; i++) {
		free((char *)w->functions[i].name);
		free((char *)w->functions[i].caller);
	}
	free(w->functions);
	free(w->cpus);
	stacks_free(w);
	*w = (struct watch){0};
}
