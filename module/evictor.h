/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICTOR_H
#define SWC_EVICTOR_H

#include <linux/list.h>
#include <linux/types.h>

#include "frames.h"

/**
 * struct swc_evictor - memory to evict through, shared by sequences that were
 *	loaded through one open
 * @list: of the account's
 * @frames: the memory. Its pages' physical numbers count up modulo any power of
 *	two up to a block.
 * @users: how many sequences
 */
struct swc_evictor {
	struct list_head list;
	struct swc_frames frames;
	u32 users;
};

/**
 * swc_evictor_get() - one that is large enough, a new one only if there is none
 * @account: whose
 * @bytes: at least so large, 1 to SWC_MAX_SWEEP_BYTES
 * @block: at least such blocks, in bytes: a power of two, of a page or more
 *
 * May sleep. Return: an evictor, or an error pointer: -ENOMEM, or -ENOSPC if all
 * of them would exceed twice SWC_MAX_SWEEP_BYTES, or as swc_account_charge().
 */
struct swc_evictor *swc_evictor_get(struct swc_account *account, u32 bytes,
				    u32 block);

/* swc_evictor_put() - the last one frees it; NULL is ignored. May sleep. */
void swc_evictor_put(struct swc_evictor *evictor);

#endif
