// SPDX-License-Identifier: GPL-2.0
#include "sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void sysfile_path(char *full, size_t bytes, const char *root, const char *path)
{
	size_t length = strlen(root);

	while (length && root[length - 1] == '/')
		length--;
	snprintf(full, bytes, "%.*s%s", (int)length, root, path);
}

ssize_t sysfile_read(const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n = 1;

	*text = '\0';
	if (fd < 0)
		return -errno;
	while (n > 0 && length < bytes) {
		n = read(fd, text + length, bytes - length);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			length += n;
	}
	if (n < 0)
		n = -errno;
	else
		n = length < bytes ? (ssize_t)length : -E2BIG;
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n;
}

int sysfile_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t n;
	int rc = 0;

	if (fd < 0)
		return -errno;
	/* The kernel takes a value in one piece or not at all. */
	do {
		n = write(fd, text, strlen(text));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		rc = -errno;
	else if ((size_t)n != strlen(text))
		rc = -EIO;
	close(fd);
	return rc;
}

void sysfile_value(const char *text, char *value, size_t bytes)
{
	const char *begin = strchr(text, '['), *end;
	size_t length;

	end = begin ? strchr(begin, ']') : NULL;
	if (end) {
		begin++;
	} else {
		begin = text;
		end = text + strcspn(text, "\n");
	}
	length = end - begin;
	if (length >= bytes)
		length = bytes - 1;
	memmove(value, begin, length);
	value[length] = '\0';
}
