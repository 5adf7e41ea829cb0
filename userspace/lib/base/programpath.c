// SPDX-License-Identifier: GPL-2.0
#include "programpath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *program_path(const char *name, char text[PATH_MAX])
{
	const char *from = getenv("PATH") ?: "/bin:/usr/bin", *end;

	if (strchr(name, '/'))
		return name;
	for (; *from; from = *end ? end + 1 : end) {
		end = strchrnul(from, ':');
		/* An empty one is the current folder. */
		snprintf(text, PATH_MAX, "%.*s%s%s", (int)(end - from), from,
			 end > from ? "/" : "", name);
		if (!access(text, X_OK))
			return text;
	}
	return name;
}
