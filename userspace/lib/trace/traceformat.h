/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACEFORMAT_H
#define SWC_LIB_TRACEFORMAT_H

#include <stdint.h>

/*
 * The trace file, version 3
 * =========================
 *
 * Little-endian, every structure aligned and without padding, so that a
 * reader may map the file and point into it. A header, a table of
 * sections, then the sections, each aligned to 8 bytes:
 *
 *   META      "key=value\n" lines: the provenance (CPU, kernel, command, ...)
 *   STRINGS   NUL-terminated names; offset 0 is the empty string
 *   CODE      struct trace_insn: each distinct instruction once
 *   REGIONS   struct trace_region: what the address ranges were
 *   FIELDS    struct trace_field: DWARF fields that were accessed
 *   VARIANTS  struct trace_variant: the distinct streams and how often each
 *   STEPS     struct trace_step: executed instructions, variant by variant
 *   ACCESSES  struct trace_access: memory accesses, in order of the steps
 *   SYSCALLS  struct trace_syscall: system calls, in order of the steps
 *   WORKING   struct trace_touched: the lines that the caller had touched
 *             before a call, see there
 *
 * A step's accesses follow the previous step's: a reader adds up naccesses.
 * The checksum is FNV-1a (64 bit) over the whole file with the checksum field
 * taken as 0; it finds truncation and alteration, it does not authenticate.
 *
 * Files of version 2, which lacks WORKING, are read as well: as ones in which
 * nothing was recorded before the calls.
 */

#define TRACE_MAGIC	   "SWCTRACE"
#define TRACE_VERSION	   3u /* 2: SYSCALLS, TRACE_STEP_MOVED; 3: WORKING */
#define TRACE_OLDEST	   2u /* that is still read */
#define TRACE_MAX_SECTIONS 32u
#define TRACE_MAX_INSN	   15u /* Intel SDM vol. 2, 2.3.11 */

enum trace_section_type {
	TRACE_META = 1,
	TRACE_STRINGS = 2,
	TRACE_CODE = 3,
	TRACE_REGIONS = 4,
	TRACE_FIELDS = 5,
	TRACE_VARIANTS = 6,
	TRACE_STEPS = 7,
	TRACE_ACCESSES = 8,
	TRACE_SYSCALLS = 9,
	TRACE_WORKING = 10,
	TRACE_SECTION_TYPES, /* one more than the last */
};

struct trace_header {
	char magic[8]; /* TRACE_MAGIC, without its NUL */
	uint32_t version;
	uint32_t nsections;
	uint64_t file_bytes;
	uint64_t checksum;
};

struct trace_section {
	uint32_t type;	      /* enum trace_section_type; unknown: skipped */
	uint32_t entry_bytes; /* 1 for META and STRINGS */
	uint64_t offset;      /* from the start of the file, multiple of 8 */
	uint64_t bytes;
};

/* An address that needs no padding after 28 bytes: CODE is the largest part. */
typedef uint64_t trace_code_address __attribute__((aligned(4)));

struct trace_insn {
	trace_code_address address;
	uint32_t function; /* string */
	uint8_t length;	   /* 1 to TRACE_MAX_INSN */
	uint8_t bytes[TRACE_MAX_INSN];
};

enum trace_region_kind {
	TRACE_REGION_OTHER = 0,
	TRACE_REGION_GSTACK = 1,  /* the goroutine's stack */
	TRACE_REGION_G0STACK = 2, /* the thread's system stack */
	TRACE_REGION_SIGSTACK = 3,
	TRACE_REGION_G = 4, /* the runtime's g, g0, m, p, sched structures */
	TRACE_REGION_G0 = 5,
	TRACE_REGION_M = 6,
	TRACE_REGION_P = 7,
	TRACE_REGION_SCHED = 8,
	TRACE_REGION_TLS = 9,
	TRACE_REGION_HEAP = 10, /* Go's heap, and the C heap */
	TRACE_REGION_DATA = 11, /* .data, .bss, .got of the program */
	TRACE_REGION_RODATA = 12,
	TRACE_REGION_TEXT = 13,
	TRACE_REGION_LIBRARY = 14, /* data of a shared library */
	TRACE_REGION_STACK = 15,   /* another thread's or the process's stack */
	TRACE_REGION_KINDS,
};

struct trace_region {
	uint64_t start; /* first address */
	uint64_t end;	/* one past the last */
	uint32_t name;	/* string, a word fit for the text form: "gstack" */
	uint16_t kind;	/* enum trace_region_kind */
	uint16_t reserved;
};

struct trace_field {
	uint16_t region;
	uint16_t reserved;
	uint32_t offset; /* bytes from the region's start */
	uint32_t size;	 /* bytes */
	uint32_t name;	 /* string: "m.locks" */
};

struct trace_variant {
	uint64_t hash;	/* of the instruction stream; same stream, same hash */
	uint32_t count; /* how often it was seen */
	uint32_t first_step;
	uint32_t nsteps;
	uint32_t first_access;
	uint32_t naccesses;
	uint32_t reserved;
};

#define TRACE_STEP_TAKEN   0x1u /* the next step is not the next in memory */
#define TRACE_STEP_SYSCALL 0x2u /* entered the kernel */
/*
 * Executed by another thread than the step before: the goroutine was resumed
 * there. The recording has nothing that this thread did until then.
 */
#define TRACE_STEP_MOVED 0x4u
#define TRACE_STEP_FLAGS 0x7u

struct trace_step {
	uint64_t rsp;  /* before the instruction */
	uint32_t insn; /* index into CODE */
	uint16_t naccesses;
	uint16_t flags; /* TRACE_STEP_* */
};

#define TRACE_ACCESS_READ     0x1u
#define TRACE_ACCESS_WRITE    0x2u
#define TRACE_ACCESS_ATOMIC   0x4u
#define TRACE_ACCESS_IMPLICIT 0x8u /* push, pop, call, ret, string operand */
#define TRACE_ACCESS_FLAGS    0xfu

struct trace_access {
	uint64_t address;
	uint32_t size; /* bytes; a REP instruction's whole extent */
	uint16_t region;
	uint8_t flags; /* TRACE_ACCESS_* */
	uint8_t reserved;
};

#define TRACE_SYSCALL_BLOCKED	 0x1u /* the thread slept in the kernel */
#define TRACE_SYSCALL_INT80	 0x2u /* by int 0x80: numbers of 32-bit programs */
#define TRACE_SYSCALL_UNFINISHED 0x4u /* the goroutine went on elsewhere */
#define TRACE_SYSCALL_FLAGS	 0x7u

#define TRACE_SYSCALL_ARGS 6

struct trace_syscall {
	uint64_t number;
	uint64_t args[TRACE_SYSCALL_ARGS]; /* all, however many it has */
	int64_t result;			   /* -4095 to -1: -errno */
	uint32_t step;	/* index into STEPS, with TRACE_STEP_SYSCALL */
	uint32_t flags; /* TRACE_SYSCALL_* */
};

#define TRACE_TOUCHED_READ  0x1u
#define TRACE_TOUCHED_WRITE 0x2u
#define TRACE_TOUCHED_CODE  0x4u /* fetched; without READ and WRITE */
#define TRACE_TOUCHED_ZERO  0x8u /* never written: the kernel's page of zeros */
#define TRACE_TOUCHED_FLAGS 0xfu

#define TRACE_LINE_BYTES 64u

/*
 * A line that the recorded thread had touched between one call and the next. A
 * line that was fetched and read or written is there twice. Lines are sorted by
 * address, the data first. META says what they are of:
 *
 *   working_steps  instructions that were stepped between the two calls
 *   working_part   "all" of them; "first": those after the earlier call, the
 *                  rest is missing; "last": those before the later call, the
 *                  earlier ones are missing; "none"
 *   working_end    what ended the stepping: "call", "limit", "system call",
 *                  "signal", "descheduled", "instruction"
 */
struct trace_touched {
	uint64_t address; /* of its first byte */
	/*
	 * So many of working_steps were executed after the one that touched it
	 * last; if these reach up to the call, so many steps before the call.
	 */
	uint32_t age;
	uint16_t region; /* of the first byte that was touched */
	uint8_t flags;	 /* TRACE_TOUCHED_* */
	uint8_t reserved;
};

_Static_assert(sizeof(struct trace_header) == 32, "no padding");
_Static_assert(sizeof(struct trace_section) == 24, "no padding");
_Static_assert(sizeof(struct trace_insn) == 28, "no padding");
_Static_assert(sizeof(struct trace_region) == 24, "no padding");
_Static_assert(sizeof(struct trace_field) == 16, "no padding");
_Static_assert(sizeof(struct trace_variant) == 32, "no padding");
_Static_assert(sizeof(struct trace_step) == 16, "no padding");
_Static_assert(sizeof(struct trace_access) == 16, "no padding");
_Static_assert(sizeof(struct trace_syscall) == 72, "no padding");
_Static_assert(sizeof(struct trace_touched) == 16, "no padding");

#endif
