/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LOADED_H
#define SWC_LOADED_H

#include <linux/fs.h>

#include "engine/emit.h"
#include "engine/prepare.h"
#include "evictor.h"

/**
 * struct swc_sequence - a loaded sequence: verified, emitted, ready to run
 * @extent: of the arena
 * @code: where it runs, in @extent
 * @code_bytes: its size
 * @code_shared: lines of it that a replay comes by once more, at most
 * @code_turned: likewise of loops
 * @memory: context, then the regions, in the pool
 * @memory_pages: their size
 * @bound: of its replays, with their code
 * @preparation: of the state asked for
 * @account: that @lists and @evictor are counted in
 * @lists: what the preparation points to
 * @lists_bytes: their size
 * @evictor: what it reads through, or NULL
 */
struct swc_sequence {
	void *extent;
	void *code;
	u32 code_bytes;
	u32 code_shared;
	u32 code_turned;
	void *memory;
	u32 memory_pages;
	struct swc_bound bound;
	struct swc_preparation preparation;
	struct swc_account *account;
	void *lists;
	u64 lists_bytes;
	struct swc_evictor *evictor;
};

static inline struct swc_context *
swc_sequence_context(const struct swc_sequence *sequence)
{
	return sequence->memory;
}

/*
 * swc_sequence_worst() - upper bound of @warm replays and, after a preparation, one
 * more, without that preparation; ticks of the TSC.
 */
u64 swc_sequence_worst(const struct swc_sequence *s, u64 warm);

/**
 * swc_sequence_load() - make a descriptor from the ioctl's argument
 * @account: that its memory is counted in, and that it keeps
 * @load: in and out; @error and @error_op say why a sequence was refused
 *
 * May sleep. Return: a new descriptor, or -EINVAL (refused, or a reserved
 * member set), -EFAULT, -ENOMEM, -ENOSPC (memory for code, regions or eviction
 * used up, see swc_account_charge()), -EMFILE.
 */
int swc_sequence_load(struct swc_account *account, struct swc_load *load);

/**
 * swc_sequence_get() - the sequence that a descriptor is of
 * @fd: of the calling process
 * @held: set to what keeps the sequence alive, until fput()
 *
 * Return: the sequence, or NULL if @fd is of none.
 */
struct swc_sequence *swc_sequence_get(int fd, struct file **held);

#endif
