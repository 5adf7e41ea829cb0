// SPDX-License-Identifier: GPL-2.0
#include "aliases.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/slots.h"

/* A file of one page. */
static int open_page(uint8_t first, uint8_t fill)
{
	uint8_t page[SWC_PAGE_BYTES];
	int fd = memfd_create("switchcost-aliases", MFD_CLOEXEC);

	memset(page, fill, sizeof(page));
	page[0] = first;
	if (fd >= 0 && write(fd, page, sizeof(page)) != sizeof(page)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Map the file's one page over and over. Return: where, or NULL. */
static void *map_page(int fd, size_t pages, int protection)
{
	size_t bytes = pages * SWC_PAGE_BYTES, at;
	char *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED)
		return NULL;
	for (at = 0; at < bytes; at += SWC_PAGE_BYTES) {
		if (mmap(p + at, SWC_PAGE_BYTES, protection,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
			 0) == MAP_FAILED) {
			munmap(p, bytes);
			return NULL;
		}
	}
	return p;
}

void *aliases_map(size_t pages, uint8_t first, uint8_t fill, int protection)
{
	int fd = open_page(first, fill);
	void *at;

	if (fd < 0)
		return NULL;
	at = map_page(fd, pages, protection);
	close(fd);
	return at;
}

void aliases_unmap(void *at, size_t pages)
{
	if (at)
		munmap(at, pages * SWC_PAGE_BYTES);
}
