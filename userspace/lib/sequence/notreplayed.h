/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_NOTREPLAYED_H
#define SWC_LIB_NOTREPLAYED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Recorded instructions whose time isn't in a sequence's figures: a replay leaves
 * them out, or has something of another cost in their place. A sequence carries
 * their numbers, so that each of its figures can be shown with them.
 */
enum notreplayed_kind {
	NOTREPLAYED_SYSCALL,
	NOTREPLAYED_SERIALISING, /* CPUID, SERIALIZE */
	NOTREPLAYED_TIME,	 /* RDTSC, RDTSCP */
	NOTREPLAYED_RANDOM,	 /* RDRAND, RDSEED */
	NOTREPLAYED_X87,   /* environment: FLDENV, FNSTCW, FNINIT, EMMS, .. */
	NOTREPLAYED_MXCSR, /* LDMXCSR, STMXCSR */
	NOTREPLAYED_FUNCTION, /* microcoded x87 functions: FSIN, FPREM, .. */
	NOTREPLAYED_REGISTER, /* XGETBV, RDPID, WRFSBASE, POPF, STD, .. */
	NOTREPLAYED_STRING, /* REP of other than STOS and MOVS, or of nothing */
	NOTREPLAYED_LOCK,   /* misaligned */
	NOTREPLAYED_STATE,  /* XRSTOR of an area that no XSAVE has written */
	NOTREPLAYED_FLUSH,  /* CLWB, CLFLUSHOPT, .. */
	NOTREPLAYED_PREFETCH,
	NOTREPLAYED_OTHER,
	NOTREPLAYED_KINDS,
};

/* struct notreplayed - how many of each kind; all 0: nothing is missing */
struct notreplayed {
	size_t count[NOTREPLAYED_KINDS];
};

/* notreplayed_what() - one of that kind in words: "system call". */
const char *notreplayed_what(enum notreplayed_kind kind);

/* notreplayed_find() - the kind of these words, or -1. */
int notreplayed_find(const char *what);

/* notreplayed_any() - is there any? */
bool notreplayed_any(const struct notreplayed *n);

/* notreplayed_most() - make @n the larger number of the two for each kind. */
void notreplayed_most(struct notreplayed *n, const struct notreplayed *other);

/*
 * notreplayed_text() - "2 system calls, 1 MXCSR operation"; "" if there is none.
 * Return: @buffer, of which at most @bytes are written.
 */
const char *notreplayed_text(const struct notreplayed *n, char *buffer,
			     size_t bytes);

/* Enough for all kinds. */
#define NOTREPLAYED_TEXT 1024

#endif
