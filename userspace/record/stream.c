// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "breakpoint.h"
#include "control.h"
#include "interrupt.h"
#include "loopskip.h"
#include "schedule.h"

/* Steps between two looks at the clock; a step's own wait rarely times out. */
#define CLOCK_STEPS 1024

/*
 * A thread that executes something else than the recorded goroutine is followed
 * for so many steps: more than any way through Go's scheduler takes, and a
 * second or two.
 */
#define ABSENT_STEPS 65536

/* A recording under way. */
struct follow {
	struct stream *stream;
	struct code *code;
	struct tracee *tracee;
	struct stream_goal *goal;
	uint64_t return_address;
	uint64_t above; /* how much of the stack is in use after the return */
	unsigned int absent; /* steps since the goroutine's stack was in use */
	bool moved;	     /* the next step is the first on another thread */
	struct vectors vectors;
	struct loopskip loop;
	size_t skipped; /* steps that were not stepped */
};

static int no_memory(struct error *err)
{
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"record: out of memory for steps; record a shorter call");
}

/* Make room for so many more. */
static int reserve(struct stream *stream, size_t more_steps,
		   size_t more_accesses, struct error *err)
{
	size_t steps = stream->step_capacity;
	size_t accesses = stream->access_capacity;
	void *list;

	if (stream->nsteps + more_steps > steps) {
		steps = 2 * steps + more_steps + 4096;
		list = realloc(stream->steps, steps * sizeof(*stream->steps));
		if (!list)
			return no_memory(err);
		stream->steps = list;
		stream->step_capacity = steps;
	}
	if (stream->naccesses + more_accesses > accesses) {
		accesses = 2 * accesses + more_accesses + 4096;
		list = realloc(stream->accesses,
			       accesses * sizeof(*stream->accesses));
		if (!list)
			return no_memory(err);
		stream->accesses = list;
		stream->access_capacity = accesses;
	}
	return 0;
}

static int note_accesses(struct follow *f, const struct insn_access *accesses,
			 unsigned int n, struct error *err)
{
	struct stream *stream = f->stream;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (accesses[i].size > UINT32_MAX)
			return error_set(
				err, EXIT_IMPOSSIBLE,
				"record: one instruction touches %" PRIu64
				" bytes; record a call that touches less",
				accesses[i].size);
		if (accesses[i].flags & TRACE_ACCESS_WRITE)
			textcache_written(&f->code->text, accesses[i].address,
					  accesses[i].size);
		stream->accesses[stream->naccesses++] = (struct stream_access){
			.address = accesses[i].address,
			.size = (uint32_t)accesses[i].size,
			.flags = accesses[i].flags,
		};
	}
	return 0;
}

/* Note an instruction that was executed from @before, up to stream->regs. */
static int note(struct follow *f, uint32_t number,
		const struct user_regs_struct *before, bool moved,
		struct error *err)
{
	const struct insn *insn = &f->code->list[number]->insn;
	struct insn_access accesses[INSN_MAX_ACCESSES];
	struct stream *stream = f->stream;
	struct stream_step *step;
	unsigned int n;

	if (reserve(stream, 1, INSN_MAX_ACCESSES, err))
		return -1;
	n = insn_accesses(insn, before, &f->vectors,
			  insn_iterations(insn, before, &stream->regs),
			  accesses);
	step = &stream->steps[stream->nsteps++];
	*step = (struct stream_step){
		.rsp = before->rsp,
		.code = number,
		.naccesses = (uint16_t)n,
	};
	if (stream->regs.rip != before->rip + insn->zydis.length)
		step->flags |= TRACE_STEP_TAKEN;
	if (insn->kind == INSN_SYSCALL)
		step->flags |= TRACE_STEP_SYSCALL;
	if (moved)
		step->flags |= TRACE_STEP_MOVED;
	return note_accesses(f, accesses, n, err);
}

/* Note a system call and its arguments. @sleeps: before it; @moved: unfinished. */
static int note_syscall(struct follow *f, const struct insn *insn,
			const struct user_regs_struct *before, pid_t tid,
			uint64_t sleeps, bool moved, struct error *err)
{
	struct stream *stream = f->stream;
	struct trace_syscall *list, *call;

	list = realloc(stream->syscalls,
		       (stream->nsyscalls + 1) * sizeof(*list));
	if (!list)
		return no_memory(err);
	stream->syscalls = list;
	call = &list[stream->nsyscalls++];
	*call = (struct trace_syscall){
		.number = before->rax,
		.args = {before->rdi, before->rsi, before->rdx, before->r10,
			 before->r8, before->r9},
		.result = moved ? 0 : (int64_t)stream->regs.rax,
		.step = (uint32_t)stream->nsteps,
		.flags = moved ? TRACE_SYSCALL_UNFINISHED : 0,
	};
	if (insn->zydis.mnemonic != ZYDIS_MNEMONIC_SYSCALL) {
		const uint64_t args[TRACE_SYSCALL_ARGS] = {
			before->rbx, before->rcx, before->rdx,
			before->rsi, before->rdi, before->rbp};

		memcpy(call->args, args, sizeof(args));
		call->flags |= TRACE_SYSCALL_INT80;
	}
	/* The stop at the step's end counts as one. */
	if (moved ||
	    (sleeps && schedule_sleeps(f->tracee->pid, tid) > sleeps + 1))
		call->flags |= TRACE_SYSCALL_BLOCKED;
	return 0;
}

/*
 * The goroutine was resumed on another thread. Nothing is known of what that
 * thread did until then.
 */
static int move_to(struct follow *f, pid_t tid, struct error *err)
{
	struct stream *stream = f->stream;

	stream->migrations += tid != stream->tid;
	stream->tid = tid;
	f->moved = true;
	f->absent = 0;
	textcache_forget(&f->code->text);
	return tracee_registers(f->tracee, tid, &stream->regs, err);
}

/* Is there a goroutine, and is it not on the thread? */
static int is_absent(struct follow *f, struct error *err)
{
	struct goroutine *goroutine = &f->goal->goroutine;
	int on;

	if (!goroutine->g || goroutine_uses(goroutine, f->stream->regs.rsp))
		return 0;
	on = goroutine_is_on(goroutine, &f->stream->regs, err);
	return on < 0 ? -1 : !on;
}

static int enter_kernel(struct follow *f, const struct insn *insn,
			const struct user_regs_struct *before,
			struct error *err)
{
	struct stream *stream = f->stream;
	pid_t before_tid = stream->tid, tid = stream->tid;
	struct control_watch watch;
	uint64_t sleeps = schedule_sleeps(f->tracee->pid, tid);
	int absent = is_absent(f, err), moved;

	if (absent < 0 ||
	    (absent && goroutine_watch(&f->goal->goroutine, &watch, err)))
		return -1;
	moved = control_step(f->tracee, &tid, true, absent ? &watch : NULL,
			     &stream->regs, err);
	textcache_forget(&f->code->text);
	if (moved < 0 ||
	    note_syscall(f, insn, before, before_tid, sleeps, moved, err))
		return -1;
	return moved ? move_to(f, tid, err) : 0;
}

static int execute(struct follow *f, const struct code_insn *code,
		   struct error *err)
{
	const struct insn *insn = &code->insn;
	struct stream *stream = f->stream;
	const struct user_regs_struct before = stream->regs;
	pid_t tid = stream->tid;

	if (insn->vectors && tracee_vectors(f->tracee, tid, &f->vectors, err))
		return -1;
	if (insn->kind == INSN_SYSCALL)
		return enter_kernel(f, insn, &before, err);
	if (code_is_run_over(insn) && !(insn->rep && before.rcx <= 1))
		return control_run_over(f->tracee, tid,
					before.rip + insn->zydis.length,
					code->shared, &stream->regs, err);
	return control_step(f->tracee, &tid, false, NULL, &stream->regs, err);
}

/* Give up following a thread that the goroutine left for good. */
static int find_goroutine(struct follow *f, struct error *err)
{
	struct control_watch watch;
	int absent;
	pid_t tid;

	f->absent = 0;
	absent = is_absent(f, err);
	if (absent <= 0)
		return absent;
	if (goroutine_watch(&f->goal->goroutine, &watch, err) ||
	    control_await(f->tracee, &watch, &tid, err))
		return -1;
	return move_to(f, tid, err);
}

static int step(struct follow *f, struct error *err)
{
	const struct user_regs_struct before = f->stream->regs;
	struct goroutine *goroutine = &f->goal->goroutine;
	bool moved = f->moved;
	int64_t number;

	f->moved = false;
	number = code_at(f->code, f->tracee, before.rip, err);
	if (number < 0 || execute(f, f->code->list[number], err) ||
	    note(f, (uint32_t)number, &before, moved, err))
		return -1;
	if (goroutine_uses(goroutine, f->stream->regs.rsp))
		f->absent = 0;
	else if (goroutine->g && ++f->absent > ABSENT_STEPS)
		return find_goroutine(f, err);
	return 0;
}

/* Return: 1 it is over, 0 not yet, -1 with @err set. */
static int is_over(struct follow *f, struct error *err)
{
	const struct user_regs_struct *entry = &f->goal->entry;
	const struct user_regs_struct *regs = &f->stream->regs;

	if (f->goal->end)
		return regs->rip == f->goal->end;
	if (regs->rip != f->return_address)
		return 0;
	if (regs->rsp == entry->rsp + 8)
		return 1;
	return goroutine_at(&f->goal->goroutine, regs, f->above, err);
}

static void stream_begin(struct follow *f)
{
	const struct stream_goal *goal = f->goal;
	struct stream *stream = f->stream;

	textcache_forget(&f->code->text);
	stream->nsteps = stream->naccesses = stream->nsyscalls = 0;
	stream->migrations = 0;
	stream->tid = goal->tid;
	stream->regs = goal->entry;
}

int stream_follow(struct stream *stream, struct code *code,
		  struct tracee *tracee, struct stream_goal *goal,
		  struct error *err)
{
	struct follow f = {
		.stream = stream,
		.code = code,
		.tracee = tracee,
		.goal = goal,
		.above = goal->goroutine.high - goal->entry.rsp - 8,
	};
	int over;

	stream_begin(&f);
	if (tracee_read_word(tracee, goal->entry.rsp, &f.return_address, err))
		return -1;
	do {
		if (stream->nsteps == STREAM_MAX_STEPS)
			return error_set(
				err, EXIT_USAGE,
				"%s: the call executes over %u instructions; record a shorter one, or name where to end with --end",
				tracee->name, STREAM_MAX_STEPS);
		if (stream->nsteps % CLOCK_STEPS == 0 &&
		    interrupt_check(tracee->name, "the end of the call",
				    &tracee->deadline, err))
			return -1;
		if (step(&f, err))
			return -1;
		over = is_over(&f, err);
	} while (!over);
	return over < 0 ? -1 : 0;
}

static const char *const end_names[STREAM_ENDS] = {
	[STREAM_CALL] = "call",
	[STREAM_LIMIT] = "limit",
	[STREAM_SYSCALL] = "system call",
	[STREAM_SIGNAL] = "signal",
	[STREAM_DESCHEDULED] = "descheduled",
	[STREAM_INSTRUCTION] = "instruction",
};

const char *stream_end_name(enum stream_end end)
{
	return end_names[end];
}

/*
 * One step between two calls. An instruction that can't be stepped is no error:
 * the program runs over it, unless it ends there. Return: an enum stream_end,
 * STREAM_ENDS: go on, or -1 with @err set.
 */
static int approach(struct follow *f, struct error *err)
{
	struct stream *stream = f->stream;
	struct error ignored = {0};
	int absent;
	int64_t number;

	if (f->tracee->held.n)
		return STREAM_SIGNAL;
	absent = is_absent(f, err);
	if (absent)
		return absent < 0 ? -1 : STREAM_DESCHEDULED;
	number = code_at(f->code, f->tracee, stream->regs.rip, &ignored);
	if (number < 0)
		return STREAM_INSTRUCTION;
	if (f->code->list[number]->insn.kind == INSN_SYSCALL)
		return STREAM_SYSCALL;
	if (!step(f, &ignored))
		return STREAM_ENDS;
	if (!threads_find(&f->tracee->threads, stream->tid)) {
		*err = ignored;
		return -1;
	}
	return breakpoint_remove(f->tracee, err) ? -1 : STREAM_INSTRUCTION;
}

/*
 * Run to where a loop is left, if the turns that were stepped foretell all others, and
 * note those. Return: as approach().
 */
static int run_out(struct follow *f, struct error *err)
{
	struct stream *stream = f->stream;
	struct loopskip *loop = &f->loop;
	uint64_t exit = loopskip_ready(loop, stream, f->code);
	struct error ignored = {0};
	size_t turns;

	if (!exit)
		return STREAM_ENDS;
	if (control_run_over(
		    f->tracee, stream->tid, exit,
		    f->code->list[stream->steps[stream->nsteps - 1].code]
			    ->shared,
		    &stream->regs, &ignored)) {
		if (threads_find(&f->tracee->threads, stream->tid))
			return breakpoint_remove(f->tracee, err)
				       ? -1
				       : STREAM_INSTRUCTION;
		*err = ignored;
		return -1;
	}
	textcache_forget(&f->code->text);
	turns = loopskip_turns(loop, &stream->regs);
	if (!turns ||
	    turns > (STREAM_MAX_STEPS - stream->nsteps) / loopskip_length(loop))
		return STREAM_INSTRUCTION;
	if (reserve(stream, turns * loopskip_length(loop),
		    turns * loopskip_touched(loop), err))
		return -1;
	loopskip_fill(loop, stream, turns);
	f->skipped += turns * loopskip_length(loop);
	loop->turns = 0;
	return STREAM_ENDS;
}

int stream_approach(struct stream *stream, struct code *code,
		    struct tracee *tracee, struct stream_goal *goal,
		    uint64_t begin, size_t limit, struct error *err)
{
	struct follow f = {
		.stream = stream,
		.code = code,
		.tracee = tracee,
		.goal = goal,
	};
	int end = STREAM_ENDS;

	stream_begin(&f);
	while (end == STREAM_ENDS) {
		bool look = stream->nsteps % CLOCK_STEPS == 0;

		if (stream->nsteps - f.skipped >= limit ||
		    (look && interrupt_now() > tracee->deadline.at))
			return STREAM_LIMIT;
		if (look &&
		    interrupt_check(tracee->name, "the next call", NULL, err))
			return -1;
		end = approach(&f, err);
		if (end == STREAM_ENDS)
			end = run_out(&f, err);
		if (end == STREAM_ENDS && stream->regs.rip == begin)
			end = STREAM_CALL;
	}
	return end;
}

void stream_free(struct stream *stream)
{
	free(stream->steps);
	free(stream->accesses);
	free(stream->syscalls);
	*stream = (struct stream){0};
}
