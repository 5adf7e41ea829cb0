// SPDX-License-Identifier: GPL-2.0
#include "loaded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/draw.h"
#include "engine/layout.h"
#include "engine/readback.h"
#include "engine/slots.h"
#include "engine/state.h"
#include "recordedlayout.h"
#include "segmentbase.h"

/*
 * Mappings are asked for here, a hint only: MAP_32BIT gives the second GiB
 * (mmap(2)), and nothing else lies around 16 TiB. The dozens of a run that are of less
 * than SMALL bytes are asked for in its first part, and so leave room for large ones.
 */
#define SMALL	   0x100000u
#define LOW_FROM   0x40000000ull
#define LOW_BYTES  0x3f000000ull
#define FEW_BYTES  0x08000000ull
#define CODE_FROM  0x100000000000ull
#define CODE_BYTES 0x1000000000ull

void loaded_close(struct loaded *l)
{
	if (l->memory)
		munmap(l->memory, l->memory_bytes);
	if (l->alias)
		munmap(l->alias, l->memory_bytes);
	if (l->code)
		munmap(l->code, l->code_bytes);
	free(l->prepared);
	free(l->touches);
	*l = (struct loaded){0};
}

static uint32_t random_below(uint64_t *random, uint32_t n)
{
	__u64 state = *random;
	uint32_t drawn = swc_draw_below(&state, n);

	*random = state;
	return drawn;
}

/* The hint for a mapping: any multiple of @unit of @bytes from @from on. */
static void *random_hint(uint64_t *random, uint64_t from, uint64_t bytes,
			 uint64_t unit)
{
	return (void *)(from + random_below(random, bytes / unit) * unit);
}

/*
 * MAP_32BIT: code reaches the regions by a sign-extended 32-bit displacement.
 */
static void *map_low_at(void *place, size_t bytes, int flags, int fd)
{
	flags |= fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	return mmap(place, bytes, PROT_READ | PROT_WRITE, flags | MAP_32BIT, fd,
		    0);
}

/* Each place at a multiple of @step, counted off from the end of the GiB, from a drawn one on. */
static void *map_low_stepwise(size_t bytes, uint64_t step, int fd,
			      uint64_t *random)
{
	uint32_t places = (uint32_t)((LOW_BYTES - bytes) / step) + 1, i;
	uint32_t first = random_below(random, places);
	uint64_t end = LOW_FROM + LOW_BYTES - (bytes + step - 1) / step * step;
	void *p = MAP_FAILED;

	for (i = 0; p == MAP_FAILED && i < places; i++)
		p = map_low_at((void *)(end - (first + i) % places * step),
			       bytes, MAP_FIXED_NOREPLACE, fd);
	return p;
}

/*
 * At a multiple of @unit. A run has several of one size, so the places tried first are
 * such a size apart, lest two leave a gap between them that is of no use to anybody.
 */
static void *map_low_aligned(size_t bytes, uint64_t unit, int fd,
			     uint64_t *random)
{
	uint64_t size = (bytes + unit - 1) / unit * unit;
	void *p;

	errno = ENOMEM;
	if (size > LOW_BYTES)
		return MAP_FAILED;
	p = map_low_stepwise(bytes, size, fd, random);
	return p == MAP_FAILED ? map_low_stepwise(bytes, unit, fd, random) : p;
}

/* 4 KiB pages, as recorded; a huge page would need a single TLB entry. */
static void *map_low(size_t bytes, uint64_t unit, int fd, uint64_t *random)
{
	uint64_t room = bytes < SMALL ? FEW_BYTES : LOW_BYTES;
	void *p;

	/* Only with a unit does it matter where it lies. */
	if (unit > SWC_PAGE_BYTES)
		p = map_low_aligned(bytes, unit, fd, random);
	else
		p = map_low_at(random_hint(random, LOW_FROM, room, unit), bytes,
			       0, fd);
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

/* Touch by writing: a page that was only read is the shared zero page. */
static void touch(const struct loaded *l, void *from, size_t pages)
{
	intptr_t alias = (intptr_t)l->alias - (intptr_t)l->memory;

	memset(from, 0, pages * SWC_PAGE_BYTES);
	if (l->alias)
		memset((char *)from + alias, 0, pages * SWC_PAGE_BYTES);
}

/* Frames for the context and the regions, and for nothing that lies between them. */
static void populate(const struct loaded *l, const struct swc_proof *proof)
{
	uint32_t i;

	touch(l, l->memory, 1);
	for (i = 0; i < proof->program->nregions; i++) {
		uint32_t below = swc_proof_is_stack(proof, i)
					 ? SWC_STACK_HEADROOM_PAGES
					 : 0;

		touch(l,
		      (void *)(uintptr_t)(l->region[i] -
					  below * SWC_PAGE_BYTES),
		      below + proof->program->regions[i].pages);
	}
}

/* Memory that is mapped a second time elsewhere. */
static void map_twice(struct loaded *l, uint64_t unit, uint64_t *random)
{
	int fd = memfd_create("switchcost-regions", MFD_CLOEXEC);

	if (fd < 0)
		return;
	if (!ftruncate(fd, l->memory_bytes))
		l->memory = map_low(l->memory_bytes, unit, fd, random);
	if (l->memory)
		l->alias = mmap(NULL, l->memory_bytes, PROT_READ | PROT_WRITE,
				MAP_SHARED, fd, 0);
	close(fd);
	if (l->alias == MAP_FAILED)
		l->alias = NULL;
}

static int map_memory(struct loaded *l, bool twice, uint64_t unit,
		      uint64_t *random, struct error *err)
{
	if (twice)
		map_twice(l, unit, random);
	else
		l->memory = map_low(l->memory_bytes, unit, -1, random);
	if (l->memory && (l->alias || !twice))
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no %zu bytes of memory below 2 GiB: %s",
			 l->memory_bytes, strerror(errno));
}

/*
 * Two loops that are subtracted from one another shall lie alike: each so far from the
 * other that all bits below, by which caches and predictors are indexed, are the same.
 * On Zen 2 a loop's place moves it by 7 %, and the difference of two that were drawn
 * one by one was noise.
 */
#define LIKE_BYTES 0x4000000ull

/* Before anything may run it, as in ring 0. */
static int read_back(const struct swc_proof *proof,
		     const struct swc_binding *binding,
		     const struct swc_code *code, struct error *err)
{
	void *workspace = malloc(swc_readback_bytes(proof, code->used));
	__u32 where;
	bool good;

	if (!workspace)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	good = swc_readback(proof, binding, workspace, code->bytes, code->used,
			    &where);
	free(workspace);
	return good ? 0
		    : error_set(err, EXIT_IMPOSSIBLE, "byte %u of %u: %s",
				where, code->used,
				swc_error_text(SWC_ERR_BYTES));
}

/*
 * Write the code, then make it executable: never both at once.
 *
 * The code begins at a random place in its first page. With a fixed one, the last
 * bytes of a sequence and of the pedestal lie in the same places of their lines,
 * and of the micro-op cache's sets, in each round, which moved results by half a
 * cycle. Drawn anew for each arm and round, that is noise, which averages out and
 * shows in the interval (Curtsinger and Berger, "Stabilizer", ASPLOS 2013). If
 * code lies as recorded, only the code around the sequence moves freely; see
 * chunks.h.
 */
static int emit(struct loaded *l, const struct swc_proof *proof,
		struct swc_binding *binding, const struct loaded *like,
		uint64_t *random, struct error *err)
{
	/*
	 * A loop keeps its functions on the boundaries of lines that they lie
	 * on live.
	 */
	uint32_t unit = binding->loop.iterations ? SWC_LINE_BYTES : 1;
	void *workspace = malloc(swc_emit_bytes(proof));
	struct swc_code code = {0};
	uint8_t *p;

	if (!workspace)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	binding->offset =
		like ? (uintptr_t)like->entry % SWC_PAGE_BYTES
		     : random_below(random, SWC_PAGE_BYTES / unit) * unit;
	code.capacity = swc_emit(proof, binding, workspace, &code);
	l->code_bytes = code.capacity + SWC_PAGE_BYTES;
	p = mmap(like ? (char *)like->code + LIKE_BYTES
		      : random_hint(random, CODE_FROM, CODE_BYTES,
				    SWC_PAGE_BYTES),
		 l->code_bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED) {
		l->code = p;
		l->entry = code.bytes = p + binding->offset;
		binding->at = (uintptr_t)l->entry;
		binding->pointers =
			(void *)((char *)l->memory + SWC_POINTERS_BYTES);
		swc_emit(proof, binding, workspace, &code);
	}
	free(workspace);
	if (!l->code || mprotect(p, l->code_bytes, PROT_READ | PROT_EXEC))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cannot map code as executable: %s: is a "
				 "security policy in the way?",
				 strerror(errno));
	return read_back(proof, binding, &code, err);
}

/* Steps for the touches that the state names, by the sequence's own places. */
static int provide_touches(struct loaded *l, struct evictors *own,
			   const struct swc_program *program,
			   const struct swc_extent *code,
			   const struct swc_state *state,
			   struct swc_evictors *evictors, struct error *err)
{
	const struct touches_places places = {
		.region = l->region,
		.regions = program->regions,
		.nregions = program->nregions,
		.ops = program->ops,
		.nops = program->nops,
		.code = *code,
	};
	const struct touches *memory;

	if (!(state->flags & SWC_STATE_RECORDED))
		return 0;
	memory = touches_provide(&own->touches, state, err);
	if (!memory)
		return -1;
	l->touches = touches_steps(memory, state, &places, &evictors->ntouches);
	evictors->touches = l->touches;
	return l->touches ? 0
			  : error_set(err, EXIT_IMPOSSIBLE, "out of memory");
}

static int prepare(struct evictors *own, struct loaded *l,
		   const struct swc_proof *proof, const struct swc_state *state,
		   const struct swc_binding *binding,
		   struct swc_preparation *preparation, struct error *err)
{
	struct swc_extent code = {
		.at = (uintptr_t)l->entry,
		.bytes = l->code_bytes - SWC_PAGE_BYTES,
	};
	struct swc_evictors evictors;
	__u64 *lines;
	__u32 rc;

	if (evictors_provide(own, state,
			     (intptr_t)l->alias - (intptr_t)l->memory,
			     &evictors, err))
		return -1;
	lines = calloc(swc_code_pages(binding->offset, code.bytes),
		       sizeof(*lines));
	l->prepared = malloc(swc_state_bytes(proof, code.bytes));
	if (!l->prepared || !lines) {
		free(lines);
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	}
	swc_code_lines(l->entry, code.bytes, binding->offset, lines);
	code.lines = lines;
	if (provide_touches(l, own, proof->program, &code, state, &evictors,
			    err)) {
		free(lines);
		return -1;
	}
	rc = swc_state_build(proof, state, binding, &code, &evictors,
			     l->prepared, preparation);
	free(lines);
	if (rc)
		return error_set(err, EXIT_USAGE, "state: %s",
				 swc_error_text(rc));
	return 0;
}

/* Memory, and where in it each region lies. A state as recorded needs page tables that are. */
static int place(struct loaded *l, const struct sequence *s,
		 const struct swc_proof *proof, const struct swc_state *state,
		 uint64_t *random, struct error *err)
{
	bool recorded = state && state->flags & SWC_STATE_RECORDED && s->places;
	uint32_t pages = recorded ? recorded_layout(s, proof, 0, l->region)
				  : swc_layout(proof, 0, l->region);
	uint32_t i;

	l->memory_bytes = (size_t)pages * SWC_PAGE_BYTES;
	if (map_memory(l, state,
		       recorded ? RECORDED_LAYOUT_UNIT : SWC_PAGE_BYTES, random,
		       err))
		return -1;
	for (i = 0; i < proof->program->nregions; i++)
		l->region[i] += (uintptr_t)l->memory;
	populate(l, proof);
	return 0;
}

static int bind(struct evictors *own, struct loaded *l,
		const struct sequence *s, const struct swc_proof *proof,
		struct swc_binding binding, const struct swc_state *state,
		const struct loaded *like, struct swc_preparation *preparation,
		uint64_t *random, struct error *err)
{
	binding.region = l->region;
	if (place(l, s, proof, state, random, err))
		return -1;
	binding.context = (uintptr_t)l->memory;
	if (emit(l, proof, &binding, like, random, err))
		return -1;
	if (!state)
		return 0;
	return prepare(own, l, proof, state, &binding, preparation, err);
}

/* Bounds the iterations of @loop, if there is one. */
static int open_as(struct loaded *l, const struct sequence *s,
		   const struct swc_caps *caps, uint32_t pedestal,
		   struct swc_loop *loop, const struct loaded *like,
		   const struct swc_state *state, struct evictors *evictors,
		   uint64_t *random, struct error *err)
{
	struct swc_preparation preparation = {.nsteps = 0};
	struct swc_binding binding = {.pedestal = pedestal, .spread = true};
	struct swc_error refused = {0};
	struct swc_program program;
	struct swc_proof proof;
	void *workspace;
	int rc;

	*l = (struct loaded){0};
	if (segmentbase_set(err) || sequence_verify(s, caps, &proof, &program,
						    &workspace, &refused, err))
		return -1;
	if (loop) {
		loop->iterations =
			swc_loop_iterations(&proof, loop->iterations);
		binding.loop = *loop;
	}
	rc = bind(evictors, l, s, &proof, binding, state, like, &preparation,
		  random, err);
	free(workspace);
	if (rc) {
		loaded_close(l);
		return -1;
	}
	l->arm = (struct swc_arm){
		.code = l->entry,
		.context = l->memory,
		.preparation = preparation,
	};
	return 0;
}

int loaded_open(struct loaded *l, const struct sequence *s,
		const struct swc_caps *caps, uint32_t pedestal,
		const struct swc_state *state, struct evictors *evictors,
		uint64_t *random, struct error *err)
{
	return open_as(l, s, caps, pedestal, NULL, NULL, state, evictors,
		       random, err);
}

int loaded_open_loop(struct loaded *l, const struct sequence *s,
		     const struct swc_caps *caps, struct swc_loop *loop,
		     const struct loaded *like, uint64_t *random,
		     struct error *err)
{
	return open_as(l, s, caps, 0, loop, like, NULL, NULL, random, err);
}
