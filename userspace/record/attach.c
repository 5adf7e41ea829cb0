// SPDX-License-Identifier: GPL-2.0
#include "attach.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "breakpoint.h"
#include "control.h"
#include "mapped.h"
#include "stops.h"
#include "tracee.h"

/* Letting go may take so long; only a thread in an I/O error does. */
#define RELEASE_TIMEOUT_S 5.0

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

struct status {
	char state;
	int group; /* the process that this is a thread of */
	int tracer;
};

static int read_status(pid_t pid, struct status *status)
{
	char path[64], line[256];
	FILE *f;

	*status = (struct status){0};
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "State: %c", &status->state);
		sscanf(line, "Tgid: %d", &status->group);
		sscanf(line, "TracerPid: %d", &status->tracer);
	}
	fclose(f);
	return status->group ? 0 : -1;
}

static bool is_kernel_thread(pid_t pid)
{
	char path[64], line[1024];
	unsigned int flags = 0;
	const char *after;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	/* The name, in parentheses, may hold anything: count from its end. */
	if (fgets(line, sizeof(line), f) && (after = strrchr(line, ')')))
		sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %u", &flags);
	fclose(f);
	return flags & PF_KTHREAD;
}

static void read_name(pid_t pid, char *name, size_t bytes)
{
	char path[64], target[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	mapped_undeleted(target);
	slash = strrchr(target, '/');
	if (slash)
		snprintf(name, bytes, "%.*s", (int)bytes - 1, slash + 1);
	else
		snprintf(name, bytes, "process %d", pid);
}

int attach_check(pid_t pid, char *name, size_t bytes, struct error *err)
{
	struct status status;

	if (read_status(pid, &status))
		return error_set(
			err, EXIT_USAGE,
			"process %d: no such process; check the number with ps",
			pid);
	if (status.group != pid)
		return error_set(
			err, EXIT_USAGE,
			"process %d: only a thread of process %d; name that",
			pid, status.group);
	if (is_kernel_thread(pid))
		return error_set(
			err, EXIT_USAGE,
			"process %d: a thread of the kernel; name a program's",
			pid);
	if (status.state == 'Z' || status.state == 'X')
		return error_set(err, EXIT_USAGE,
				 "process %d: it has ended; name one that runs",
				 pid);
	if (status.tracer)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"process %d: process %d traces it already; end that first",
			pid, status.tracer);
	read_name(pid, name, bytes);
	return 0;
}

int attach_refused(struct tracee *t, struct error *err)
{
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"%s: not permitted to trace process %d; run as its user, set /proc/sys/kernel/yama/ptrace_scope to 0, or run with CAP_SYS_PTRACE",
		t->name, t->pid);
}

static int seize(struct tracee *t, pid_t tid, long options, struct error *err)
{
	if (threads_find(&t->threads, tid))
		return 0;
	if (!ptrace(PTRACE_SEIZE, tid, 0, options))
		return threads_add(&t->threads, tid, err) ? 1 : -1;
	if (errno == ESRCH && tid != t->pid)
		return 0; /* it has ended meanwhile */
	if (errno == EPERM && tid != t->pid)
		return 0; /* a new thread of a seized one: it reports itself */
	if (errno == EPERM)
		return attach_refused(t, err);
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%s: cannot trace process %d: %s", t->name, tid,
			 strerror(errno));
}

int attach_seize(struct tracee *t, long options, struct error *err)
{
	char path[64];
	struct dirent *entry;
	int added = 1, result = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", t->pid);
	/* The first thread first: why it can't be seized holds for the process. */
	if (seize(t, t->pid, options, err) < 0)
		return -1;
	/* Threads that were not yet seized may have made more threads. */
	while (added) {
		added = 0;
		directory = opendir(path);
		if (!directory)
			return tracee_failed(t, "list its threads", err);
		while (!result && (entry = readdir(directory))) {
			if (*entry->d_name == '.')
				continue;
			result = seize(t, atoi(entry->d_name), options, err);
			added += result > 0;
			result = result < 0 ? -1 : 0;
		}
		closedir(directory);
		if (result)
			return -1;
	}
	return 0;
}

int attach_pin(struct tracee *t, int cpu, struct error *err)
{
	cpu_set_t one;
	size_t i;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	for (i = 0; i < t->threads.n; i++) {
		struct thread *thread = &t->threads.list[i];

		if (sched_getaffinity(thread->tid, sizeof(thread->cpus),
				      &thread->cpus))
			continue; /* it is exiting */
		thread->pinned = true;
		if (sched_setaffinity(thread->tid, sizeof(one), &one) &&
		    errno != ESRCH)
			return error_set(
				err, EXIT_USAGE,
				"%s: cannot let it run on CPU %d: %s; choose one of its own with --cpu",
				t->name, cpu, strerror(errno));
	}
	return 0;
}

void attach_release(struct tracee *t)
{
	struct error ignored = {0};
	size_t i;

	/* Each step is worth doing even if the one before it failed. */
	t->ending = true;
	tracee_set_timeout(t, RELEASE_TIMEOUT_S);
	breakpoint_remove(t, &ignored);
	stops_freeze(t, &ignored);
	breakpoint_settle(&t->breakpoint);
	control_deliver_held(t, &ignored);
	for (i = 0; i < t->threads.n; i++) {
		struct thread *thread = &t->threads.list[i];

		if (thread->pinned)
			sched_setaffinity(thread->tid, sizeof(thread->cpus),
					  &thread->cpus);
		ptrace(PTRACE_DETACH, thread->tid, 0, thread->signal);
	}
}
