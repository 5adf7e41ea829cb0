// SPDX-License-Identifier: GPL-2.0
#include "filehash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fnv.h"

int file_hash(const char *path, char text[FILEHASH_BYTES], struct error *err)
{
	uint64_t hash = FNV_BASIS;
	FILE *f = fopen(path, "re");
	char buffer[65536];
	size_t n;
	int failed;

	text[0] = '\0';
	if (!f)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
				 strerror(errno));
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		hash = fnv1a(hash, buffer, n);
	failed = ferror(f);
	fclose(f);
	if (failed)
		return error_set(err, EXIT_USAGE, "%s: cannot read", path);
	snprintf(text, FILEHASH_BYTES, "%016lx", (unsigned long)hash);
	return 0;
}
