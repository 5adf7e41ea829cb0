// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "pool.h"

#include <linux/errno.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/invpcid.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "engine/slots.h"
#include "uapi/switchcost.h"
#include "accessed.h"

/*
 * The kernel itself relies on a bound of what an exception takes of a sequence's
 * stack: it fits in a task's stack, beside all that the task has there. Page faults
 * don't come, handlers of interrupts and softirqs run on the CPU's own stack, and
 * KASAN, which makes frames larger, makes tasks' stacks larger, too.
 */
static_assert((SWC_STACK_HEADROOM_PAGES - SWC_STACK_GUARD_PAGES) * PAGE_SIZE >=
	      THREAD_SIZE);

/* Room for one sequence of the largest size, a control and their stacks. */
#define POOL_PAGES (SWC_MAX_PAGES + 1024)

static u8 memory[POOL_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);
static struct gen_pool *extents;

/* Can pages be made guards? Not in a hypervisor's page tables, nor in large pages. */
static bool can_guard(void)
{
	unsigned long at;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return false;
	for (at = 0; at < sizeof(memory); at += PAGE_SIZE) {
		if (!swc_page_entry(memory + at))
			return false;
	}
	return true;
}

int swc_pool_init(void)
{
	int rc;

	if (!can_guard()) {
		pr_err("no guard pages: this kernel maps module data otherwise\n");
		return -EOPNOTSUPP;
	}
	extents = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!extents)
		return -ENOMEM;
	rc = gen_pool_add(extents, (unsigned long)memory, sizeof(memory),
			  NUMA_NO_NODE);
	if (rc)
		gen_pool_destroy(extents);
	return rc;
}

void swc_pool_exit(void)
{
	gen_pool_destroy(extents);
}

void *swc_pool_alloc(unsigned int pages)
{
	void *p = (void *)gen_pool_alloc(extents, pages * PAGE_SIZE);

	if (p)
		memset(p, 0, pages * PAGE_SIZE);
	return p;
}

/*
 * Flushes all translations, global ones and those of other address spaces, too:
 * INVLPG would leave the latter if page tables are isolated. The kernel's own
 * function for that isn't exported everywhere. Changing CR4.PGE does the same (Intel
 * SDM vol. 3A, 4.10.4.1), and a CPU without global pages has no PCIDs with Linux.
 * Context: interrupts off.
 */
static void flush_here(void *unused)
{
	unsigned long cr4;

	if (boot_cpu_has(X86_FEATURE_INVPCID)) {
		invpcid_flush_all();
		return;
	}
	cr4 = native_read_cr4();
	if (cr4 & X86_CR4_PGE) {
		asm volatile("mov %0, %%cr4" ::"r"(cr4 ^ X86_CR4_PGE)
			     : "memory");
		asm volatile("mov %0, %%cr4" ::"r"(cr4) : "memory");
	} else {
		native_write_cr3(__native_read_cr3());
	}
}

void swc_pool_flush(void)
{
	on_each_cpu(flush_here, NULL, 1);
}

/*
 * The page becomes read-only, rather than absent: kmemleak, for example, reads all of
 * the module's memory. The operations are locked, and each changes one bit, as the CPU
 * sets others. Dirty is cleared: the CPU could take a page that is dirty and not
 * writable for a shadow stack (Intel SDM vol. 3A, 4.6).
 */
void swc_pool_guard(void *page)
{
	unsigned long *entry = (unsigned long *)swc_page_entry(page);

	clear_bit(_PAGE_BIT_RW, entry);
	clear_bit(_PAGE_BIT_DIRTY, entry);
}

/* Return: was the page a guard? */
static bool unguard(void *page)
{
	unsigned long *entry = (unsigned long *)swc_page_entry(page);

	return !test_and_set_bit(_PAGE_BIT_RW, entry);
}

void swc_pool_free(void *p, unsigned int pages)
{
	bool guards = false;
	unsigned int i;

	for (i = 0; i < pages; i++)
		guards |= unguard(p + i * PAGE_SIZE);
	/* Whoever has the pages next mustn't fault, either. */
	if (guards)
		swc_pool_flush();
	gen_pool_free(extents, (unsigned long)p, pages * PAGE_SIZE);
}
