// SPDX-License-Identifier: GPL-2.0
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "launch.h"

#define TRACE_OPTIONS \
	(PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

#define BREAKPOINT_BYTE 0xcc

/* How long a thread may run alone: one full tick at least. */
#define ALONE_TICKS 2

static int ptrace_failed(struct tracee *t, const char *what, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot %s: %s", t->name,
			 what, strerror(errno));
}

static struct tracee_thread *find_thread(struct tracee *t, pid_t tid)
{
	size_t i;

	for (i = 0; i < t->nthreads; i++)
		if (t->threads[i].tid == tid)
			return &t->threads[i];
	return NULL;
}

static struct tracee_thread *add_thread(struct tracee *t, pid_t tid,
					struct error *err)
{
	struct tracee_thread *thread = find_thread(t, tid), *threads;
	size_t capacity = t->capacity ? 2 * t->capacity : 16;

	if (thread)
		return thread;
	if (t->nthreads == t->capacity) {
		threads = realloc(t->threads, capacity * sizeof(*threads));
		if (!threads) {
			error_set(err, EXIT_IMPOSSIBLE,
				  "%s: out of memory for %zu threads", t->name,
				  capacity);
			return NULL;
		}
		t->threads = threads;
		t->capacity = capacity;
	}
	thread = &t->threads[t->nthreads++];
	*thread = (struct tracee_thread){.tid = tid};
	return thread;
}

static void drop_thread(struct tracee *t, pid_t tid)
{
	struct tracee_thread *thread = find_thread(t, tid);

	if (thread)
		*thread = t->threads[--t->nthreads];
}

static int died(struct tracee *t, int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return error_set(
			err, EXIT_USAGE,
			"%s: killed by signal %d (%s) during the recording; run it alone to see why",
			t->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return error_set(
		err, EXIT_USAGE,
		"%s: exited with status %d during the recording; run it alone to see why",
		t->name, WEXITSTATUS(status));
}

/*
 * Wait for @tid, or for any thread if it is -1. Return: the thread that
 * reported, 0 when only a tick passed, -1 with @err set.
 */
static pid_t wait_thread(struct tracee *t, pid_t tid, int *status,
			 const char *what, struct error *err)
{
	pid_t got = waitpid(tid, status, __WALL);

	if (got > 0)
		return got;
	if (errno != EINTR)
		return error_set(err, EXIT_USAGE,
				 "%s: ended before %s; run it alone to see why",
				 t->name, what);
	return interrupt_check(t->name, what, t->deadline, err);
}

static int event_of(int status)
{
	return status >> 16;
}

static int add_cloned(struct tracee *t, pid_t parent, struct error *err)
{
	unsigned long tid;

	if (ptrace(PTRACE_GETEVENTMSG, parent, 0, &tid))
		return 0; /* the parent has died meanwhile */
	return add_thread(t, (pid_t)tid, err) ? 0 : -1;
}

/*
 * Step back onto the breakpoint if that is what stopped @tid. Return: 1 it was,
 * 0 it was something else, -1 with @err set.
 */
static int rewind_breakpoint(struct tracee *t, pid_t tid, int status,
			     struct error *err)
{
	struct user_regs_struct regs;

	if (!t->planted || event_of(status) || WSTOPSIG(status) != SIGTRAP)
		return 0;
	if (tracee_registers(t, tid, &regs, err))
		return -1;
	if (regs.rip != t->breakpoint + 1)
		return 0;
	regs.rip = t->breakpoint;
	if (ptrace(PTRACE_SETREGS, tid, 0, &regs))
		return ptrace_failed(t, "set registers", err);
	return 1;
}

static int executed(struct tracee *t, struct error *err)
{
	return error_set(
		err, EXIT_USAGE,
		"%s: executed another program during the recording; record that program itself",
		t->name);
}

/*
 * A thread that shall run has reported: keep it running. Return: 1 it is at the
 * breakpoint and stays stopped, 0 it runs or is gone, -1 with @err set.
 */
static int keep_running(struct tracee *t, pid_t tid, int status,
			struct error *err)
{
	struct tracee_thread *thread;
	int hit, signal = 0;

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop_thread(t, tid);
		return tid == t->pid ? died(t, status, err) : 0;
	}
	thread = add_thread(t, tid, err);
	if (!thread)
		return -1;
	thread->stopped = true;
	hit = rewind_breakpoint(t, tid, status, err);
	if (hit)
		return hit;
	switch (event_of(status)) {
	case PTRACE_EVENT_EXEC:
		return executed(t, err);
	case PTRACE_EVENT_CLONE:
		if (add_cloned(t, tid, err))
			return -1;
		thread = find_thread(t, tid); /* the table may have moved */
		break;
	case PTRACE_EVENT_STOP:
		thread->stopped = false;
		/* A stopped job must stay stopped, and hear of its end. */
		ptrace(WSTOPSIG(status) == SIGTRAP ? PTRACE_CONT
						   : PTRACE_LISTEN,
		       tid, 0, 0);
		return 0;
	default:
		signal = WSTOPSIG(status);
		break;
	}
	thread->stopped = false;
	ptrace(PTRACE_CONT, tid, 0, signal);
	return 0;
}

/* Wait for the stop of a thread that was told to. */
static int wait_frozen(struct tracee *t, pid_t tid, struct error *err)
{
	struct tracee_thread *thread;
	pid_t got;
	int status, hit;

	do {
		got = wait_thread(t, tid, &status, "a stop of all threads",
				  err);
	} while (!got);
	if (got < 0)
		return -1;
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop_thread(t, tid);
		return tid == t->pid ? died(t, status, err) : 0;
	}
	if (event_of(status) == PTRACE_EVENT_EXEC)
		return executed(t, err);
	if (event_of(status) == PTRACE_EVENT_CLONE && add_cloned(t, tid, err))
		return -1;
	hit = rewind_breakpoint(t, tid, status, err);
	if (hit < 0)
		return -1;
	thread = find_thread(t, tid);
	if (!thread)
		return 0;
	thread->stopped = true;
	if (!hit && !event_of(status))
		thread->signal = WSTOPSIG(status);
	return 0;
}

static struct tracee_thread *any_running(struct tracee *t)
{
	size_t i;

	for (i = 0; i < t->nthreads; i++)
		if (!t->threads[i].stopped)
			return &t->threads[i];
	return NULL;
}

/* Stop all threads; those that they clone meanwhile, too. */
static int freeze(struct tracee *t, struct error *err)
{
	struct tracee_thread *thread;

	while ((thread = any_running(t))) {
		/* Fails for one that is exiting; the wait will tell. */
		ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
		if (wait_frozen(t, thread->tid, err))
			return -1;
	}
	return 0;
}

/* Let all threads but @except run, with the signals that were kept for them. */
static void thaw(struct tracee *t, pid_t except)
{
	size_t i;

	for (i = 0; i < t->nthreads; i++) {
		struct tracee_thread *thread = &t->threads[i];

		if (!thread->stopped || thread->tid == except)
			continue;
		thread->stopped = false;
		ptrace(PTRACE_CONT, thread->tid, 0, thread->signal);
		thread->signal = 0;
	}
}

static int poke(struct tracee *t, uint64_t address, uint8_t byte,
		struct error *err)
{
	if (pwrite(t->memory, &byte, 1, (off_t)address) != 1)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: cannot write at 0x%" PRIx64 ": %s",
				 t->name, address, strerror(errno));
	return 0;
}

static int plant(struct tracee *t, uint64_t address, struct error *err)
{
	if (tracee_read(t, address, &t->replaced, 1, err) ||
	    poke(t, address, BREAKPOINT_BYTE, err))
		return -1;
	t->breakpoint = address;
	t->planted = true;
	return 0;
}

static int unplant(struct tracee *t, struct error *err)
{
	if (!t->planted)
		return 0;
	t->planted = false;
	return poke(t, t->breakpoint, t->replaced, err);
}

/* Send the held signals again, now that the thread may handle them. */
static void deliver_held(struct tracee *t)
{
	int signal;

	for (signal = 1; t->held && signal < 64; signal++)
		if (t->held >> signal & 1)
			syscall(SYS_tgkill, t->pid, t->held_for, signal);
	t->held = 0;
}

/* Let one thread run, the others stay frozen. */
static void thaw_one(struct tracee *t, pid_t tid)
{
	struct tracee_thread *thread = find_thread(t, tid);

	if (!thread)
		return;
	thread->stopped = false;
	ptrace(PTRACE_CONT, tid, 0, thread->signal);
	thread->signal = 0;
}

int tracee_run_to(struct tracee *t, uint64_t address, const char *what,
		  pid_t alone, pid_t *tid, struct error *err)
{
	unsigned int patience = find_thread(t, alone) ? ALONE_TICKS : 0;
	int status, hit = 0;
	pid_t got;

	if (plant(t, address, err))
		return -1;
	deliver_held(t);
	if (patience)
		thaw_one(t, alone);
	else
		thaw(t, 0);
	while (!hit) {
		got = wait_thread(t, -1, &status, what, err);
		if (got < 0)
			return -1;
		if (got > 0)
			hit = keep_running(t, got, status, err);
		else if (patience && !--patience)
			thaw(t, 0);
	}
	if (hit < 0)
		return -1;
	*tid = got;
	if (freeze(t, err))
		return -1;
	return unplant(t, err);
}

/* A fault belongs to the instruction: holding it back would repeat it. */
static bool is_fault(pid_t tid, int signal)
{
	siginfo_t info;

	if (signal != SIGSEGV && signal != SIGBUS && signal != SIGFPE &&
	    signal != SIGILL)
		return false;
	return !ptrace(PTRACE_GETSIGINFO, tid, 0, &info) && info.si_code > 0;
}

/*
 * Judge a stop of the stepped thread. Return: 1 the step is complete, 0 it must
 * be resumed, -1 with @err set.
 */
static int judge_stop(struct tracee *t, pid_t tid, int status,
		      struct error *err)
{
	int signal = WSTOPSIG(status);

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop_thread(t, tid);
		return died(t, status, err);
	}
	switch (event_of(status)) {
	case 0:
		break;
	case PTRACE_EVENT_EXEC:
		return executed(t, err);
	case PTRACE_EVENT_CLONE:
		return add_cloned(t, tid, err);
	default:
		return 0;
	}
	if (signal == SIGTRAP)
		return 1;
	if (is_fault(tid, signal))
		return error_set(
			err, EXIT_USAGE,
			"%s: the recorded call faults (%s); record one that does not",
			t->name, strsignal(signal));
	t->held_for = tid;
	t->held |= 1ull << (signal & 63);
	return 0;
}

/*
 * The stepped thread blocks in the kernel, perhaps for what another thread has
 * to do: let them all run until it is back.
 */
static int wait_thawed(struct tracee *t, pid_t tid, int *status,
		       struct error *err)
{
	pid_t got;

	thaw(t, tid);
	do {
		got = wait_thread(t, -1, status, "the end of a system call",
				  err);
		if (got < 0)
			return -1;
		if (got > 0 && got != tid &&
		    keep_running(t, got, *status, err) < 0)
			return -1;
	} while (got != tid);
	return freeze(t, err);
}

/* Resume one thread until its step or its run is complete. */
static int resume(struct tracee *t, pid_t tid, enum __ptrace_request how,
		  bool may_block, struct error *err)
{
	int status, done;
	pid_t got;

	do {
		if (ptrace(how, tid, 0, 0))
			return ptrace_failed(t, "resume", err);
		do {
			got = wait_thread(t, tid, &status,
					  "the end of the call", err);
			if (got < 0)
				return -1;
			if (!got && may_block) {
				if (wait_thawed(t, tid, &status, err))
					return -1;
				got = tid;
			}
		} while (!got);
		done = judge_stop(t, tid, status, err);
	} while (!done);
	return done < 0 ? -1 : 0;
}

int tracee_step(struct tracee *t, pid_t tid, bool syscall,
		struct user_regs_struct *regs, struct error *err)
{
	if (resume(t, tid, PTRACE_SINGLESTEP, syscall, err))
		return -1;
	return tracee_registers(t, tid, regs, err);
}

int tracee_run_over(struct tracee *t, pid_t tid, uint64_t address,
		    struct user_regs_struct *regs, struct error *err)
{
	if (plant(t, address, err) || resume(t, tid, PTRACE_CONT, false, err) ||
	    unplant(t, err) || tracee_registers(t, tid, regs, err))
		return -1;
	if (regs->rip != address + 1)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: stopped at 0x%llx instead of 0x%" PRIx64,
				 t->name, regs->rip, address);
	regs->rip = address;
	if (ptrace(PTRACE_SETREGS, tid, 0, regs))
		return ptrace_failed(t, "set registers", err);
	return 0;
}

int tracee_registers(struct tracee *t, pid_t tid, struct user_regs_struct *regs,
		     struct error *err)
{
	if (ptrace(PTRACE_GETREGS, tid, 0, regs))
		return ptrace_failed(t, "read registers", err);
	return 0;
}

size_t tracee_read_some(struct tracee *t, uint64_t address, void *buffer,
			size_t bytes)
{
	ssize_t n = pread(t->memory, buffer, bytes, (off_t)address);

	return n > 0 ? (size_t)n : 0;
}

int tracee_read(struct tracee *t, uint64_t address, void *buffer, size_t bytes,
		struct error *err)
{
	if (tracee_read_some(t, address, buffer, bytes) != bytes)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: cannot read %zu bytes at 0x%" PRIx64,
				 t->name, bytes, address);
	return 0;
}

int tracee_read_word(struct tracee *t, uint64_t address, uint64_t *word,
		     struct error *err)
{
	return tracee_read(t, address, word, sizeof(*word), err);
}

void tracee_set_timeout(struct tracee *t, double seconds)
{
	t->deadline = interrupt_now() + seconds;
}

int tracee_check_machine(struct tracee *t, struct error *err)
{
	Elf64_Ehdr header = {0};
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/exe", t->pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(&header, sizeof(header), 1, f);
		fclose(f);
	}
	if (n != 1 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_machine != EM_X86_64)
		return error_set(
			err, EXIT_USAGE,
			"%s: not a 64-bit x86 program; build it for linux/amd64",
			t->name);
	return 0;
}

int tracee_entry(struct tracee *t, uint64_t *address, struct error *err)
{
	Elf64_auxv_t entry;
	char path[64];
	FILE *f;

	*address = 0;
	snprintf(path, sizeof(path), "/proc/%d/auxv", t->pid);
	f = fopen(path, "re");
	while (f && fread(&entry, sizeof(entry), 1, f) == 1)
		if (entry.a_type == AT_ENTRY)
			*address = entry.a_un.a_val;
	if (f)
		fclose(f);
	if (!*address)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: cannot tell its entry point", t->name);
	return 0;
}

int tracee_start(struct tracee *t, char *const *argv, double timeout_s,
		 struct error *err)
{
	const char *slash = strrchr(argv[0], '/');
	struct tracee_thread *thread;
	char path[64];

	*t = (struct tracee){
		.name = slash ? slash + 1 : argv[0],
		.memory = -1,
	};
	tracee_set_timeout(t, timeout_s);
	t->pid = launch(argv, t->name, TRACE_OPTIONS, t->deadline, err);
	if (t->pid < 0)
		return -1;
	thread = add_thread(t, t->pid, err);
	if (!thread)
		return -1;
	thread->stopped = true;
	snprintf(path, sizeof(path), "/proc/%d/mem", t->pid);
	t->memory = open(path, O_RDWR | O_CLOEXEC);
	if (t->memory < 0)
		return ptrace_failed(t, "open its memory", err);
	return 0;
}

void tracee_end(struct tracee *t)
{
	if (t->pid > 0)
		launch_kill(t->pid);
	if (t->memory >= 0)
		close(t->memory);
	free(t->threads);
	*t = (struct tracee){.memory = -1};
}
