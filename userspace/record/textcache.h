/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_TEXTCACHE_H
#define SWC_RECORD_TEXTCACHE_H

#include <stddef.h>
#include <stdint.h>

#include "tracee.h"

/*
 * Pages of code that were found to be the same as in their files, and can't have
 * changed since: all threads but one are stopped, and that one has neither entered
 * the kernel nor written there. Other code, which is made at run time and may be
 * mapped twice, isn't kept. If a process writes to its own files' text by a
 * second, shared mapping of the file, that is seen at the next textcache_forget()
 * only.
 */
struct textcache {
	struct textcache_page *pages; /* NULL: none yet */
	uint64_t epoch;
};

/**
 * textcache_bytes() - code as it is now in the memory of the stopped process
 * @cache: added to
 * @address: of an instruction
 * @n: set to the number of bytes
 *
 * Return: TRACE_MAX_INSN bytes at least, until the next call; NULL: unknown here,
 * the memory has to be read.
 */
const uint8_t *textcache_bytes(struct textcache *cache, struct tracee *tracee,
			       uint64_t address, size_t *n);

/*
 * textcache_forget() - forget all: others may have written, or mapped something
 * else.
 */
void textcache_forget(struct textcache *cache);

/* textcache_written() - forget the pages that the thread has written to. */
void textcache_written(struct textcache *cache, uint64_t address,
		       uint64_t bytes);
void textcache_free(struct textcache *cache);

#endif
