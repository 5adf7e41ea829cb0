/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_GOROUTINE_H
#define SWC_RECORD_GOROUTINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "control.h"
#include "gocontext.h"
#include "golayout.h"
#include "tracee.h"

/*
 * The goroutine that makes the recorded call. When it parks, or comes back from
 * a long system call and finds no processor, it goes on later, perhaps on
 * another thread; and its stack may be moved while it runs.
 */
struct goroutine {
	struct tracee *tracee;
	const struct golayout *layout;
	int64_t g_offset; /* of the g pointer, from the thread pointer */
	uint64_t g;	  /* 0: none to follow, the call stays on its thread */
	uint64_t low;	  /* its stack */
	uint64_t high;
};

/*
 * goroutine_begin() - look at the goroutine of a thread at the call's entry
 * @goroutine: filled; with g 0 when the thread isn't on a goroutine's stack
 * @layout: NULL: not a Go program
 */
int goroutine_begin(struct goroutine *goroutine, struct tracee *tracee,
		    const struct golayout *layout, int64_t g_offset,
		    const struct user_regs_struct *entry, struct error *err);

/* goroutine_uses() - is @rsp on its stack, where that was last seen? */
static inline bool goroutine_uses(const struct goroutine *goroutine,
				  uint64_t rsp)
{
	return rsp - goroutine->low < goroutine->high - goroutine->low;
}

/*
 * goroutine_is_on() - is the thread with @regs bound to it, on whichever stack?
 * Return: 1, 0, or -1 with @err set.
 */
int goroutine_is_on(struct goroutine *goroutine,
		    const struct user_regs_struct *regs, struct error *err);

/*
 * goroutine_at() - does the thread with @regs execute it, with @above bytes of
 * its stack in use? The stack may have moved. Return: 1, 0, or -1.
 */
int goroutine_at(struct goroutine *goroutine,
		 const struct user_regs_struct *regs, uint64_t above,
		 struct error *err);

/*
 * goroutine_watch() - set @watch to where it goes on, now that it is on no
 * thread. @watch is for control.h, and good as long as @goroutine.
 */
int goroutine_watch(struct goroutine *goroutine, struct control_watch *watch,
		    struct error *err);

#endif
