// SPDX-License-Identifier: GPL-2.0
#include "twoframe.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "account.h"
#include "hooks.h"
#include "accessed.h"

/* Faults to plant, as a hypervisor's own page tables may have them. */
#define FAULT_NOTICED	    1 /* an entry that changes is taken note of */
#define FAULT_KEPT	    2 /* INVLPG does nothing */
#define FAULT_NOTICED_CLEAR 3 /* as 1, where an Accessed bit is cleared */
#define FAULT_UNMARKED	    4 /* a walk leaves the Accessed bit alone */
#define FAULT_WIDE	    5 /* INVALIDATE takes all translations along */

static bool is_planted(u32 fault)
{
	return swc_hook_oracle_fault() == fault;
}

static void forget(const void *at)
{
	asm volatile("invlpg (%0)" ::"r"(at) : "memory");
}

/* Global translations, too (Intel SDM vol. 3A, 4.10.4.1). */
static void forget_all(void)
{
	unsigned long cr4 = native_read_cr4();

	asm volatile("mov %0, %%cr4" ::"r"(cr4 ^ X86_CR4_PGE) : "memory");
	asm volatile("mov %0, %%cr4" ::"r"(cr4) : "memory");
}

static u8 *address_of(const struct swc_twoframes *t, u32 page)
{
	return t->at + (unsigned long)page * PAGE_SIZE;
}

static int make_frames(struct swc_twoframes *t)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		t->frames[i] = alloc_page(SWC_GFP);
		if (!t->frames[i])
			return -ENOMEM;
		t->data[i] = page_address(t->frames[i]);
		memset(page_address(t->frames[i]), i, PAGE_SIZE);
		t->entries[i] = mk_pte(t->frames[i], PAGE_KERNEL);
	}
	return 0;
}

/* Maps all pages to frame 0. */
static int map_pages(struct swc_twoframes *t, u32 npages)
{
	struct page **frames;
	u32 i;

	frames = kvmalloc_array(npages, sizeof(*frames), SWC_GFP);
	if (!frames)
		return -ENOMEM;
	for (i = 0; i < npages; i++)
		frames[i] = t->frames[0];
	t->at = vmap(frames, npages, VM_MAP, PAGE_KERNEL);
	kvfree(frames);
	if (!t->at)
		return -ENOMEM;
	for (i = 0; i < npages; i++) {
		t->pages[i].entry = swc_page_entry(address_of(t, i));
		if (!t->pages[i].entry)
			return -EOPNOTSUPP;
	}
	return 0;
}

struct swc_twoframes *swc_twoframes_new(u32 npages)
{
	u32 all = npages + SWC_TWOFRAME_CONTROLS;
	struct swc_twoframes *t;
	int rc = -ENOMEM;

	/* Page tables belong to the hypervisor there. */
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return ERR_PTR(-EOPNOTSUPP);
	t = kzalloc(sizeof(*t), SWC_GFP);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->npages = npages;
	t->pages = kvcalloc(all, sizeof(*t->pages), SWC_GFP);
	if (t->pages)
		rc = make_frames(t);
	if (!rc)
		rc = map_pages(t, all);
	if (!rc)
		return t;
	swc_twoframes_free(t);
	return ERR_PTR(rc);
}

/*
 * vunmap() alone leaves translations in TLBs until the addresses are used again;
 * meanwhile the frames could be somebody else's. vm_unmap_aliases() flushes the
 * addresses now, on all CPUs: on ours, where translations to both frames may be
 * cached, and on others, which never use the addresses but may have walked the
 * page table on speculation.
 */
void swc_twoframes_free(struct swc_twoframes *t)
{
	u32 i;

	if (t->at) {
		vunmap(t->at);
		vm_unmap_aliases();
	}
	for (i = 0; i < 2; i++) {
		if (t->frames[i])
			__free_page(t->frames[i]);
	}
	kvfree(t->pages);
	kfree(t);
}

static u64 stamp(void)
{
	u64 tsc;

	/*
	 * LFENCE on both sides: nothing before ends later, nothing after begins
	 * earlier, not even a page walk on speculation (Intel SDM vol. 2A).
	 */
	asm volatile("lfence" ::: "memory");
	tsc = rdtsc();
	asm volatile("lfence" ::: "memory");
	return tsc;
}

/*
 * The store to an entry must have left the store buffer before a walk may look
 * for it: a walk doesn't see what is still in there. So MFENCE comes first. The
 * line is brought in by the kernel's own address of it, so that the time is
 * that of the translation.
 */
static u8 load_timed(struct swc_twoframes *t, u32 page, u32 *ticks)
{
	const u8 *at = address_of(t, page);
	u64 start, took;
	u8 value;

	READ_ONCE(*t->data[0]);
	READ_ONCE(*t->data[1]);
	mb(); /* see above */
	start = stamp();
	value = READ_ONCE(*at);
	took = stamp() - start;
	*ticks = min_t(u64, took, U32_MAX);
	return value;
}

/*
 * From now on the translation in the TLB differs from the one in the table.
 * This isn't set_pte(), which may be a call into the kernel's text: that would
 * need translations, too, amid those that are watched.
 */
static void note_cached(struct swc_twoframes *t, u32 page, u8 frame)
{
	struct swc_twoframe *two = &t->pages[page];

	two->known = true;
	two->cached = frame;
	native_set_pte(two->entry, t->entries[!frame]);
	if (is_planted(FAULT_NOTICED))
		forget(address_of(t, page));
}

/* The frames hold 0 and 1: so the value that is read is the number of the frame. */
u8 swc_twoframe_touch(struct swc_twoframes *t, u32 page, u32 *ticks)
{
	struct swc_twoframe *two = &t->pages[page];
	u8 frame = load_timed(t, page, ticks), verdict = SWC_ORACLE_NONE;

	if (two->known && frame == two->cached)
		return SWC_ORACLE_HIT;
	if (two->known)
		verdict = SWC_ORACLE_MISS;
	note_cached(t, page, frame);
	return verdict;
}

/* Nothing is cached any more, so a touch must find the frame that the entry names. */
void swc_twoframe_invalidate(struct swc_twoframes *t, u32 page)
{
	struct swc_twoframe *two = &t->pages[page];

	if (!is_planted(FAULT_KEPT))
		forget(address_of(t, page));
	if (is_planted(FAULT_WIDE))
		forget_all();
	if (!two->known)
		two->cached = 1;
	two->known = true;
}

static u32 control_mapping(struct swc_twoframes *t, u32 page)
{
	u32 ticks;

	swc_twoframe_touch(t, page, &ticks);
	swc_twoframe_invalidate(t, page);
	if (swc_twoframe_touch(t, page, &ticks) != SWC_ORACLE_MISS)
		return SWC_ORACLE_FRESH;
	if (swc_twoframe_touch(t, page, &ticks) != SWC_ORACLE_HIT)
		return SWC_ORACLE_STALE;
	return SWC_ORACLE_HOLDS;
}

/* The page is cached, so a touch must not walk. Then it isn't, and a touch must. */
static u32 control_accessed(struct swc_twoframes *t, u32 page)
{
	pte_t *entry = t->pages[page].entry;
	u32 ticks;
	bool walked;
	u8 frame;

	swc_accessed_clear(entry);
	if (is_planted(FAULT_NOTICED_CLEAR))
		forget(address_of(t, page));
	swc_twoframe_touch(t, page, &ticks);
	if (swc_accessed_restore(entry))
		return SWC_ORACLE_CLEAR;
	swc_accessed_clear(entry);
	swc_twoframe_invalidate(t, page);
	frame = load_timed(t, page, &ticks);
	if (is_planted(FAULT_UNMARKED))
		swc_accessed_clear(entry);
	/* The bit is read before the entry changes frames, which would set it, too. */
	walked = swc_accessed_restore(entry);
	note_cached(t, page, frame);
	return walked ? SWC_ORACLE_HOLDS : SWC_ORACLE_SET;
}

u32 swc_twoframes_control(struct swc_twoframes *t, bool accessed)
{
	u32 i, page, failed = SWC_ORACLE_HOLDS;

	for (i = 0; i < SWC_TWOFRAME_CONTROLS && !failed; i++) {
		page = t->npages + i;
		failed = control_mapping(t, page);
		if (!failed && accessed)
			failed = control_accessed(t, page);
	}
	return failed;
}
