// SPDX-License-Identifier: GPL-2.0
#include "victim_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/slots.h"

static int out_of_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for victims: %s: ask for fewer (--victims, "
			 "--l2-share)",
			 strerror(errno));
}

/* Maps a page for each, with a frame of its own. */
static int map_lines(struct victim_memory *p, uint32_t pages, struct error *err)
{
	p->bytes = (size_t)pages * SWC_PAGE_BYTES;
	if (!p->bytes)
		return 0;
	p->memory = mmap(NULL, p->bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->memory == MAP_FAILED) {
		p->memory = NULL;
		return out_of_memory(err);
	}
	p->base = p->memory;
	/* The pages are as a program's are, each with a translation of its own. */
	madvise(p->memory, p->bytes, MADV_NOHUGEPAGE);
	/* They are written to, or all of them would be the one zero page. */
	memset(p->memory, 0, p->bytes);
	return 0;
}

static char *aligned(void *p)
{
	return (char *)(((uintptr_t)p + VICTIMS_ALIGNMENT - 1) &
			~(VICTIMS_ALIGNMENT - 1));
}

/* Maps all pages to one frame. */
static int map_pages(struct victim_memory *p, uint32_t pages, struct error *err)
{
	size_t bytes = (size_t)pages * SWC_PAGE_BYTES, at;
	int fd = memfd_create("switchcost-victim", MFD_CLOEXEC), rc = -1;

	p->bytes = bytes + VICTIMS_ALIGNMENT;
	p->memory = mmap(NULL, p->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	if (p->memory == MAP_FAILED)
		p->memory = NULL;
	if (fd < 0 || !p->memory || ftruncate(fd, SWC_PAGE_BYTES))
		goto out;
	p->base = aligned(p->memory);
	for (at = 0; at < bytes; at += SWC_PAGE_BYTES) {
		if (mmap(p->base + at, SWC_PAGE_BYTES, PROT_READ,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
			 0) == MAP_FAILED)
			goto out;
	}
	rc = 0;
out:
	if (rc)
		out_of_memory(err);
	if (fd >= 0)
		close(fd);
	return rc;
}

static void set_prime(struct victim_memory *p, const struct victims *v)
{
	size_t i;

	p->prime = (struct swc_step){
		.kind = SWC_STEP_TOUCH,
		.count = v->n,
		.list = v->primed,
	};
	if (!v->chased)
		return;
	for (i = 0; i < v->n; i++)
		*(__u64 *)v->primed[i] = v->primed[(i + 1) % v->n];
	p->prime = (struct swc_step){
		.kind = SWC_STEP_CHASE,
		.count = v->n,
		.base = v->primed[0],
	};
}

int victim_memory_make(struct victim_memory *p, struct victims *v,
		       uint64_t *random, struct error *err)
{
	uint32_t pages = victims_span(v);

	*p = (struct victim_memory){0};
	if (eviction_level_is_tlb(v->level) ? map_pages(p, pages, err)
					    : map_lines(p, pages, err)) {
		victim_memory_free(p);
		return -1;
	}
	victims_arrange(v, (uintptr_t)p->base, random);
	set_prime(p, v);
	return 0;
}

void victim_memory_free(struct victim_memory *p)
{
	if (p->memory)
		munmap(p->memory, p->bytes);
	*p = (struct victim_memory){0};
}
