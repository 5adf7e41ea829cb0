// SPDX-License-Identifier: GPL-2.0
#include "goroutine.h"

static int read_field(const struct goroutine *r, enum gotype_id type,
		      uint64_t base, const char *name, uint64_t *value,
		      struct error *err)
{
	uint32_t offset;

	if (golayout_offset(r->layout, type, name, &offset, err))
		return -1;
	return tracee_read_word(r->tracee, base + offset, value, err);
}

static int read_stack(struct goroutine *r, struct error *err)
{
	if (read_field(r, GOTYPE_G, r->g, "stack.lo", &r->low, err) ||
	    read_field(r, GOTYPE_G, r->g, "stack.hi", &r->high, err))
		return -1;
	return 0;
}

/* The g that a thread has: of its goroutine, or of its system stack. */
static int thread_g(const struct goroutine *r,
		    const struct user_regs_struct *regs, uint64_t *g,
		    struct error *err)
{
	*g = 0;
	if (!regs->fs_base)
		return 0;
	return tracee_read_word(r->tracee,
				regs->fs_base + (uint64_t)r->g_offset, g, err);
}

int goroutine_begin(struct goroutine *r, struct tracee *tracee,
		    const struct golayout *layout, int64_t g_offset,
		    const struct user_regs_struct *entry, struct error *err)
{
	*r = (struct goroutine){
		.tracee = tracee, .layout = layout, .g_offset = g_offset};
	if (!layout)
		return 0;
	if (thread_g(r, entry, &r->g, err) || (r->g && read_stack(r, err)))
		return -1;
	/* C code has a g, too, but another stack, or the one of g0. */
	if (r->g && goroutine_uses(r, entry->rsp)) {
		int on = goroutine_is_on(r, entry, err);

		if (on)
			return on < 0 ? -1 : 0;
	}
	r->g = r->low = r->high = 0;
	return 0;
}

int goroutine_is_on(struct goroutine *r, const struct user_regs_struct *regs,
		    struct error *err)
{
	uint64_t g, m, current;

	if (thread_g(r, regs, &g, err))
		return -1;
	if (!g)
		return 0;
	if (read_field(r, GOTYPE_G, g, "m", &m, err) ||
	    (m && read_field(r, GOTYPE_M, m, "curg", &current, err)))
		return -1;
	return m && current == r->g;
}

int goroutine_at(struct goroutine *r, const struct user_regs_struct *regs,
		 uint64_t above, struct error *err)
{
	uint64_t g;

	if (!r->g)
		return 0;
	if (thread_g(r, regs, &g, err))
		return -1;
	if (g != r->g)
		return 0;
	if (read_stack(r, err))
		return -1;
	return r->high - regs->rsp == above;
}

/* Many goroutines are resumed at this place: is it ours? */
static int is_here(void *data, pid_t tid, struct error *err)
{
	struct goroutine *r = data;
	struct user_regs_struct regs;
	uint64_t g;

	if (tracee_registers(r->tracee, tid, &regs, err) ||
	    thread_g(r, &regs, &g, err))
		return -1;
	return g == r->g;
}

int goroutine_watch(struct goroutine *r, struct control_watch *watch,
		    struct error *err)
{
	*watch = (struct control_watch){.is_here = is_here, .data = r};
	return read_field(r, GOTYPE_G, r->g, "sched.pc", &watch->address, err);
}
