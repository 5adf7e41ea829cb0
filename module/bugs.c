// SPDX-License-Identifier: GPL-2.0
/*
 * Bugs to be found by what watches a debug kernel: a test that is told of none has to
 * know that it would be. Part of the module with hooks only. On a kernel that watches
 * nothing each does no harm.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/slab.h>

enum bug {
	BUG_LEAK = 1, /* kmemleak */
	BUG_BEYOND,   /* KASAN: out of bounds */
	BUG_SLEEP,    /* DEBUG_ATOMIC_SLEEP */
	BUG_SHIFT,    /* UBSAN */
	BUG_LOCKS,    /* lockdep */
};

#define LOST	   16 /* blocks; some of their addresses may lie around in stacks */
#define LOST_BYTES 200 /* each */
#define SMALL	   24  /* bytes, of which the allocator makes more */

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);

static void lose(void)
{
	void *block;
	int i;

	for (i = 0; i < LOST; i++) {
		block = kmalloc(LOST_BYTES, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(block);
	}
}

static void write_beyond(void)
{
	u8 *block = kmalloc(SMALL, GFP_KERNEL);
	size_t at = SMALL;

	OPTIMIZER_HIDE_VAR(at);
	if (block)
		WRITE_ONCE(block[at], 1);
	kfree(block);
}

static void sleep_held(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void shift_far(void)
{
	int by = 40, value;

	OPTIMIZER_HIDE_VAR(by);
	value = 1 << by;
	OPTIMIZER_HIDE_VAR(value);
}

static void lock_both(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	mutex_lock(second);
	mutex_unlock(second);
	mutex_unlock(first);
}

static int plant(const char *text, const struct kernel_param *parameter)
{
	unsigned int bug;
	int rc = kstrtouint(text, 0, &bug);

	if (rc)
		return rc;
	switch (bug) {
	case BUG_LEAK:
		lose();
		return 0;
	case BUG_BEYOND:
		write_beyond();
		return 0;
	case BUG_SLEEP:
		sleep_held();
		return 0;
	case BUG_SHIFT:
		shift_far();
		return 0;
	case BUG_LOCKS:
		lock_both(&one, &other);
		lock_both(&other, &one);
		return 0;
	default:
		return -EINVAL;
	}
}

static const struct kernel_param_ops planted_bug = {.set = plant};

module_param_cb(planted_bug, &planted_bug, NULL, 0200);
MODULE_PARM_DESC(planted_bug, "plant a bug, 1 to 5");
