// SPDX-License-Identifier: GPL-2.0
/*
 * sametext PID: does all code in the memory of a process equal its files'? A
 * breakpoint that was left is a difference.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The mapped file itself; without the right to that, whatever has its path. */
static int open_mapped(const char *pid, const char *path, unsigned long start,
		       unsigned long end)
{
	char name[96];
	int file;

	snprintf(name, sizeof(name), "/proc/%s/map_files/%lx-%lx", pid, start,
		 end);
	file = open(name, O_RDONLY);
	return file < 0 ? open(path, O_RDONLY) : file;
}

static int compare(int memory, int file, const char *path, unsigned long start,
		   unsigned long end, unsigned long offset)
{
	static char ours[4096], theirs[4096];
	ssize_t n = 0;

	for (; file >= 0 && start < end; start += 4096, offset += 4096) {
		n = pread(file, theirs, sizeof(theirs), (off_t)offset);
		if (n <= 0)
			break; /* the mapping's last page, beyond the file */
		if (pread(memory, ours, sizeof(ours), (off_t)start) !=
			    sizeof(ours) ||
		    memcmp(ours, theirs, (size_t)n)) {
			printf("%s differs at 0x%lx\n", path, start);
			return 1;
		}
	}
	if (file >= 0)
		close(file);
	return file < 0;
}

int main(int argc, char **argv)
{
	unsigned long start, end, offset;
	char name[64], line[4200], path[4096];
	int memory, failed = 0, seen = 0;
	FILE *maps;

	if (argc != 2)
		return 2;
	snprintf(name, sizeof(name), "/proc/%d/mem", atoi(argv[1]));
	memory = open(name, O_RDONLY);
	snprintf(name, sizeof(name), "/proc/%d/maps", atoi(argv[1]));
	maps = fopen(name, "r");
	if (memory < 0 || !maps)
		return 2;
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx r-xp %lx %*s %*s %4095s", &start,
			   &end, &offset, path) != 4 ||
		    path[0] != '/')
			continue;
		seen++;
		failed |= compare(memory,
				  open_mapped(argv[1], path, start, end), path,
				  start, end, offset);
	}
	fclose(maps);
	return failed || !seen;
}
