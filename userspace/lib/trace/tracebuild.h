/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACEBUILD_H
#define SWC_LIB_TRACEBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "traceformat.h"

/*
 * Builds a trace in memory, repetition by repetition, and writes it whole.
 * A repetition whose stream was seen before only raises its variant's count.
 */
struct trace_builder;

struct trace_builder *trace_builder_new(void); /* NULL: no memory */
void trace_builder_free(struct trace_builder *b);

/* Each of these returns 0, or -1 with @err set when memory is short. */

/* A line of META; control characters in @value become spaces. */
int trace_builder_meta(struct trace_builder *b, const char *key,
		       const char *value, struct error *err);
int trace_builder_string(struct trace_builder *b, const char *s,
			 uint32_t *offset, struct error *err);

/*
 * trace_builder_insn() - the index of the instruction at @address, added if it
 * is new. @function is used only then.
 */
int trace_builder_insn(struct trace_builder *b, uint64_t address,
		       const uint8_t *bytes, uint8_t length,
		       const char *function, uint32_t *index,
		       struct error *err);

/*
 * trace_builder_module() - code addresses in [@start, @end) belong to @name.
 * Declared before its instructions are added, it makes the hash of a stream
 * independent of where the module was loaded. Known ranges are not repeated.
 */
int trace_builder_module(struct trace_builder *b, uint64_t start, uint64_t end,
			 const char *name, struct error *err);

/*
 * trace_builder_region() - the index of a region, added if it is new. A second
 * region of the same name gets a number: "lib", "lib2".
 */
int trace_builder_region(struct trace_builder *b, uint64_t start, uint64_t end,
			 enum trace_region_kind kind, const char *name,
			 uint16_t *index, struct error *err);
int trace_builder_field(struct trace_builder *b, uint16_t region,
			uint32_t offset, uint32_t size, const char *name,
			struct error *err);

/*
 * trace_builder_anchor() - hash a region's accesses relative to @address
 *
 * This is for stacks, whose use begins at a different place in each process.
 * Without an anchor, offsets count from the start of a region whose layout is
 * fixed; of the others (stacks, heap, unknown memory) only the place in the
 * cache line counts. It holds until it is replaced.
 */
int trace_builder_anchor(struct trace_builder *b, uint16_t region,
			 uint64_t address, struct error *err);

/* Begin a repetition, add its steps and their accesses, end it. */
int trace_builder_begin(struct trace_builder *b, struct error *err);
int trace_builder_step(struct trace_builder *b, uint32_t insn, uint64_t rsp,
		       uint16_t flags, struct error *err);
int trace_builder_access(struct trace_builder *b, uint64_t address,
			 uint32_t size, uint8_t flags, uint16_t region,
			 struct error *err);
/*
 * trace_builder_syscall() - note what the last step, a system call, asked for.
 * @call->step is ignored. Only the number counts for the stream's hash:
 * arguments and results are pointers, handles and times as a rule.
 */
int trace_builder_syscall(struct trace_builder *b,
			  const struct trace_syscall *call, struct error *err);
/*
 * trace_builder_touched() - a line that was touched before a call; in the
 * order of addresses, data before code.
 */
int trace_builder_touched(struct trace_builder *b,
			  const struct trace_touched *touched,
			  struct error *err);
/* Return: 1 a variant not seen before, 0 one more of a known one, -1 error. */
int trace_builder_end(struct trace_builder *b, struct error *err);

/*
 * trace_builder_write() - write all to @path, whole or not at all. After that
 * the builder can only be freed.
 */
int trace_builder_write(struct trace_builder *b, const char *path,
			struct error *err);

#endif
