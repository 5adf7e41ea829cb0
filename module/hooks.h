/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_HOOKS_H
#define SWC_HOOKS_H

#include <linux/types.h>

struct swc_sequence;

/*
 * All that the module does for its tests only. The module that users load has
 * none of it: these are then empty, and no parameter names them. SWC_TEST_HOOKS=y
 * builds the other one (see Kbuild), with module/hooks.c.
 */
#ifdef SWC_TEST_HOOKS

/* swc_hook_traps() - is SWC_OP_TRAP accepted? */
bool swc_hook_traps(void);

/* swc_hook_oracle_fault() - which control of the oracle is broken; 0: none. */
u32 swc_hook_oracle_fault(void);

/*
 * swc_hook_stack() - a stack region's guard page is at @guard: see that each CPU
 * faults where it writes there, and doesn't right above. May sleep.
 */
void swc_hook_stack(u64 guard);

/* swc_hook_code() - spoil a bit of code that was just written, if that is planted. */
void swc_hook_code(u8 *writable, u32 bytes);

/* Counts a call of the handlers for faults and NMIs. Any context. */
void swc_hook_die(void);
void swc_hook_nmi(void);

/* swc_hook_window() - these were replayed: is the planted secret in their memory? */
void swc_hook_window(struct swc_sequence *const *sequences, u32 n);

/*
 * swc_hook_sample() - a sample, a trial or a replay of the oracle's begins, of a
 * rehearsal, too: be slow if that is planted, so that tests see their time
 * bounded.
 * Context: in a window.
 */
void swc_hook_sample(void);

/* swc_hook_stood() - the machine was made to stand still for @ns. */
void swc_hook_stood(u64 ns);

#else

static inline bool swc_hook_traps(void)
{
	return false;
}

static inline u32 swc_hook_oracle_fault(void)
{
	return 0;
}

static inline void swc_hook_stack(u64 guard)
{
}

static inline void swc_hook_code(u8 *writable, u32 bytes)
{
}

static inline void swc_hook_die(void)
{
}

static inline void swc_hook_nmi(void)
{
}

static inline void swc_hook_sample(void)
{
}

static inline void swc_hook_stood(u64 ns)
{
}

static inline void swc_hook_window(struct swc_sequence *const *sequences, u32 n)
{
}

#endif
#endif
