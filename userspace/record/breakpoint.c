// SPDX-License-Identifier: GPL-2.0
#include "breakpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "mapped.h"
#include "symbols.h"
#include "tracee.h"
#include "waitstatus.h"

#define INT3 0xcc

/* So much of the code at a breakpoint is compared with its file. */
#define CHECKED_BYTES 16

/* asm-generic/siginfo.h, which does not get along with the C library's. */
#ifndef TRAP_PERF
#define TRAP_PERF 6
#endif

/*
 * Opens the event for a thread, with or without those that it will make; @tid
 * 0: the caller.
 */
static int open_event(pid_t tid, uint64_t address, bool inherit)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = address,
		.bp_len = sizeof(long),
		.sample_period = 1,
		.sigtrap = 1,
		.remove_on_exec = 1, /* sigtrap demands it */
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.inherit = inherit,
		.inherit_thread = inherit,
	};

	return (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

int breakpoint_find(const char *name)
{
	static const char *const names[] = {
		[BREAKPOINT_AUTO] = "auto",
		[BREAKPOINT_HARDWARE] = "hardware",
		[BREAKPOINT_SOFTWARE] = "software",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			return (int)i;
	}
	return -1;
}

enum breakpoint_kind breakpoint_choose(enum breakpoint_kind wanted)
{
	int event;

	if (wanted != BREAKPOINT_AUTO)
		return wanted;
	/* This process never executes abort(). */
	event = open_event(0, (uint64_t)(uintptr_t)abort, false);
	if (event < 0)
		return BREAKPOINT_SOFTWARE;
	close(event);
	return BREAKPOINT_HARDWARE;
}

static void close_events(struct breakpoint *b)
{
	while (b->nevents)
		close(b->events[--b->nevents]);
	free(b->events);
	b->events = NULL;
}

static int open_events(struct tracee *t, uint64_t address, struct error *err)
{
	struct breakpoint *b = &t->breakpoint;
	size_t i;

	b->events = calloc(t->threads.n + 1, sizeof(*b->events));
	if (!b->events)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "record: out of memory for breakpoints");
	for (i = 0; i < t->threads.n; i++) {
		int event = open_event(t->threads.list[i].tid, address, true);

		if (event >= 0) {
			b->events[b->nevents++] = event;
			continue;
		}
		if (errno == ESRCH)
			continue; /* it is exiting */
		error_set(err, EXIT_IMPOSSIBLE,
			  "%s: no hardware breakpoint at 0x%" PRIx64
			  ": %s; use --breakpoint software",
			  t->name, address, strerror(errno));
		close_events(b);
		return -1;
	}
	return 0;
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

/*
 * An INT3 is the process's death if nobody waits for it, or if it lands in the
 * middle of an instruction: so it is written only if memory is the same as the
 * file. Return: 0, or -1 with @err set.
 */
static int check_text(struct tracee *t, uint64_t address, struct error *err)
{
	uint8_t file[CHECKED_BYTES], memory[CHECKED_BYTES];
	bool hardware = t->breakpoint.kind == BREAKPOINT_HARDWARE;
	struct mapped mapped;
	bool shared;
	size_t n;

	if (!t->symbols)
		return 0; /* its own start, just loaded */
	n = symbols_bytes(t->symbols, address, file, sizeof(file));
	if (n && (tracee_read_some(t, address, memory, n) != n ||
		  memcmp(file, memory, n)))
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"%s: its code at 0x%" PRIx64
			" isn't what its file holds there: take away what changes it (bpftrace, perf probe, a patch), or start it again",
			t->name, address);
	if (hardware)
		return 0;
	if (!n)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"%s: no file holds its code at 0x%" PRIx64
			", which may change: use --breakpoint hardware",
			t->name, address);
	shared = !mapped_find(&mapped, t->pid, address) && mapped.shared;
	mapped_free(&mapped);
	if (!shared)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%s: its code at 0x%" PRIx64
			 " is shared with others: use --breakpoint hardware",
			 t->name, address);
}

int breakpoint_plant_briefly(struct tracee *t, uint64_t address,
			     struct error *err)
{
	struct breakpoint *b = &t->breakpoint;

	if (tracee_read(t, address, &b->replaced, 1, err) ||
	    poke(t, address, INT3, err))
		return -1;
	b->address = address;
	b->planted = b->written = true;
	return 0;
}

int breakpoint_plant(struct tracee *t, uint64_t address, struct error *err)
{
	struct breakpoint *b = &t->breakpoint;

	if (check_text(t, address, err))
		return -1;
	if (b->kind != BREAKPOINT_HARDWARE)
		return breakpoint_plant_briefly(t, address, err);
	if (open_events(t, address, err))
		return -1;
	b->address = address;
	b->planted = true;
	b->written = false;
	return 0;
}

/* Put back what an INT3 replaced, unless the program has written there since. */
static int restore(struct tracee *t, struct error *err)
{
	struct breakpoint *b = &t->breakpoint;
	uint8_t byte;

	if (tracee_read_some(t, b->address, &byte, 1) && byte != INT3)
		return 0;
	return poke(t, b->address, b->replaced, err);
}

int breakpoint_remove(struct tracee *t, struct error *err)
{
	struct breakpoint *b = &t->breakpoint;

	if (!b->planted)
		return 0;
	b->planted = false;
	b->lingers = true;
	if (!b->written)
		close_events(b);
	else if (restore(t, err))
		return -1;
	return 0;
}

void breakpoint_settle(struct breakpoint *b)
{
	b->lingers = b->written = false;
}

int breakpoint_hit(struct tracee *t, pid_t tid, int status, struct error *err)
{
	struct breakpoint *b = &t->breakpoint;
	struct user_regs_struct regs;
	siginfo_t info;

	if ((!b->planted && !b->lingers) ||
	    waitstatus_kind(status) != STOP_SIGNAL ||
	    WSTOPSIG(status) != SIGTRAP ||
	    ptrace(PTRACE_GETSIGINFO, tid, 0, &info))
		return 0;
	if (tracee_registers(t, tid, &regs, err))
		return -1;
	if (!b->written)
		return info.si_code == TRAP_PERF && regs.rip == b->address;
	if (info.si_code != SI_KERNEL || regs.rip != b->address + 1)
		return 0;
	regs.rip = b->address;
	return tracee_set_registers(t, tid, &regs, err) ? -1 : 1;
}

void breakpoint_leave_child(const struct breakpoint *b, pid_t child)
{
	char path[64];
	int fd;

	/* A child that was made just before the removal has a copy, too. */
	if ((!b->planted && !b->lingers) || !b->written)
		return;
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return; /* it has ended */
	/* Fails only for a child that has ended meanwhile. */
	(void)!pwrite(fd, &b->replaced, 1, (off_t)b->address);
	close(fd);
}

void breakpoint_forget(struct breakpoint *b)
{
	close_events(b);
	b->planted = b->lingers = b->written = false;
}
