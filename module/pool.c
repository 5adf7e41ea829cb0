// SPDX-License-Identifier: GPL-2.0
#include "pool.h"

#include <linux/errno.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "uapi/switchcost.h"

/* Room for one sequence of the largest size, a control and their stacks. */
#define POOL_PAGES (SWC_MAX_PAGES + 512)

static u8 memory[POOL_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);
static struct gen_pool *extents;

int swc_pool_init(void)
{
	int rc;

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

void swc_pool_free(void *p, unsigned int pages)
{
	gen_pool_free(extents, (unsigned long)p, pages * PAGE_SIZE);
}
