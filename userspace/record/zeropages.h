/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_ZEROPAGES_H
#define SWC_RECORD_ZEROPAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/*
 * Memory of a process that was read and never written. The kernel maps its one page of
 * zeros at each page of that: reading through it costs translations, and no cache.
 */
struct zeropages {
	struct zeropages_range {
		uint64_t start;
		uint64_t end; /* one past the last byte */
	} *list;	      /* by address */
	size_t n;
};

/**
 * zeropages_read() - find them
 * @zeros: filled; to be released with zeropages_free(), also after a failure
 * @pid: the process
 * @err: set on failure
 *
 * It finds whole mappings. One of which a single page was written counts as written:
 * only a privileged reader is shown which frame is behind which page.
 */
int zeropages_read(struct zeropages *zeros, pid_t pid, struct error *err);
void zeropages_free(struct zeropages *zeros);

#endif
