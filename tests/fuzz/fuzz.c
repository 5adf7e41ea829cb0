// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "capsall.h"
#include "engine/layout.h"
#include "engine/readback.h"
#include "engine/state.h"
#include "engine/verify.h"

#define LOW  0x40000000ull
#define HIGH 0xffffffffa0000000ull

/*
 * AddressSanitizer keeps what was freed from being used again, up to 256 MiB by default.
 * An input needs far less, and the less there is, the longer it stays in caches.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

static _Noreturn void contradiction(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

/*
 * All that one program needs: an allocator would map such blocks anew each time, and the
 * kernel clear them. Pages that nothing touches cost nothing.
 */
#define ARENA_BYTES (1ull << 30)
#define GAP	    64u /* at least, between two blocks */

static uint8_t *arena;
static uint64_t taken;

static void map_arena(void)
{
	arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		contradiction("no memory");
}

/* Memory of exactly so many bytes, so that a sanitizer sees one more. */
static void *room(uint64_t bytes)
{
	uint8_t *p;

	if (!arena)
		map_arena();
	if (bytes > ARENA_BYTES - 2 * GAP - taken)
		contradiction("no memory");
	p = arena + taken;
	taken = (taken + bytes + 2 * GAP - 1) / GAP * GAP;
	ASAN_UNPOISON_MEMORY_REGION(p, bytes);
	ASAN_POISON_MEMORY_REGION(p + bytes, arena + taken - p - bytes);
	memset(p, 0xa5, bytes);
	return p;
}

/* Gives all of it back. */
static void clear_arena(void)
{
	ASAN_POISON_MEMORY_REGION(arena, taken);
	taken = 0;
}

struct swc_caps fuzz_caps(void)
{
	struct swc_caps caps = caps_all();

	caps.trap = false;
	return caps;
}

static void build_state(const struct swc_proof *proof,
			const struct swc_binding *binding,
			const struct swc_state *state, const __u8 *code,
			__u32 bytes)
{
	__u32 pages = swc_code_pages(binding->offset, bytes);
	__u64 *lines = room(pages * sizeof(*lines));
	void *workspace = room(swc_state_bytes(proof, bytes));
	struct swc_extent extent = {
		.at = HIGH + binding->offset,
		.bytes = bytes,
		.lines = lines,
	};
	struct swc_evictors evictors = {
		.invlpg = true,
		.buffer = LOW,
	};
	struct swc_preparation preparation;

	swc_code_lines(code, bytes, binding->offset, lines);
	swc_state_build(proof, state, binding, &extent, &evictors, workspace,
			&preparation);
}

static void emit(const struct swc_proof *proof,
		 const struct swc_binding *binding,
		 const struct swc_state *state)
{
	void *workspace = room(swc_emit_bytes(proof));
	struct swc_code code = {.bytes = NULL};
	__u32 bytes = swc_emit(proof, binding, workspace, &code), where;
	void *reading;

	if (!bytes) {
		if (!binding->loop.iterations || !proof->program->open_end)
			contradiction("not emitted");
		return;
	}
	code = (struct swc_code){.bytes = room(bytes), .capacity = bytes};
	if (swc_emit(proof, binding, workspace, &code) != bytes)
		contradiction("another size the second time");
	reading = room(swc_readback_bytes(proof, bytes));
	if (!swc_readback(proof, binding, reading, code.bytes, bytes, &where))
		contradiction("not read back");
	build_state(proof, binding, state, code.bytes, bytes);
}

__u32 fuzz_emit(const struct swc_program *program, const struct swc_caps *caps,
		struct swc_binding binding, const struct swc_state *state)
{
	__u64 region[SWC_MAX_REGIONS], base = binding.offset % 2 ? LOW : HIGH;
	__u64 pointers[SWC_MAX_INDIRECT] = {0};
	struct swc_error err = {.op = program->nops};
	__u64 bytes = swc_verify_bytes(program, &err);
	struct swc_proof proof;
	void *workspace;

	if (!bytes)
		return program->nops;
	workspace = room(bytes);
	if (!swc_verify(program, caps, workspace, &proof, &err)) {
		binding.region = region;
		binding.context = base;
		binding.pointers = pointers;
		swc_layout(&proof, base, region);
		emit(&proof, &binding, state);
		err.op = program->nops;
	} else if (!err.code || err.code >= SWC_ERR_CODES ||
		   err.op > program->nops) {
		contradiction("refused for no reason");
	}
	clear_arena();
	return err.op;
}
