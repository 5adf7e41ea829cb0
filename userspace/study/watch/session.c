// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "elapsed.h"
#include "goruntime.h"
#include "interruptcost.h"

void session_attach(struct session *s, const char *file, bool from_start)
{
	const struct watch_options *o = s->options;
	size_t i;

	snprintf(s->watch->version, sizeof(s->watch->version), "%s",
		 s->image->version);
	s->watch->offsets_from = s->image->offsets_from;
	if (!s->probes)
		return;
	/*
	 * From now on its counts are read at its end, which may come before all is in
	 * place; and the cost of probing calls is measured with the target's offsets.
	 */
	if (from_start)
		probes_program(s->probes, s->image);
	else
		probes_process(s->probes, &s->process, s->is_program);
	if (o->stacks)
		return;
	for (i = 0; i < SLOWPATHS; i++)
		s->watch->slow[i].probed =
			probes_slow(s->probes, s->image, file, i);
	eachcall_begin(s->each, s->probes, s->image, file, s->pid,
		       !o->no_each_call);
	s->watch->each_seen = from_start;
}

void session_attach_binder(struct session *s)
{
	const size_t i = SLOWPATH_FIRST_CALL;
	struct goplace place;

	if (s->probes && !s->options->stacks &&
	    goprocess_binder(&s->process, &place))
		s->watch->slow[i].probed =
			probes_slow_at(s->probes, place.file, place.offset, i);
}

/* The program's file, if it is of Go itself. */
static int read_program(struct session *s, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0; /* what can be run may be unreadable */
	if (!goimage_is_go(fd)) {
		close(fd);
		return 0;
	}
	if (goruntime_open(s->image, fd, path, err))
		return -1;
	s->image_known = s->is_program = true;
	return 0;
}

static int open_probes(struct session *s, struct error *err)
{
	struct watch *w = s->watch;

	w->interrupt_cost_ns = NAN;

	if (s->options->counts_only) {
		w->why = "only counts were asked for";
		return 0;
	}
	s->probes = probes_open(s->pid, &w->limits);
	if (s->probes && !probes_start(s->probes, s->options->rate,
				       s->options->stacks, &w->limits)) {
		if (s->options->parts) {
			probes_split(s->probes);
			w->interrupt_cost_ns = interruptcost_ns();
		}
		if (s->always_on)
			probes_turn(s->probes, true);
		return 0;
	}
	probes_close(s->probes);
	s->probes = NULL;
	w->why = w->limits.text;
	/* Stacks are in the kernel alone. */
	if (s->options->stacks)
		return error_set(err, w->limits.code, "%s", w->limits.text);
	return 0;
}

static int start_command(struct session *s, struct error *err)
{
	char *const *argv = s->options->argv;
	int failed;

	s->path = child_path(argv[0], err);

	s->watch->program = argv[0];
	s->watch->from_start = true;
	failed = !s->path || read_program(s, s->path, err) ||
		 child_prepare(&s->child, argv, err);
	if (!failed) {
		s->pid = s->child.pid;
		failed = open_probes(s, err);
	}
	if (!failed && s->image_known)
		session_attach(s, s->path, true);
	return failed ? -1 : 0;
}

static int look_at_process(struct session *s, struct error *err)
{
	uint64_t calls;
	int rc;

	s->pid = s->options->pid;
	s->watch->program = "process";
	if (goprocess_find(s->pid, s->image, &s->process, err))
		return -1;
	rc = goprocess_calls(&s->process, &calls);
	if (rc == -EPERM)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"process %d: not permitted to read its memory: run as root, or as its user with /proc/sys/kernel/yama/ptrace_scope 0",
			s->pid);
	s->image_known = true;
	if (open_probes(s, err))
		return -1;
	session_attach(s, s->process.file, false);
	return 0;
}

/* Signals end the watch and not the program, which has none of them blocked. */
static int take_signals(struct session *s, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	s->process_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->signal_fd >= 0 && s->process_fd >= 0)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "process %d: cannot wait for its end: %s", s->pid,
			 strerror(errno));
}

int session_begin(struct session *s, struct watch *watch,
		  const struct watch_options *options, struct error *err)
{
	*s = (struct session){.options = options,
			      .watch = watch,
			      .always_on = options->stacks || options->parts,
			      .child = {.go = -1, .failed = -1},
			      .process_fd = -1,
			      .signal_fd = -1};
	s->image = calloc(1, sizeof(*s->image));
	s->each = calloc(1, sizeof(*s->each));
	s->names = calloc(1, sizeof(*s->names));
	s->slices = calloc(1, sizeof(*s->slices));
	if (!s->image || !s->each || !s->names || !s->slices)
		return error_set(err, EXIT_IMPOSSIBLE, "watch: out of memory");
	s->image->fd = -1;
	if (options->stream && !(s->stream = fopen(options->stream, "we")))
		return error_set(err, EXIT_USAGE, "%s: cannot write: %s",
				 options->stream, strerror(errno));
	callnames_begin(s->names, &s->process);
	s->process.image = s->image;
	if (options->argv ? start_command(s, err) : look_at_process(s, err))
		return -1;
	if (take_signals(s, err))
		return -1;
	s->began = elapsed();
	return options->argv ? child_start(&s->child, options->argv[0], err)
			     : 0;
}

void session_end(struct session *s)
{
	child_abandon(&s->child);
	probes_close(s->probes);
	if (s->names)
		callnames_end(s->names);
	if (s->image)
		goimage_close(s->image);
	if (s->stream)
		fclose(s->stream);
	if (s->process_fd >= 0)
		close(s->process_fd);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	free(s->path);
	free(s->image);
	free(s->each);
	free(s->names);
	free(s->slices);
}
