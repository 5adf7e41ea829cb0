// SPDX-License-Identifier: GPL-2.0
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seqtext.h"
#include "tracefile.h"

/* All of a stream in memory: a trace has to be mapped, a pipe can't be. */
static FILE *in_memory(FILE *in, const char *path, struct error *err)
{
	int fd = memfd_create("switchcost-input", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");
	char buffer[65536];
	size_t n;

	if (!f) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: %s", path,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
		if (fwrite(buffer, 1, n, f) != n)
			break;
	}
	if (ferror(in) || ferror(f) || fflush(f)) {
		error_set(err, EXIT_USAGE, "%s: cannot read: %s", path,
			  strerror(errno));
		fclose(f);
		return NULL;
	}
	rewind(f);
	return f;
}

/* The file that @path names, or a copy of what it streams. */
static FILE *open_file(const char *path, bool *copied, struct error *err)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin, *copy;
	struct stat st;

	*copied = false;
	if (!f) {
		error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
			  strerror(errno));
		return NULL;
	}
	if (f != stdin && !fstat(fileno(f), &st) && S_ISREG(st.st_mode))
		return f;
	*copied = true;
	copy = in_memory(f, path, err);
	if (f != stdin)
		fclose(f);
	return copy;
}

static bool has_magic(FILE *f)
{
	char magic[sizeof(((struct trace_header *)0)->magic)];
	size_t n = fread(magic, 1, sizeof(magic), f);

	rewind(f);
	return n == sizeof(magic) && !memcmp(magic, TRACE_MAGIC, n);
}

/* @file is what to map, @path what the user calls it. */
static int open_trace(struct input *in, const char *file, const char *path,
		      unsigned int variant, struct error *err)
{
	if (trace_open(&in->trace, file, err))
		return -1;
	in->trace.path = path;
	in->is_trace = true;
	if (variant >= in->trace.nvariants)
		return error_set(err, EXIT_USAGE,
				 "%s: variant %u: there are only %zu, from 0",
				 path, variant, in->trace.nvariants);
	in->variant = &in->trace.variants[variant];
	return trace_count(&in->trace, in->variant, &in->counts, err);
}

int input_open(struct input *in, const char *path, unsigned int variant,
	       struct error *err)
{
	char fd_path[64];
	bool copied;
	FILE *f;
	int rc;

	*in = (struct input){0};
	f = open_file(path, &copied, err);
	if (!f)
		return -1;
	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fileno(f));
	if (has_magic(f))
		rc = open_trace(in, copied ? fd_path : path, path, variant,
				err);
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

int input_open_trace(struct input *in, const char *path, unsigned int variant,
		     const char *since, struct error *err)
{
	if (input_open(in, path, variant, err))
		return -1;
	if (in->is_trace)
		return 0;
	input_close(in);
	return error_set(err, EXIT_USAGE, "%s: not a trace: %s", path, since);
}

int input_lower(struct input *in, const struct lower_options *how,
		struct error *err)
{
	struct swc_caps caps;

	swc_caps_probe(&caps);
	return lower_variant_as(&in->trace, in->variant, &caps, how,
				&in->sequence, &in->lowering, err);
}

int input_open_sequence(struct input *in, const char *path,
			unsigned int variant, struct error *err)
{
	static const struct lower_options as_recorded = {0};

	if (input_open(in, path, variant, err))
		return -1;
	if (!in->is_trace || !input_lower(in, &as_recorded, err))
		return 0;
	input_close(in);
	return -1;
}

void input_close(struct input *in)
{
	sequence_free(&in->sequence);
	if (in->is_trace)
		trace_close(&in->trace);
	in->is_trace = false;
}
