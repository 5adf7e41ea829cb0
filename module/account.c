// SPDX-License-Identifier: GPL-2.0
#include "account.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

static uint memory_mib = 512;
module_param(memory_mib, uint, 0644);
MODULE_PARM_DESC(memory_mib,
		 "most memory that all opens of the device may take, MiB (512)");

static DEFINE_SPINLOCK(accounts_lock);
static u64 total_bytes;

struct swc_account *swc_account_new(void)
{
	struct swc_account *account = kzalloc(sizeof(*account), SWC_GFP);

	if (!account)
		return NULL;
	kref_init(&account->users);
	mutex_init(&account->lock);
	INIT_LIST_HEAD(&account->evictors);
	return account;
}

void swc_account_get(struct swc_account *account)
{
	kref_get(&account->users);
}

static void account_free(struct kref *users)
{
	struct swc_account *account =
		container_of(users, struct swc_account, users);

	WARN_ON(account->bytes);
	mutex_destroy(&account->lock);
	kfree(account);
}

void swc_account_put(struct swc_account *account)
{
	kref_put(&account->users, account_free);
}

static bool has_room(u64 taken, u64 bytes, u64 most)
{
	return taken <= most && bytes <= most - taken;
}

int swc_account_charge(struct swc_account *account, u64 bytes)
{
	u64 most = (u64)READ_ONCE(memory_mib) << 20;
	int rc = -ENOSPC;

	spin_lock(&accounts_lock);
	if (has_room(account->bytes, bytes, SWC_ACCOUNT_BYTES) &&
	    has_room(total_bytes, bytes, most)) {
		account->bytes += bytes;
		total_bytes += bytes;
		rc = 0;
	}
	spin_unlock(&accounts_lock);
	return rc;
}

void swc_account_discharge(struct swc_account *account, u64 bytes)
{
	spin_lock(&accounts_lock);
	account->bytes -= bytes;
	total_bytes -= bytes;
	spin_unlock(&accounts_lock);
}

void *swc_account_alloc(struct swc_account *account, u64 bytes)
{
	int rc = swc_account_charge(account, bytes);
	void *p;

	if (rc)
		return ERR_PTR(rc);
	p = kvmalloc(bytes, SWC_GFP);
	if (p)
		return p;
	swc_account_discharge(account, bytes);
	return ERR_PTR(-ENOMEM);
}

void swc_account_free(struct swc_account *account, void *p, u64 bytes)
{
	if (IS_ERR_OR_NULL(p))
		return;
	kvfree(p);
	swc_account_discharge(account, bytes);
}

void *swc_copy_in(u64 user, size_t n, size_t size)
{
	void *p = kvmalloc_array(n, size, SWC_GFP);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(p, u64_to_user_ptr(user), n * size))
		return p;
	kvfree(p);
	return ERR_PTR(-EFAULT);
}
