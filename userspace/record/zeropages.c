// SPDX-License-Identifier: GPL-2.0
#include "zeropages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(struct zeropages *zeros, struct zeropages_range range)
{
	struct zeropages_range *list =
		reallocarray(zeros->list, zeros->n + 1, sizeof(*list));

	if (!list)
		return -1;
	zeros->list = list;
	list[zeros->n++] = range;
	return 0;
}

/*
 * The page of zeros isn't counted as resident (proc_pid_smaps(5)). A mapping that was
 * not touched at all isn't resident either, but no line of it is asked for.
 */
static int read_mappings(struct zeropages *zeros, FILE *f)
{
	struct zeropages_range range = {0}, found;
	char line[1024], inode[32];
	bool anonymous = false;
	unsigned long kib;

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*4s %*s %*s %31s",
			   &found.start, &found.end, inode) == 3) {
			range = found;
			anonymous = !strcmp(inode, "0");
		} else if (sscanf(line, "Rss: %lu kB", &kib) == 1 && !kib &&
			   anonymous && add(zeros, range)) {
			return -1;
		}
	}
	return 0;
}

int zeropages_read(struct zeropages *zeros, pid_t pid, struct error *err)
{
	char name[64];
	FILE *f;
	int rc;

	*zeros = (struct zeropages){0};
	snprintf(name, sizeof(name), "/proc/%d/smaps", pid);
	f = fopen(name, "re");
	if (!f)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot read: %s",
				 name, strerror(errno));
	rc = read_mappings(zeros, f);
	fclose(f);
	return rc ? error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory", name)
		  : 0;
}

void zeropages_free(struct zeropages *zeros)
{
	free(zeros->list);
	*zeros = (struct zeropages){0};
}
