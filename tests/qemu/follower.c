// SPDX-License-Identifier: GPL-2.0
#include "follower.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/shape.h"

#define PAGE 4096u

/* SS, RSP, RFLAGS, CS, RIP: what an interrupt pushes, from a multiple of 16 down. */
#define FRAME_WORDS 5u

void follower_finds(struct follower *f, const char *format, ...)
{
	va_list ap;

	f->lost = true;
	if (f->findings++)
		return;
	va_start(ap, format);
	vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
}

/* The first operation that writes to memory. */
static struct believed *accessing(struct follower *f)
{
	__u32 i;

	for (i = 0; i < f->e.nops; i++) {
		if (f->e.believed[i].nwrites && !f->e.believed[i].partly)
			return &f->e.believed[i];
	}
	follower_finds(f, "nothing can be planted in a sequence like that");
	return &f->e.believed[0];
}

static void insert_step(struct check_list *list)
{
	struct check_step *step = &list->steps[list->n / 2];

	memmove(step + 1, step, (list->n - list->n / 2) * sizeof(*step));
	list->n++;
}

static void remove_step(struct check_list *list)
{
	struct check_step *step = &list->steps[list->n / 2];

	list->n--;
	memmove(step, step + 1, (list->n - list->n / 2) * sizeof(*step));
}

void follower_plant(struct follower *f, __u32 planted)
{
	struct expectation *e = &f->e;
	__u32 i, slots = 0;

	f->planted = planted;
	for (i = 0; i < e->nregions; i++)
		slots += e->pages[i] * PAGE / 8;
	switch (planted) {
	case PLANTED_MISSING:
		insert_step(&e->list);
		break;
	case PLANTED_EXTRA:
		remove_step(&e->list);
		break;
	case PLANTED_ELSEWHERE:
		accessing(f)->writes[0].from += 8;
		accessing(f)->writes[0].to += 8;
		break;
	case PLANTED_SHORTER:
		accessing(f)->writes[0].to--;
		break;
	case PLANTED_UNSEEN:
		accessing(f)->nwrites--;
		break;
	case PLANTED_ZERO:
		for (i = 0; i <= e->nops; i++)
			e->believed[i].zero = 0xffff;
		break;
	case PLANTED_RSP:
		e->believed[e->nops / 2].rsp += 8;
		break;
	case PLANTED_MEMORY:
		memset(e->zeros, 1, slots);
		break;
	}
}

static bool same_ranges(const struct range *a, __u32 na, const struct range *b,
			__u32 nb)
{
	return na == nb && !memcmp(a, b, na * sizeof(*a));
}

static bool is_within(struct range range, const struct range *ranges, __u32 n)
{
	for (; n--; ranges++) {
		if (range.from >= ranges->from && range.to <= ranges->to)
			return true;
	}
	return false;
}

static void find_accesses(struct follower *f, const char *what,
			  const struct range *seen, __u32 nseen,
			  const struct range *wanted, __u32 nwanted)
{
	follower_finds(f,
		       "op %u %s %u ranges, the first %#llx to %#llx; wanted "
		       "%u, %#llx to %#llx",
		       f->op, what, nseen, nseen ? seen[0].from : 0,
		       nseen ? seen[0].to : 0, nwanted,
		       nwanted ? wanted[0].from : 0,
		       nwanted ? wanted[0].to : 0);
}

/* An operation is over: has it accessed what it should, and nothing else? */
static void end_op(struct follower *f)
{
	const struct believed *b = &f->e.believed[f->op];

	if (f->op == CHECK_FRAME)
		return;
	f->seen.ops++;
	if (f->pushed % FRAME_WORDS)
		follower_finds(f, "op %u: %u words below RSP are no frame's",
			       f->op, f->pushed);
	if (b->partly)
		return; /* each access was looked at by itself */
	if (!same_ranges(f->writes, f->nwrites, b->writes, b->nwrites))
		find_accesses(f, "writes", f->writes, f->nwrites, b->writes,
			      b->nwrites);
	else if (!(b->locked && !f->nreads) &&
		 !same_ranges(f->reads, f->nreads, b->reads, b->nreads))
		find_accesses(f, "reads", f->reads, f->nreads, b->reads,
			      b->nreads);
}

/* Registers before an operation, or after the last one. */
static void check_registers(struct follower *f, __u32 op)
{
	const struct believed *b = &f->e.believed[op];
	__u64 rsp = b->rsp == HOST_RSP ? f->rsp : b->rsp, registers[16];
	__u32 i;

	f->registers(f->guest, registers);
	if (registers[RSP] != rsp && rsp)
		follower_finds(f, "op %u: RSP is %#llx and not %#llx", op,
			       registers[RSP], rsp);
	for (i = 0; i < 16; i++) {
		if (!(SWC_GPR_MASK & b->zero & (1u << i)))
			continue;
		f->seen.zeros++;
		if (registers[i])
			follower_finds(f, "op %u: register %u is %#llx", op, i,
				       registers[i]);
	}
}

/* Memory when a replay is over. */
static void check_memory(struct follower *f)
{
	const __u8 *zero = f->e.zeros;
	__u64 words[PAGE / 8], at;
	__u32 i, page, slot;

	for (i = 0; i < f->e.nregions; i++) {
		for (page = 0; page < f->e.pages[i]; page++) {
			at = f->e.region[i] + (__u64)page * PAGE;
			if (!f->read(f->guest, at, words, PAGE))
				follower_finds(f, "%#llx: no memory", at);
			for (slot = 0; slot < PAGE / 8; slot++, zero++) {
				f->seen.slots += *zero;
				if (*zero && words[slot])
					follower_finds(f, "%#llx holds %#llx",
						       at + 8 * slot,
						       words[slot]);
			}
		}
	}
}

/* Goes to the step that is due now. Return: is it this one? */
static bool advance(struct follower *f, __u64 address)
{
	const struct check_step *step = &f->e.list.steps[f->next];
	__u64 at = address - f->e.begin;

	/* A branch that is taken passes over the jump after it. */
	if (step->at != at && step->jumps && step->op != CHECK_FRAME &&
	    f->next && step[-1].op == step->op && step[1].at == at) {
		f->next++;
		step++;
	}
	return step->at == at;
}

/* A turn of REP is an instruction by itself here. */
static bool repeats(const struct follower *f, __u64 address)
{
	const struct check_step *last = &f->e.list.steps[f->next - 1];

	return f->next && last->repeats && last->at == address - f->e.begin;
}

static void begin_op(struct follower *f, __u32 op)
{
	end_op(f);
	f->op = op;
	f->nreads = 0;
	f->nwrites = 0;
	f->pushed = 0;
	if (op != CHECK_FRAME)
		check_registers(f, op);
	else if (f->next - 1 == f->e.end)
		check_registers(f, f->e.nops);
}

static void begin_replay(struct follower *f)
{
	__u64 registers[16];

	f->registers(f->guest, registers);
	f->op = CHECK_FRAME;
	f->rsp = registers[RSP];
	f->rbp = registers[RBP];
}

/* The last return is about to be executed. */
static void end_replay(struct follower *f)
{
	__u64 registers[16];

	f->registers(f->guest, registers);
	if (registers[RSP] != f->rsp || registers[RBP] != f->rbp)
		follower_finds(f,
			       "RSP and RBP are %#llx and %#llx, and were "
			       "%#llx and %#llx",
			       registers[RSP], registers[RBP], f->rsp, f->rbp);
	check_memory(f);
	f->next = 0;
	f->seen.replays++;
}

void follower_executes(struct follower *f, __u64 address)
{
	const struct check_step *step;

	if (f->lost || repeats(f, address))
		return;
	if (!f->next)
		begin_replay(f);
	if (!advance(f, address)) {
		follower_finds(f,
			       "step %u of %u, op %u: executes code+%#llx "
			       "instead of code+%#x",
			       f->next, f->e.list.n,
			       f->e.list.steps[f->next].op,
			       address - f->e.begin,
			       f->e.list.steps[f->next].at);
		return;
	}
	step = &f->e.list.steps[f->next++];
	f->seen.instructions++;
	if (step->op != f->op)
		begin_op(f, step->op);
	if (f->next == f->e.list.n && !f->lost)
		end_replay(f);
}

/* The frame accesses its context alone, and the last return the host's stack. */
static void check_frame(struct follower *f, __u64 address, __u32 bytes)
{
	bool context = address >= f->e.context &&
		       address + bytes <=
			       f->e.context + sizeof(struct swc_context);

	if (!context && !(!f->next && address == f->rsp))
		follower_finds(
			f, "the frame accesses %#llx at step %u, RSP was %#llx",
			address, f->next, f->rsp);
}

static bool is_below(__u64 rsp, struct range range)
{
	__u64 top = rsp & ~15ull;

	return rsp != HOST_RSP && range.to <= top &&
	       range.from >= top - FRAME_WORDS * sizeof(__u64);
}

/*
 * While interrupts are on, one may hit any operation. Its frame goes where RSP is, before
 * the operation or after it, and is no access of the operation's.
 */
static bool is_pushed(const struct follower *f, struct range range)
{
	const struct believed *b = &f->e.believed[f->op];

	return range.to - range.from == sizeof(__u64) &&
	       !is_within(range, b->writes, b->nwrites) &&
	       (is_below(b[0].rsp, range) || is_below(b[1].rsp, range));
}

static void note_access(struct follower *f, struct range range, bool writes)
{
	const struct believed *b = &f->e.believed[f->op];
	__u32 *n = writes ? &f->nwrites : &f->nreads;

	if (writes && is_pushed(f, range)) {
		f->pushed++;
		return;
	}
	f->seen.accesses++;
	if (b->partly) {
		if (!is_within(range, b->reads, b->nreads) &&
		    !is_within(range, b->writes, b->nwrites))
			follower_finds(f, "op %u accesses %#llx", f->op,
				       range.from);
		return;
	}
	if (*n == MAX_RANGES) {
		follower_finds(f, "op %u accesses many places", f->op);
		return;
	}
	range_add(writes ? f->writes : f->reads, n, range);
}

void follower_accesses(struct follower *f, __u64 address, __u32 bytes,
		       bool writes)
{
	if (f->lost)
		return;
	if (f->op == CHECK_FRAME)
		check_frame(f, address, bytes);
	else
		note_access(f, (struct range){address, address + bytes},
			    writes);
}

void follower_ends(struct follower *f, __u64 replays, __u64 rehearsals)
{
	/* More than any rehearsal adds. */
	if (f->planted == PLANTED_REPLAYS)
		replays += rehearsals + 1;
	if (f->lost)
		return;
	if (f->next)
		follower_finds(f, "the last replay ended at step %u of %u",
			       f->next, f->e.list.n);
	else if (f->seen.replays < replays ||
		 f->seen.replays - replays > rehearsals)
		follower_finds(f,
			       "%llu replays, and %llu rehearsals at most, of "
			       "which %llu were seen",
			       replays, rehearsals, f->seen.replays);
}
