// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"

/* Steps between two looks at the clock; a step's own wait rarely times out. */
#define CLOCK_STEPS 1024

static int no_memory(struct error *err)
{
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"record: out of memory for steps; record a shorter call");
}

static int reserve(struct stream *stream, struct error *err)
{
	size_t steps = stream->step_capacity;
	size_t accesses = stream->access_capacity;
	void *list;

	if (stream->nsteps == steps) {
		steps = steps ? 2 * steps : 4096;
		list = realloc(stream->steps, steps * sizeof(*stream->steps));
		if (!list)
			return no_memory(err);
		stream->steps = list;
		stream->step_capacity = steps;
	}
	if (stream->naccesses + INSN_MAX_MEMORY > accesses) {
		accesses = accesses ? 2 * accesses : 4096;
		list = realloc(stream->accesses,
			       accesses * sizeof(*stream->accesses));
		if (!list)
			return no_memory(err);
		stream->accesses = list;
		stream->access_capacity = accesses;
	}
	return 0;
}

/* Note an instruction that was executed from @before. */
static int note(struct stream *stream, uint32_t number, const struct insn *insn,
		const struct user_regs_struct *before,
		const struct user_regs_struct *after, struct error *err)
{
	/* Each iteration counts RCX down by one. */
	uint64_t iterations = insn->rep ? before->rcx - after->rcx : 1;
	struct insn_access accesses[INSN_MAX_MEMORY];
	unsigned int n = insn_accesses(insn, before, iterations, accesses), i;
	struct stream_step *step;

	if (reserve(stream, err))
		return -1;
	step = &stream->steps[stream->nsteps++];
	*step = (struct stream_step){
		.rsp = before->rsp,
		.code = number,
		.naccesses = (uint16_t)n,
	};
	if (after->rip != before->rip + insn->zydis.length)
		step->flags |= TRACE_STEP_TAKEN;
	if (insn->kind == INSN_SYSCALL)
		step->flags |= TRACE_STEP_SYSCALL;
	for (i = 0; i < n; i++) {
		if (accesses[i].size > UINT32_MAX)
			return error_set(
				err, EXIT_IMPOSSIBLE,
				"record: one instruction touches %" PRIu64
				" bytes; record a call that touches less",
				accesses[i].size);
		stream->accesses[stream->naccesses++] = (struct stream_access){
			.address = accesses[i].address,
			.size = (uint32_t)accesses[i].size,
			.flags = accesses[i].flags,
		};
	}
	return 0;
}

static int execute(struct tracee *tracee, pid_t tid, const struct insn *insn,
		   struct user_regs_struct *regs, struct error *err)
{
	if (insn->rep && regs->rcx > 1)
		return tracee_run_over(
			tracee, tid, regs->rip + insn->zydis.length, regs, err);
	return tracee_step(tracee, tid, insn->kind == INSN_SYSCALL, regs, err);
}

int stream_follow(struct stream *stream, struct code *code,
		  struct tracee *tracee, pid_t tid,
		  const struct user_regs_struct *entry, struct error *err)
{
	struct user_regs_struct regs = *entry, before;
	uint64_t return_address;
	const struct insn *insn;
	int64_t number;

	stream->nsteps = 0;
	stream->naccesses = 0;
	if (tracee_read_word(tracee, entry->rsp, &return_address, err))
		return -1;
	do {
		if (stream->nsteps == STREAM_MAX_STEPS)
			return error_set(
				err, EXIT_USAGE,
				"%s: the call executes over %u instructions; record a shorter one",
				tracee->name, STREAM_MAX_STEPS);
		if (stream->nsteps % CLOCK_STEPS == 0 &&
		    interrupt_check(tracee->name, "the end of the call",
				    tracee->deadline, err))
			return -1;
		number = code_at(code, tracee, regs.rip, err);
		if (number < 0)
			return -1;
		insn = &code->list[number]->insn;
		before = regs;
		if (execute(tracee, tid, insn, &regs, err) ||
		    note(stream, (uint32_t)number, insn, &before, &regs, err))
			return -1;
	} while (regs.rip != return_address || regs.rsp != entry->rsp + 8);
	return 0;
}

void stream_free(struct stream *stream)
{
	free(stream->steps);
	free(stream->accesses);
	*stream = (struct stream){0};
}
