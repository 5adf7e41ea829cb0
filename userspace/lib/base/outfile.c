// SPDX-License-Identifier: GPL-2.0
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_unnamed(const char *path)
{
	char *copy = strdup(path);
	int fd;

	if (!copy)
		return -1;
	fd = open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	free(copy);
	return fd;
}

static int open_stream(struct outfile *out)
{
	struct stat st;
	int fd;

	out->direct = !stat(out->path, &st) && !S_ISREG(st.st_mode);
	if (out->direct)
		fd = open(out->path, O_WRONLY | O_CLOEXEC);
	else
		fd = open_unnamed(out->path);
	if (fd < 0 && !out->direct) {
		fd = open(out->temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
			  0666);
		out->named = fd >= 0;
	}
	if (fd < 0)
		return -1;
	out->stream = fdopen(fd, "w");
	if (out->stream)
		return 0;
	close(fd);
	return -1;
}

int outfile_open(struct outfile *out, const char *path, struct error *err)
{
	*out = (struct outfile){0};
	out->path = strdup(path);
	if (!out->path ||
	    asprintf(&out->temporary, "%s.%d.tmp", path, getpid()) < 0) {
		out->temporary = NULL;
		error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory", path);
	} else if (open_stream(out)) {
		error_set(err, EXIT_USAGE, "%s: cannot write: %s", path,
			  strerror(errno));
	} else {
		return 0;
	}
	outfile_abort(out);
	return -1;
}

int outfile_probe(const char *path, struct error *err)
{
	struct outfile out;
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return 0;
	if (outfile_open(&out, path, err))
		return -1;
	outfile_abort(&out);
	return 0;
}

/* Give an unnamed file its temporary name, next to the final one. */
static int give_name(struct outfile *out)
{
	char self[64];

	if (out->named)
		return 0;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fileno(out->stream));
	unlink(out->temporary);
	if (linkat(AT_FDCWD, self, AT_FDCWD, out->temporary, AT_SYMLINK_FOLLOW))
		return -1;
	out->named = 1;
	return 0;
}

/* Give the complete file its final name. */
static int replace(struct outfile *out)
{
	if (out->direct)
		return 0;
	return fsync(fileno(out->stream)) || give_name(out) ||
	       rename(out->temporary, out->path);
}

int outfile_commit(struct outfile *out, struct error *err)
{
	if (fflush(out->stream) || ferror(out->stream) || replace(out)) {
		error_set(err, EXIT_USAGE,
			  "%s: cannot finish writing: %s; nothing was changed",
			  out->path, strerror(errno));
		outfile_abort(out);
		return -1;
	}
	out->named = 0;
	outfile_abort(out);
	return 0;
}

void outfile_abort(struct outfile *out)
{
	if (out->stream)
		fclose(out->stream);
	if (out->named)
		unlink(out->temporary);
	free(out->path);
	free(out->temporary);
	*out = (struct outfile){0};
}

int outfile_write(const char *path, int (*put)(const void *what, FILE *to),
		  const void *what, struct error *err)
{
	struct outfile out;

	if (outfile_open(&out, path, err))
		return -1;
	if (put(what, out.stream)) {
		error_set(err, EXIT_USAGE, "%s: cannot write: %s", path,
			  strerror(errno));
		outfile_abort(&out);
		return -1;
	}
	return outfile_commit(&out, err);
}
