// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "serve.h"

/* One small block, compressed over and over with one context, as a server would. */

#define LEVEL 1

static const char text[] =
	"{\"id\": 1024, \"name\": \"a foreign row\", \"tags\": [\"a\", \"b\"], \"at\": 1}\n"
	"{\"id\": 1025, \"name\": \"a foreign row\", \"tags\": [\"b\", \"c\"], \"at\": 2}\n"
	"{\"id\": 1026, \"name\": \"another row\", \"tags\": [\"c\"], \"at\": 2}\n";

static ZSTD_CCtx *context;
static char block[1024];

static size_t compress(void)
{
	return ZSTD_compressCCtx(context, block, sizeof(block), text,
				 sizeof(text), LEVEL);
}

static void loop(uint32_t n)
{
	while (n--)
		compress();
}

/* Is what was compressed the text? */
static int works(void)
{
	char again[sizeof(text)];
	size_t n;

	context = ZSTD_createCCtx();
	if (!context)
		return 0;
	n = compress();
	return !ZSTD_isError(n) && n < sizeof(text) &&
	       ZSTD_decompress(again, sizeof(again), block, n) ==
		       sizeof(text) &&
	       !memcmp(again, text, sizeof(text));
}

int main(int argc, char **argv)
{
	const struct serve_calls calls = {.name = "zstd", .loop = loop};

	if (!works()) {
		fputs("zstd: libzstd doesn't compress here\n", stderr);
		return SERVE_IMPOSSIBLE;
	}
	return serve_program(&calls, argc, argv);
}
