// SPDX-License-Identifier: GPL-2.0
#include "goprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "goruntime.h"
#include "mapped.h"

/* More threads than Go lets a program have (debug.SetMaxThreads). */
#define MAX_THREADS 100000u

static int read_memory(pid_t pid, uint64_t address, void *bytes, size_t n)
{
	struct iovec here = {bytes, n};
	struct iovec there = {(void *)(uintptr_t)address, n};
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);

	if (got == (ssize_t)n)
		return 0;
	return got < 0 && errno != EFAULT ? -errno : -EAGAIN;
}

/* A line of /proc/PID/maps, of a file. */
struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t inode;
};

static bool next_mapping(FILE *maps, struct mapping *m)
{
	char line[8192];

	while (fgets(line, sizeof(line), maps))
		if (sscanf(line,
			   "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64
			   " %*s %" SCNu64,
			   &m->start, &m->end, &m->offset, &m->inode) == 4 &&
		    m->inode)
			return true;
	return false;
}

static FILE *open_maps(pid_t pid)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return fopen(path, "re");
}

static void name_file(char file[96], pid_t pid, const struct mapping *m)
{
	snprintf(file, 96, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid,
		 m->start, m->end);
}

static void set_place(struct goprocess *process, pid_t pid,
		      const struct goimage *image, const struct mapping *m)
{
	*process = (struct goprocess){.pid = pid,
				      .image = image,
				      .bias = m->start - image->link_start};
	name_file(process->file, pid, m);
}

bool goprocess_locate(pid_t pid, const struct goimage *image,
		      struct goprocess *process)
{
	FILE *maps = open_maps(pid);
	struct mapping m;
	bool found = false;

	while (maps && !found && next_mapping(maps, &m))
		found = m.inode == image->inode && !m.offset;
	if (found)
		set_place(process, pid, image, &m);
	if (maps)
		fclose(maps);
	return found;
}

/* The file of a mapping, if it has a Go runtime. */
static int open_go(pid_t pid, const struct mapping *m)
{
	struct error none = {0};
	struct mapped mapped;
	int fd = -1;

	if (!mapped_find(&mapped, pid, m->start))
		fd = mapped_open(&mapped, pid, &none);
	mapped_free(&mapped);
	if (fd >= 0 && !goimage_is_go(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int goprocess_find(pid_t pid, struct goimage *image, struct goprocess *process,
		   struct error *err)
{
	FILE *maps = open_maps(pid);
	struct mapping m;
	uint64_t last = 0;
	char name[32];
	int fd = -1;

	*image = (struct goimage){.fd = -1};
	snprintf(name, sizeof(name), "process %d", pid);
	if (!maps && errno != ENOENT)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: %s: run as its user, or as root", name,
				 strerror(errno));
	if (!maps)
		return error_set(err, EXIT_USAGE,
				 "%s: there is none: look at "
				 "ps for its number",
				 name);
	while (fd < 0 && next_mapping(maps, &m)) {
		if (m.inode == last || m.offset)
			continue;
		last = m.inode;
		fd = open_go(pid, &m);
	}
	fclose(maps);
	if (fd < 0)
		return error_set(
			err, EXIT_USAGE,
			"%s: no Go runtime is to be seen in it: name a Go program, or run as its user or root",
			name);
	if (goruntime_open(image, fd, name, err))
		return -1;
	set_place(process, pid, image, &m);
	return 0;
}

bool goprocess_binder(const struct goprocess *process, struct goplace *place)
{
	uint64_t table = process->image->plt_got, address;
	struct mapping m = {0};
	bool found = false;
	FILE *maps;

	if (!table ||
	    read_memory(process->pid, table + process->bias + 16, &address,
			sizeof(address)) ||
	    !address)
		return false;
	maps = open_maps(process->pid);
	while (maps && !found && next_mapping(maps, &m))
		found = address >= m.start && address < m.end;
	if (maps)
		fclose(maps);
	if (!found)
		return false;
	name_file(place->file, process->pid, &m);
	place->offset = address - m.start + m.offset;
	return true;
}

bool goprocess_g_offset(const struct goprocess *process, int64_t *offset)
{
	*offset = process->image->g_offset;
	return !process->image->g_offset_at ||
	       !read_memory(process->pid,
			    process->image->g_offset_at + process->bias, offset,
			    sizeof(*offset));
}

/* The part of struct m that is read, from its first field to its last. */
struct thread {
	uint64_t calls;
	uint64_t next;
};

static int read_thread(const struct goprocess *p, uint64_t m, struct thread *t)
{
	const struct gooffsets *o = &p->image->offsets;
	struct iovec here[] = {{&t->calls, 8}, {&t->next, 8}};
	struct iovec there[] = {
		{(void *)(uintptr_t)(m + o->m_ncgocall), 8},
		{(void *)(uintptr_t)(m + o->m_alllink), 8},
	};

	errno = EAGAIN;
	if (process_vm_readv(p->pid, here, 2, there, 2, 0) == 16)
		return 0;
	return errno == EPERM || errno == ESRCH ? -errno : -EAGAIN;
}

/* One walk over the list. */
static int walk(const struct goprocess *p, uint64_t *calls)
{
	uint64_t dead, after, m, sum = 0;
	struct thread thread;
	unsigned int n;
	int rc;

	rc = read_memory(p->pid, p->image->dead_calls + p->bias, &dead, 8)
		     ?: read_memory(p->pid, p->image->allm + p->bias, &m, 8);
	if (!rc && !m)
		rc = -EAGAIN;
	for (n = 0; !rc && m && n < MAX_THREADS; n++) {
		rc = read_thread(p, m, &thread);
		sum += thread.calls;
		m = thread.next;
	}
	if (!rc)
		rc = read_memory(p->pid, p->image->dead_calls + p->bias, &after,
				 8);
	/* A thread has ended meanwhile: it may be in both, or in neither. */
	if (!rc && (m || dead != after))
		rc = -EAGAIN;
	*calls = sum + dead;
	return rc;
}

int goprocess_calls(const struct goprocess *process, uint64_t *calls)
{
	int rc = -EAGAIN, i;

	for (i = 0; rc == -EAGAIN && i < 16; i++)
		rc = walk(process, calls);
	return rc;
}
