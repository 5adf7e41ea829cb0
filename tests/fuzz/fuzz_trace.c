// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/state.h"
#include "lower.h"
#include "tracefile.h"
#include "traceformat.h"

/*
 * The reader of traces, and lowering, which trusts it. Length and checksum are put
 * right first: they find accidents, and stop nobody.
 */

static void lower(const struct trace *trace)
{
	struct swc_state warm = {.flags = 0};
	struct swc_caps caps = fuzz_caps();
	struct error err = {0};
	struct swc_program program;
	struct lowering lowering;
	struct sequence s;

	if (!trace->nvariants || lower_variant(trace, &trace->variants[0],
					       &caps, &s, &lowering, &err))
		return;
	program = sequence_program(&s);
	fuzz_emit(&program, &caps, (struct swc_binding){.packed = true}, &warm);
	sequence_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct trace_header *header;
	struct error err = {0};
	struct trace trace;
	char path[32];
	uint8_t *file;
	int fd;

	if (bytes < sizeof(*header))
		return 0;
	file = malloc(bytes);
	memcpy(file, data, bytes);
	header = (void *)file;
	header->file_bytes = bytes;
	header->checksum = trace_checksum(file, bytes);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, file, bytes) != (ssize_t)bytes)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!trace_open(&trace, path, &err)) {
		lower(&trace);
		trace_close(&trace);
	} else if (!err.text[0]) {
		abort();
	}
	close(fd);
	free(file);
	return 0;
}
