/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_GEOMETRY_H
#define SWC_LIB_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets, ways and entries of a CPU's caches and TLBs, as CPUID reports them, or
 * a file. A number that isn't reported stays 0 and says so by its source:
 * nothing is filled in from a table of models. CPUID of a guest is what its
 * hypervisor wants to show, and CPUID itself has been wrong: check by
 * measuring.
 */

enum geometry_source {
	GEOMETRY_NOT_REPORTED = 0,
	GEOMETRY_LEAF_2,       /* Intel, one-byte descriptors */
	GEOMETRY_LEAF_4,       /* Intel, deterministic cache parameters */
	GEOMETRY_LEAF_18,      /* Intel, deterministic TLB parameters */
	GEOMETRY_AMD_LEGACY,   /* AMD, leaves 0x80000005 and 0x80000006 */
	GEOMETRY_AMD_GIGABYTE, /* AMD, leaf 0x80000019 */
	GEOMETRY_AMD_CACHE,    /* AMD, leaf 0x8000001d */
	GEOMETRY_FILE,	       /* described by a person */
	GEOMETRY_MEASURED,     /* by timing, where CPUID is silent or wrong */
	GEOMETRY_SOURCES
};

enum geometry_answer { GEOMETRY_UNKNOWN = 0, GEOMETRY_NO, GEOMETRY_YES };

/* The policy chooses the entry that makes room. CPUID never reports it; a file may. */
enum geometry_policy {
	GEOMETRY_POLICY_NOT_TOLD = 0,
	GEOMETRY_LRU,
	GEOMETRY_PLRU, /* a binary tree over the ways */
	GEOMETRY_RANDOM,
	GEOMETRY_POLICIES
};

enum geometry_level {
	GEOMETRY_L1D,
	GEOMETRY_L1I,
	GEOMETRY_L2,
	GEOMETRY_L3,
	GEOMETRY_CACHES
};

/**
 * struct geometry_cache - one cache
 * @source: GEOMETRY_NOT_REPORTED: all others are 0
 * @bytes: its size
 * @line_bytes: of one line
 * @ways: lines in a set; 0: not reported
 * @sets: in all slices; need not be a power of two
 * @threads: logical processors that share it. Intel reports the room for APIC
 *	ids that share it, an upper limit; 0: not reported
 * @fully_associative: one set
 * @inclusive: holds all that the caches below it hold
 * @hashed: the set is a function of more address bits than the index (Intel's
 *	"complex indexing"), so lines of one set can't be chosen by address
 * @policy: replacement
 */
struct geometry_cache {
	enum geometry_source source;
	uint64_t bytes;
	uint32_t line_bytes;
	uint32_t ways;
	uint32_t sets;
	uint32_t threads;
	enum geometry_answer fully_associative;
	enum geometry_answer inclusive;
	enum geometry_answer hashed;
	enum geometry_policy policy;
};

enum geometry_tlb_kind {
	GEOMETRY_TLB_DATA,
	GEOMETRY_TLB_CODE,
	GEOMETRY_TLB_UNIFIED,
	GEOMETRY_TLB_LOAD,  /* loads only */
	GEOMETRY_TLB_STORE, /* stores only */
	GEOMETRY_TLB_KINDS
};

#define GEOMETRY_4K 0x1u
#define GEOMETRY_2M 0x2u
#define GEOMETRY_4M 0x4u /* not in 64-bit mode */
#define GEOMETRY_1G 0x8u

/**
 * struct geometry_tlb - one TLB, or what one leaf says about it
 * @level: 1 or 2
 * @kind: what it translates for
 * @pages: page sizes that it holds, GEOMETRY_4K | ...
 * @entries: all of them
 * @ways: entries in a set, == @entries if fully associative; 0: not reported
 * @threads: as in struct geometry_cache
 * @source: never GEOMETRY_NOT_REPORTED
 * @policy: replacement
 *
 * AMD's leaves give each page size a line of its own, even if all share the
 * same entries: don't add them up over page sizes.
 */
struct geometry_tlb {
	uint8_t level;
	enum geometry_tlb_kind kind;
	uint8_t pages;
	uint32_t entries;
	uint32_t ways;
	uint32_t threads;
	enum geometry_source source;
	enum geometry_policy policy;
};

#define GEOMETRY_TLBS 24

/* Core types of a hybrid CPU, leaf 0x1a. */
#define GEOMETRY_CORE_EFFICIENT	  0x20
#define GEOMETRY_CORE_PERFORMANCE 0x40

/**
 * struct geometry - of the logical processor that CPUID was asked on
 * @vendor: "GenuineIntel", "AuthenticAMD", ...
 * @guest: CPUID says that a hypervisor is present
 * @hybrid: this CPU has cores of several types, with other geometries
 * @core_type: GEOMETRY_CORE_..., or 0
 * @cache: by enum geometry_level
 * @tlb: the first @ntlbs are used
 * @tlb_why: why no TLB is reported; empty if one is
 * @complaint: the file of measurements isn't understood; empty: nothing to say
 */
struct geometry {
	char vendor[13];
	bool guest;
	bool hybrid;
	uint8_t core_type;
	struct geometry_cache cache[GEOMETRY_CACHES];
	struct geometry_tlb tlb[GEOMETRY_TLBS];
	uint32_t ntlbs;
	char tlb_why[96];
	char complaint[640];
};

/* geometry_add_tlb() - one more; those without entries aren't added. */
void geometry_add_tlb(struct geometry *g, const struct geometry_tlb *tlb);

/**
 * geometry_tlb_entries() - entries that a kind of access can use
 * @g: the geometry
 * @level: 1 or 2
 * @kind: GEOMETRY_TLB_LOAD, _STORE or _CODE
 * @page: one of GEOMETRY_4K, ...
 *
 * TLBs of one level that all hold @page add up: Golden Cove splits its second
 * level into two of 1024, both for 4 KiB. Return: entries; 0: not reported.
 */
uint32_t geometry_tlb_entries(const struct geometry *g, unsigned int level,
			      enum geometry_tlb_kind kind, uint8_t page);

/**
 * geometry_tlb_serves() - does a TLB translate for a kind of access?
 * @kind: GEOMETRY_TLB_LOAD, _STORE or _CODE
 */
bool geometry_tlb_serves(const struct geometry_tlb *tlb,
			 enum geometry_tlb_kind kind);

/* "leaf 0x18", "leaf 2", "not reported", ... */
const char *geometry_source_name(enum geometry_source source);
const char *geometry_level_name(enum geometry_level level);	 /* "l1d" */
const char *geometry_tlb_kind_name(enum geometry_tlb_kind kind); /* "data" */

const char *geometry_policy_name(enum geometry_policy policy); /* "lru" */
/* geometry_policy_find() - the policy of that name, or -1. */
int geometry_policy_find(const char *name);

/* "performance", "efficient", "unknown", or "": not hybrid. */
const char *geometry_core_type_name(const struct geometry *g);

#endif
