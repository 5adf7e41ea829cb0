// SPDX-License-Identifier: GPL-2.0
#include "gocontext.h"

/* Read the word in field @name of the structure of type @type at @base. */
static int read_field(const struct golayout *layout, struct tracee *tracee,
		      enum gotype_id type, uint64_t base, const char *name,
		      uint64_t *value, struct error *err)
{
	uint32_t offset;

	if (golayout_offset(layout, type, name, &offset, err))
		return -1;
	return tracee_read_word(tracee, base + offset, value, err);
}

static int read_stack(const struct golayout *layout, struct tracee *tracee,
		      uint64_t g, struct gostack *stack, struct error *err)
{
	if (!g)
		return 0;
	if (read_field(layout, tracee, GOTYPE_G, g, "stack.lo", &stack->low,
		       err) ||
	    read_field(layout, tracee, GOTYPE_G, g, "stack.hi", &stack->high,
		       err))
		return -1;
	return 0;
}

int gocontext_read(struct gocontext *context, const struct golayout *layout,
		   struct tracee *tracee, uint64_t g_address, struct error *err)
{
	struct gocontext *c = context;

	*c = (struct gocontext){0};
	if (tracee_read_word(tracee, g_address, &c->g, err))
		return -1;
	if (!c->g)
		return 0;
	if (read_field(layout, tracee, GOTYPE_G, c->g, "m", &c->m, err) ||
	    read_field(layout, tracee, GOTYPE_M, c->m, "g0", &c->g0, err) ||
	    read_field(layout, tracee, GOTYPE_M, c->m, "p", &c->p, err) ||
	    read_field(layout, tracee, GOTYPE_M, c->m, "gsignal", &c->gsignal,
		       err) ||
	    read_field(layout, tracee, GOTYPE_G, c->g0, "sched.sp", &c->g0_sp,
		       err) ||
	    read_stack(layout, tracee, c->g, &c->stack, err) ||
	    read_stack(layout, tracee, c->g0, &c->g0_stack, err) ||
	    read_stack(layout, tracee, c->gsignal, &c->signal_stack, err))
		return -1;
	return 0;
}
