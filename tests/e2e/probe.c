// SPDX-License-Identifier: GPL-2.0
/*
 * probe FILE OFFSET PID: has a uprobe there for as long as it runs. It prints a
 * line when that is so, and ends with status 3 if there are no uprobes here.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "r");

	if (argc != 4)
		return 2;
	if (!f || fscanf(f, "%u", &attr.type) != 1)
		return 3;
	attr.config1 = (uintptr_t)argv[1]; /* uprobe_path */
	attr.config2 = strtoull(argv[2], NULL, 0);
	if (syscall(SYS_perf_event_open, &attr, atoi(argv[3]), -1, -1, 0) < 0)
		return 3;
	puts("there");
	fflush(stdout);
	for (;;)
		pause();
}
