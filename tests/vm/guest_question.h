/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_GUEST_QUESTION_H
#define SWC_TESTS_GUEST_QUESTION_H

/*
 * Makes a question to the TLB oracle, step by step, and asks it: for the programs that
 * test the oracle.
 */

#include "guest.h"

#define VICTIMS 64u

/*
 * More pages than a replay uses besides those of its sequence: code, stack, data. Each
 * place of the emulated TLB holds one page, so that each of them may evict a victim,
 * by where they happen to lie.
 */
#define OWN_PAGES 12u

/* The large pages that are in use change, so the test asks a few times. */
#define ALONG_TRIES 20u

/* A page of the engine's, a to page 4, b to page 6, then the code. */
#define TWO_REGIONS                                              \
	"region a 4\nregion b 2\nload a+0 8\nstore a+0x2008 8\n" \
	"load b+0x1000 8\n"

static int device;
static struct swc_oracle_step steps[SWC_ORACLE_MAX_STEPS + 1];
static uint32_t nsteps;
static uint8_t walks[SWC_MAX_PAGES * 2];

static inline void start(void)
{
	nsteps = 0;
}

/* Return: where the verdict will be. */
static inline const struct swc_oracle_step *add(enum swc_oracle_kind kind,
						uint32_t page)
{
	steps[nsteps] = (struct swc_oracle_step){.page = page, .kind = kind};
	return &steps[nsteps++];
}

/* The same for all victims. Return: the first. */
static inline const struct swc_oracle_step *add_all(enum swc_oracle_kind kind)
{
	const struct swc_oracle_step *first = &steps[nsteps];
	uint32_t i;

	for (i = 0; i < VICTIMS; i++)
		add(kind, i);
	return first;
}

/* A question that has nothing wrong with it. */
static inline struct swc_oracle question(int arm)
{
	return (struct swc_oracle){
		.steps = (uintptr_t)steps,
		.nsteps = nsteps,
		.npages = VICTIMS,
		.sequence = arm,
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};
}

static inline int ask(struct swc_oracle *o)
{
	return ioctl(device, SWC_IOC_ORACLE, o);
}

static inline uint32_t count(const struct swc_oracle_step *first, uint32_t n,
			     enum swc_oracle_verdict verdict)
{
	uint32_t i, seen = 0;

	for (i = 0; i < n; i++)
		seen += first[i].verdict == verdict;
	return seen;
}

/* Is code mapped page by page? */
static inline bool knows_code(void)
{
	return guest_info(device).capabilities & SWC_CAP_CODE_PAGES;
}

/*
 * An INVLPG may take other translations along (Intel SDM vol. 3A, 4.10.4.1). QEMU's
 * emulator forgets all of them if the page lies in the range that the large pages span
 * which it has translated since it last did so. The range holds all pages of the oracle as
 * soon as both the kernel's data and code in large pages were translated: on Linux since
 * 6.15 always, as modules' code lies in such; before, where a RET goes through a return
 * thunk in the kernel's text and the emulator looks up that code anew.
 *
 * Return: in how many of ALONG_TRIES questions the INVLPG of a sequence, which isn't the
 * oracle's own, takes most victims along. The controls come before, so that an oracle which
 * forgets too much may have a part in that.
 */
static inline uint32_t takes_along(void)
{
	int arm = guest_must_load(device, "region a 2\ninvlpg a+0x1000\n");
	const struct swc_oracle_step *after;
	uint32_t i, n = 0;
	struct swc_oracle o;

	for (i = 0; i < ALONG_TRIES; i++) {
		start();
		add_all(SWC_ORACLE_TOUCH);
		add(SWC_ORACLE_REPLAY, 0);
		after = add_all(SWC_ORACLE_TOUCH);
		o = question(arm);
		n += !ask(&o) &&
		     count(after, VICTIMS, SWC_ORACLE_MISS) > VICTIMS / 2;
	}
	close(arm);
	return n;
}

#endif
