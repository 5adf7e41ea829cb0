// SPDX-License-Identifier: GPL-2.0
#include "tempfolder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Descriptors that nftw() may hold open: a level of folders each. */
#define DEPTH 8

int tempfolder_make(char path[TEMPFOLDER_BYTES], struct error *err)
{
	const char *tmp = getenv("TMPDIR") ?: "/tmp";
	static const char name[] =
		"/switchcost-XXXXXX"; /* as mkdtemp() wants it */

	if (strlen(tmp) + sizeof(name) <= TEMPFOLDER_BYTES) {
		snprintf(path, TEMPFOLDER_BYTES, "%s%s", tmp, name);
		if (mkdtemp(path))
			return 0;
	}
	*path = '\0';
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%.300s: no folder can be made there: set TMPDIR",
			 tmp);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	if (remove(path))
		fprintf(stderr, "switchcost: %s: %m: remove it\n", path);
	return 0;
}

void tempfolder_remove(const char *path)
{
	if (*path)
		nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
}
