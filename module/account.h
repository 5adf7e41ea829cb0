/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ACCOUNT_H
#define SWC_ACCOUNT_H

#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

/*
 * All memory whose size a caller chooses is allocated like this. It is charged
 * to the caller's memory cgroup, and if there is none left the allocation
 * fails: no process is killed for it, neither in the cgroup nor outside.
 */
#define SWC_GFP (GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/**
 * struct swc_account - the memory that one open of the device has taken
 * @users: the open itself, and each sequence that was loaded through it
 * @bytes: taken
 * @lock: of @evictors and @evictor_bytes
 * @evictors: its sequences evict through; see evictor.h
 * @evictor_bytes: of all of these
 */
struct swc_account {
	struct kref users;
	u64 bytes;
	struct mutex lock; /* of the evictors */
	struct list_head evictors;
	u64 evictor_bytes;
};

/* One open may take no more. */
#define SWC_ACCOUNT_BYTES (192ull << 20)

/* swc_account_new() - an empty one, to be put. Return: NULL: no memory. */
struct swc_account *swc_account_new(void);
void swc_account_get(struct swc_account *account);
void swc_account_put(struct swc_account *account);

/**
 * swc_account_charge() - count memory that is about to be allocated
 * @account: of the open that it is for
 * @bytes: how many
 *
 * Any context. Return: 0, or -ENOSPC: the open, or all of them together, would
 * have more than they may (the module's parameter memory_mib).
 */
int swc_account_charge(struct swc_account *account, u64 bytes);
void swc_account_discharge(struct swc_account *account, u64 bytes);

/**
 * swc_account_alloc() - count and allocate
 *
 * May sleep. Return: memory, not cleared, or an error pointer: -ENOSPC as
 * swc_account_charge(), -ENOMEM.
 */
void *swc_account_alloc(struct swc_account *account, u64 bytes);

/* swc_account_free() - NULL and error pointers are ignored. */
void swc_account_free(struct swc_account *account, void *p, u64 bytes);

/**
 * swc_copy_in() - a copy of a caller's array, for as long as an ioctl lasts
 * @user: address in the caller's memory
 * @n: of elements
 * @size: of one, bytes
 *
 * May sleep. Return: memory to be kvfree()d, or an error pointer: -EFAULT, -ENOMEM.
 */
void *swc_copy_in(u64 user, size_t n, size_t size);

#endif
