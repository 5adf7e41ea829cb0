// SPDX-License-Identifier: GPL-2.0
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "seqtext.h"

/* Standard input, whole, in memory: a trace has to be mapped. */
static FILE *read_stdin(struct error *err)
{
	int fd = memfd_create("switchcost-stdin", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");
	char buffer[65536];
	size_t n;

	if (!f) {
		error_set(err, EXIT_IMPOSSIBLE, "-: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	while ((n = fread(buffer, 1, sizeof(buffer), stdin)) > 0) {
		if (fwrite(buffer, 1, n, f) != n)
			break;
	}
	if (ferror(stdin) || ferror(f) || fflush(f)) {
		error_set(err, EXIT_USAGE, "-: cannot read: %s",
			  strerror(errno));
		fclose(f);
		return NULL;
	}
	rewind(f);
	return f;
}

static bool has_magic(FILE *f)
{
	char magic[sizeof(((struct trace_header *)0)->magic)];
	size_t n = fread(magic, 1, sizeof(magic), f);

	rewind(f);
	return n == sizeof(magic) && !memcmp(magic, TRACE_MAGIC, n);
}

static int open_trace(struct input *in, FILE *f, const char *path,
		      unsigned int variant, struct error *err)
{
	struct swc_caps caps;
	char fd_path[64];

	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fileno(f));
	if (trace_open(&in->trace, strcmp(path, "-") ? path : fd_path, err))
		return -1;
	in->is_trace = true;
	if (variant >= in->trace.nvariants)
		return error_set(err, EXIT_USAGE,
				 "%s: variant %u: there are only %zu, from 0",
				 path, variant, in->trace.nvariants);
	in->variant = &in->trace.variants[variant];
	swc_caps_probe(&caps);
	if (trace_count(&in->trace, in->variant, &in->counts, err))
		return -1;
	return lower_variant(&in->trace, in->variant, &caps, &in->sequence,
			     &in->lowering, err);
}

int input_open(struct input *in, const char *path, unsigned int variant,
	       struct error *err)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *f;
	int rc;

	*in = (struct input){0};
	f = is_stdin ? read_stdin(err) : fopen(path, "re");
	if (!f)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
				 strerror(errno));
	if (has_magic(f))
		rc = open_trace(in, f, path, variant, err);
	else if (variant)
		rc = error_set(err, EXIT_USAGE,
			       "%s: not a trace: --variant needs one", path);
	else
		rc = seqtext_read(&in->sequence, f, path, err);
	fclose(f);
	if (rc)
		input_close(in);
	return rc;
}

void input_close(struct input *in)
{
	sequence_free(&in->sequence);
	if (in->is_trace)
		trace_close(&in->trace);
	in->is_trace = false;
}
