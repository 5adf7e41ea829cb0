// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>
#include <linux/time64.h>
#include <linux/uaccess.h>

#include "loaded.h"

static bool planted_faults;
module_param(planted_faults, bool, 0444);
MODULE_PARM_DESC(planted_faults,
		 "accept the trap operation, to test the recovery from faults");

static uint planted_oracle_fault;
module_param(planted_oracle_fault, uint, 0444);
MODULE_PARM_DESC(planted_oracle_fault,
		 "plant a fault in the TLB oracle, 1 to 5: module/twoframe.c");

static ulong planted_secret;
module_param(planted_secret, ulong, 0644);
MODULE_PARM_DESC(planted_secret,
		 "look for it in sequences' memory after each window");

static bool planted_overflow;
module_param(planted_overflow, bool, 0444);
MODULE_PARM_DESC(planted_overflow,
		 "overflow a stack in the first window: ends the kernel");

static uint planted_flip;
module_param(planted_flip, uint, 0644);
MODULE_PARM_DESC(planted_flip,
		 "flip this bit of code, from 1 on, before it is read back");

static uint planted_slow_us;
module_param(planted_slow_us, uint, 0644);
MODULE_PARM_DESC(planted_slow_us,
		 "make samples, trials, oracle's replays longer by so much");

static uint planted_slow_from;
module_param(planted_slow_from, uint, 0644);
MODULE_PARM_DESC(planted_slow_from,
		 "but not so many of them, the first, rehearsals included");

static uint planted_slow_times;
module_param(planted_slow_times, uint, 0644);
MODULE_PARM_DESC(planted_slow_times,
		 "and no more of them than so many; 0: all that follow");

/* The guard page of the stack that was loaded last; 0: none was. */
static u64 last_guard;

/* Counters: read as parameters. */
#define COUNTER(name, text)                                \
	static atomic_t name;                              \
	module_param_named(name, name.counter, int, 0444); \
	MODULE_PARM_DESC(name, text)

COUNTER(die_calls, "of the handler for faults");
COUNTER(nmi_calls, "of the handler for NMIs");
COUNTER(standstills, "times that the machine was made to stand still");
COUNTER(stood_us, "for so long, a sixteenth of a second of each at most");
COUNTER(secrets_found,
	"words of sequences' memory that were the planted secret");
COUNTER(guards_held, "writes to guard pages that faulted, one a CPU and stack");
COUNTER(guards_broken, "writes to guard pages that didn't, or above that did");

bool swc_hook_traps(void)
{
	return planted_faults;
}

u32 swc_hook_oracle_fault(void)
{
	return planted_oracle_fault;
}

/* Return: does a write fault? It writes the value that is there already. */
static bool faults(u64 *at)
{
	u64 value = READ_ONCE(*at);

	pagefault_disable();
	__put_kernel_nofault(at, &value, u64, fault);
	pagefault_enable();
	return false;
fault:
	pagefault_enable();
	return true;
}

static void try_stack(void *guard)
{
	u64 *lowest = guard + PAGE_SIZE;

	if (faults(guard) && faults(lowest - 1) && !faults(lowest))
		atomic_inc(&guards_held);
	else
		atomic_inc(&guards_broken);
}

void swc_hook_stack(u64 guard)
{
	last_guard = guard;
	on_each_cpu(try_stack, (void *)(unsigned long)guard, 1);
}

void swc_hook_die(void)
{
	atomic_inc(&die_calls);
}

void swc_hook_nmi(void)
{
	atomic_inc(&nmi_calls);
}

static void search(const struct swc_sequence *s)
{
	const unsigned long *word = s->memory;
	unsigned long i, n = s->memory_pages * PAGE_SIZE / sizeof(*word);

	for (i = 0; i < n; i++) {
		if (word[i] == planted_secret)
			atomic_inc(&secrets_found);
	}
}

/* Does as if handlers had used all that is below a stack. */
static void overflow(u64 guard)
{
	u64 lowest = guard + PAGE_SIZE;

	asm volatile("xchgq %0, %%rsp\n\t"
		     "pushq %0\n\t"
		     "popq %0\n\t"
		     "xchgq %0, %%rsp"
		     : "+r"(lowest)::"memory");
}

void swc_hook_window(struct swc_sequence *const *sequences, u32 n)
{
	u32 i;

	if (planted_overflow && last_guard)
		overflow(last_guard);
	for (i = 0; i < n && planted_secret; i++)
		search(sequences[i]);
}

void swc_hook_code(u8 *writable, u32 bytes)
{
	u32 bit = READ_ONCE(planted_flip) - 1;

	if (bit / 8 < bytes)
		writable[bit / 8] ^= 1 << bit % 8;
}

/* No lock: there is one window at a time, so nobody else counts. */
void swc_hook_sample(void)
{
	u32 us = planted_slow_us;

	if (planted_slow_from) {
		planted_slow_from--;
		return;
	}
	if (planted_slow_times && !--planted_slow_times)
		planted_slow_us = 0;
	for (; us; us--)
		udelay(1);
}

/*
 * Counts up to a sixteenth of a second: a longer one adds no rest, see
 * MAX_REST_NS in module/worker.c.
 */
void swc_hook_stood(u64 ns)
{
	u32 us = min_t(u64, ns, NSEC_PER_SEC / 16) / NSEC_PER_USEC;

	atomic_inc(&standstills);
	atomic_add(us, &stood_us);
}
