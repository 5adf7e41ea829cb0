// SPDX-License-Identifier: GPL-2.0
#include "schedule.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Read /proc/PID/task/TID/@name. Return: @text, empty if it can't be read. */
static char *read_file(pid_t pid, pid_t tid, const char *name, char *text,
		       size_t bytes)
{
	char path[96];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, bytes - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

uint64_t schedule_sleeps(pid_t pid, pid_t tid)
{
	static const char key[] = "\nvoluntary_ctxt_switches:";
	char text[4096];
	const char *line =
		strstr(read_file(pid, tid, "status", text, sizeof(text)), key);

	return line ? strtoull(line + sizeof(key) - 1, NULL, 10) : 0;
}

bool schedule_is_asleep(pid_t pid, pid_t tid)
{
	char text[1024];
	const char *after =
		strrchr(read_file(pid, tid, "stat", text, sizeof(text)), ')');

	/* proc(5): R runs or is ready to; t has stopped for us by now. */
	return after && after[1] == ' ' && after[2] && !strchr("Rt", after[2]);
}

int schedule_cpu(pid_t pid, pid_t tid)
{
	char text[1024];
	const char *after =
		strrchr(read_file(pid, tid, "stat", text, sizeof(text)), ')');
	int cpu;

	/* proc(5): the name in parentheses is field 2, the processor 39. */
	if (!after ||
	    sscanf(after + 1,
		   "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %*s %*s %*s %*s %d",
		   &cpu) != 1)
		return -1;
	return cpu;
}
