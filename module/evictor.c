// SPDX-License-Identifier: GPL-2.0
#include "evictor.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "uapi/switchcost.h"

#define MAX_TOTAL_BYTES (2ull * SWC_MAX_SWEEP_BYTES)

static u32 bytes_of(const struct swc_evictor *e)
{
	return e->frames.npages << PAGE_SHIFT;
}

static void evictor_free(struct swc_evictor *e)
{
	swc_frames_put(&e->frames);
	kfree(e);
}

static struct swc_evictor *evictor_new(struct swc_account *account, u32 bytes,
				       u32 order)
{
	struct swc_evictor *e = kzalloc(sizeof(*e), SWC_GFP);
	int rc;

	if (!e)
		return ERR_PTR(-ENOMEM);
	rc = swc_frames_get(&e->frames, account, bytes >> PAGE_SHIFT, order);
	if (!rc)
		return e;
	evictor_free(e);
	return ERR_PTR(rc);
}

static struct swc_evictor *find(struct swc_account *account, u32 bytes,
				u32 order)
{
	struct swc_evictor *e;

	list_for_each_entry(e, &account->evictors, list) {
		if (bytes_of(e) >= bytes && e->frames.order >= order)
			return e;
	}
	return NULL;
}

static struct swc_evictor *add_new(struct swc_account *account, u32 bytes,
				   u32 order)
{
	struct swc_evictor *e;

	if (account->evictor_bytes + bytes > MAX_TOTAL_BYTES)
		return ERR_PTR(-ENOSPC);
	e = evictor_new(account, bytes, order);
	if (IS_ERR(e))
		return e;
	account->evictor_bytes += bytes;
	list_add(&e->list, &account->evictors);
	return e;
}

struct swc_evictor *swc_evictor_get(struct swc_account *account, u32 bytes,
				    u32 block)
{
	u32 order = get_order(block);
	struct swc_evictor *e;

	bytes = ALIGN(bytes, PAGE_SIZE << order);
	mutex_lock(&account->lock);
	e = find(account, bytes, order);
	if (!e)
		e = add_new(account, bytes, order);
	if (!IS_ERR(e))
		e->users++;
	mutex_unlock(&account->lock);
	return e;
}

void swc_evictor_put(struct swc_evictor *e)
{
	struct swc_account *account;

	if (!e)
		return;
	account = e->frames.account;
	mutex_lock(&account->lock);
	if (!--e->users) {
		list_del(&e->list);
		account->evictor_bytes -= bytes_of(e);
		evictor_free(e);
	}
	mutex_unlock(&account->lock);
}
