// SPDX-License-Identifier: GPL-2.0
#include "regions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The thread control block begins at the thread pointer. Its size is the C
 * library's secret; glibc's struct pthread has 0x900 to 0x940 bytes.
 */
#define THREAD_BLOCK_BYTES 0x940

/* Go's heap arenas on amd64, unless randomised: 0xc0 << 32 and up. */
#define GO_ARENA_HINT 0xc000000000ull
#define GO_ARENA_END  0xe000000000ull

static int add(struct regions *regions, struct region region, struct error *err)
{
	struct region *list;

	if (region.start >= region.end)
		return 0; /* a thread without a signal stack, and the like */
	list = realloc(regions->list, (regions->n + 1) * sizeof(*list));
	if (!list)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "record: out of memory for %zu regions",
				 regions->n);
	region.trace_index = -1;
	regions->list = list;
	list[regions->n++] = region;
	return 0;
}

static int add_structure(struct regions *regions, uint64_t address,
			 enum trace_region_kind kind, const char *name,
			 const struct gotype *type, struct error *err)
{
	if (!address)
		return 0;
	return add(regions,
		   (struct region){
			   .start = address,
			   .end = address + type->size,
			   .kind = kind,
			   .name = name,
			   .type = type,
		   },
		   err);
}

static int add_stack(struct regions *regions, const struct gostack *stack,
		     enum trace_region_kind kind, const char *name,
		     uint64_t anchor, struct error *err)
{
	return add(regions,
		   (struct region){
			   .start = stack->low,
			   .end = stack->high,
			   .kind = kind,
			   .name = name,
			   .anchor = anchor,
		   },
		   err);
}

static int add_go(struct regions *regions, const struct regions_view *view,
		  const struct gocontext *c, struct error *err)
{
	const struct gotype *types = view->layout->types;

	/* If the thread is on its system stack, its g is its g0: name it so. */
	if (add_structure(regions, c->g0, TRACE_REGION_G0, "g0",
			  &types[GOTYPE_G], err) ||
	    add_structure(regions, c->g, TRACE_REGION_G, "g", &types[GOTYPE_G],
			  err) ||
	    add_structure(regions, c->m, TRACE_REGION_M, "m", &types[GOTYPE_M],
			  err) ||
	    add_structure(regions, c->p, TRACE_REGION_P, "p", &types[GOTYPE_P],
			  err) ||
	    add_stack(regions, &c->g0_stack, TRACE_REGION_G0STACK, "g0stack",
		      c->g == c->g0 ? view->rsp : c->g0_sp, err) ||
	    add_stack(regions, &c->stack, TRACE_REGION_GSTACK, "gstack",
		      view->rsp, err) ||
	    add_stack(regions, &c->signal_stack, TRACE_REGION_SIGSTACK,
		      "sigstack", c->signal_stack.high, err))
		return -1;
	return 0;
}

static int add_program(struct regions *regions, const struct regions_view *view,
		       struct error *err)
{
	struct symbols_segment segment;
	size_t i;

	for (i = 0; symbols_segment(view->symbols, i, &segment); i++) {
		struct region region = {
			.start = segment.start,
			.end = segment.end,
			.kind = TRACE_REGION_RODATA,
			.name = "rodata",
		};

		if (segment.executable) {
			region.kind = TRACE_REGION_TEXT;
			region.name = "text";
		} else if (segment.writable) {
			region.kind = TRACE_REGION_DATA;
			region.name = "data";
		}
		if (add(regions, region, err))
			return -1;
	}
	return 0;
}

static int add_libraries(struct regions *regions,
			 const struct regions_view *view, struct error *err)
{
	struct symbols_module module;
	size_t i;

	for (i = 0; symbols_module(view->symbols, i, &module); i++) {
		struct region region = {
			.start = module.start,
			.end = module.end,
			.kind = TRACE_REGION_LIBRARY,
			.name = "lib",
		};

		if (!module.program && add(regions, region, err))
			return -1;
	}
	return 0;
}

struct mapping {
	uint64_t start;
	uint64_t end;
	const char *path; /* what /proc/PID/maps calls it, or "" */
};

static bool inside(const struct mapping *mapping, uint64_t address)
{
	return address >= mapping->start && address < mapping->end;
}

static bool is_heap(const struct mapping *mapping,
		    const struct regions_view *view)
{
	if (!strcmp(mapping->path, "[heap]") ||
	    !strncmp(mapping->path, "[anon: Go: heap", 15))
		return true;
	if (*mapping->path || !view->layout)
		return false;
	/* Goroutine stacks are cut from the heap, wherever that is. */
	return (mapping->start >= GO_ARENA_HINT &&
		mapping->end <= GO_ARENA_END) ||
	       (view->context && inside(mapping, view->context->stack.low));
}

static int add_mapping(struct regions *regions, const struct mapping *mapping,
		       const struct regions_view *view, struct error *err)
{
	struct region region = {
		.start = mapping->start,
		.end = mapping->end,
		.kind = TRACE_REGION_OTHER,
		.name = "other",
	};

	if (is_heap(mapping, view)) {
		region.kind = TRACE_REGION_HEAP;
		region.name = "heap";
	} else if (inside(mapping, view->rsp) ||
		   !strncmp(mapping->path, "[stack", 6)) {
		region.kind = TRACE_REGION_STACK;
		region.name = "stack";
		if (inside(mapping, view->rsp))
			region.anchor = view->rsp;
	}
	return add(regions, region, err);
}

static int add_mappings(struct regions *regions,
			const struct regions_view *view, struct error *err)
{
	char line[1024], name[64];
	int result = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/maps", view->pid);
	f = fopen(name, "re");
	if (!f)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot read: %s",
				 name, strerror(errno));
	while (!result && fgets(line, sizeof(line), f)) {
		struct mapping mapping;
		int path = 0;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n",
			   &mapping.start, &mapping.end, &path) < 2 ||
		    !path)
			continue; /* the rest of a line with a long path */
		line[strcspn(line, "\n")] = '\0';
		mapping.path = line + path;
		result = add_mapping(regions, &mapping, view, err);
	}
	fclose(f);
	return result;
}

int regions_build(struct regions *regions, const struct regions_view *view,
		  struct error *err)
{
	struct region tls = {
		.start = view->fs_base - symbols_tls_bytes(view->symbols),
		.end = view->fs_base + THREAD_BLOCK_BYTES,
		.kind = TRACE_REGION_TLS,
		.name = "tls",
		.anchor = view->fs_base,
	};
	/* Memory that was mapped after the entry has no name. */
	struct region rest = {
		.end = UINT64_MAX,
		.kind = TRACE_REGION_OTHER,
		.name = "other",
	};

	regions->n = 0;
	if ((view->context && add_go(regions, view, view->context, err)) ||
	    (view->later && add_go(regions, view, view->later, err)))
		return -1;
	if (view->layout &&
	    add_structure(regions, view->sched, TRACE_REGION_SCHED, "sched",
			  &view->layout->types[GOTYPE_SCHED], err))
		return -1;
	if ((view->fs_base && add(regions, tls, err)) ||
	    add_program(regions, view, err) ||
	    add_libraries(regions, view, err) ||
	    add_mappings(regions, view, err) || add(regions, rest, err))
		return -1;
	return 0;
}

void regions_free(struct regions *regions)
{
	free(regions->list);
	*regions = (struct regions){0};
}

struct region *regions_find(struct regions *regions, uint64_t address)
{
	size_t i;

	for (i = 0; i < regions->n - 1; i++)
		if (address >= regions->list[i].start &&
		    address < regions->list[i].end)
			break;
	return &regions->list[i];
}
