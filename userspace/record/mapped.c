// SPDX-License-Identifier: GPL-2.0
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* The longest note segment that is compared; real ones have some 100 bytes. */
#define MAX_NOTES 4096

#define NT_GO_BUILD_ID 4

static int parse(struct mapped *m, const char *line, uint64_t address)
{
	char shared, executable;
	int path = 0;

	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %*c%*c%c%c %*x %x:%x %" SCNu64
		   " %n",
		   &m->start, &m->end, &executable, &shared, &m->major,
		   &m->minor, &m->inode, &path) < 7 ||
	    !path || address < m->start || address >= m->end)
		return -1;
	m->executable = executable == 'x';
	m->shared = shared == 's';
	m->path = strdup(line + path);
	if (!m->path)
		return -1;
	m->path[strcspn(m->path, "\n")] = '\0';
	return 0;
}

int mapped_find(struct mapped *m, pid_t pid, uint64_t address)
{
	char name[64], *line = NULL;
	size_t capacity = 0;
	int found = -1;
	FILE *f;

	*m = (struct mapped){0};
	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	f = fopen(name, "re");
	if (!f)
		return -1;
	while (found && getline(&line, &capacity, f) > 0)
		found = parse(m, line, address);
	free(line);
	fclose(f);
	return found;
}

void mapped_free(struct mapped *m)
{
	free(m->path);
	*m = (struct mapped){0};
}

void mapped_undeleted(char *path)
{
	static const char suffix[] = " (deleted)";
	size_t n = strlen(path);

	if (n >= sizeof(suffix) && !strcmp(path + n - strlen(suffix), suffix))
		path[n - strlen(suffix)] = '\0';
}

/*
 * Devices may hang when they are opened, or do something: look first. Return:
 * the file, or -1 with errno set.
 */
static int open_regular(const char *path)
{
	int handle = open(path, O_PATH | O_CLOEXEC), fd = -1;
	struct stat st;
	char self[64];

	if (handle < 0)
		return -1;
	if (!fstat(handle, &st) && S_ISREG(st.st_mode)) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", handle);
		fd = open(self, O_RDONLY | O_CLOEXEC);
	} else {
		errno = ENOEXEC;
	}
	close(handle);
	return fd;
}

static bool same_inode(const struct mapped *m, int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == m->inode &&
	       major(st.st_dev) == m->major && minor(st.st_dev) == m->minor;
}

static bool same_memory(pid_t pid, uint64_t address, const void *bytes,
			size_t n)
{
	uint8_t memory[MAX_NOTES];
	struct iovec here = {memory, n};
	struct iovec there = {(void *)(uintptr_t)address, n};

	return n <= sizeof(memory) &&
	       process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)n &&
	       !memcmp(memory, bytes, n);
}

static bool is_build_id(const GElf_Nhdr *note, const char *name)
{
	if (note->n_namesz != 4)
		return false;
	return (note->n_type == NT_GNU_BUILD_ID && !memcmp(name, "GNU", 4)) ||
	       (note->n_type == NT_GO_BUILD_ID && !memcmp(name, "Go\0", 4));
}

/* Does the segment hold a build ID, and memory the same as the file there? */
static bool same_notes(pid_t pid, uint64_t bias, Elf *elf,
		       const GElf_Phdr *header)
{
	size_t at = 0, name, description;
	bool identifies = false;
	GElf_Nhdr note;
	Elf_Data *data;

	data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset,
				    header->p_filesz, ELF_T_NHDR);
	if (!data)
		return false;
	while ((at = gelf_getnote(data, at, &note, &name, &description)))
		identifies |=
			is_build_id(&note, (const char *)data->d_buf + name);
	return identifies && same_memory(pid, bias + header->p_vaddr,
					 data->d_buf, data->d_size);
}

/* Is the memory from @start on the head of this file, by its build ID? */
static bool same_build(pid_t pid, uint64_t start, int fd)
{
	Elf *elf;
	GElf_Phdr header;
	uint64_t bias;
	bool same = false;
	size_t n, i;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf || elf_getphdrnum(elf, &n))
		n = 0;
	for (i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, &header) &&
		    header.p_type == PT_LOAD)
			break;
	/* Without anything to load there is nothing to compare. */
	bias = i < n ? start - (header.p_vaddr - header.p_offset) : 0;
	n = i < n ? n : 0;
	for (i = 0; i < n && !same; i++)
		same = gelf_getphdr(elf, (int)i, &header) &&
		       header.p_type == PT_NOTE &&
		       same_notes(pid, bias, elf, &header);
	elf_end(elf);
	return same;
}

/*
 * Opens the file that a path leads to, if it is the mapped one. Return: its
 * descriptor, or -1 with errno set.
 */
static int open_if_same(const struct mapped *m, pid_t pid, const char *path)
{
	int fd = open_regular(path);

	if (fd < 0 || same_inode(m, fd) || same_build(pid, m->start, fd))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

static int open_below_root(const struct mapped *m, pid_t pid)
{
	char *path;
	int fd;

	if (asprintf(&path, "/proc/%d/root%s", pid, m->path) < 0)
		return -1;
	mapped_undeleted(path);
	fd = open_if_same(m, pid, path);
	free(path);
	return fd;
}

int mapped_open(const struct mapped *m, pid_t pid, struct error *err)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64,
		 pid, m->start, m->end);
	fd = open_regular(path);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	fd = open_if_same(m, pid, path);
	if (fd < 0)
		fd = open_below_root(m, pid);
	if (fd >= 0)
		return fd;
	if (errno == ESTALE || errno == ENOENT)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"%s has been replaced or deleted since process %d mapped it; run as root, who can still read it, or start the program again",
			m->path, pid);
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"%s, which process %d maps, cannot be read: %s; run as root",
		m->path, pid, strerror(errno));
}
