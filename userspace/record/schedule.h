/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_SCHEDULE_H
#define SWC_RECORD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel's scheduler reports this of a thread. */

/*
 * schedule_sleeps() - how often it gave its CPU up by itself, each ptrace stop
 * included; 0 if that isn't known.
 */
uint64_t schedule_sleeps(pid_t pid, pid_t tid);

/*
 * schedule_is_asleep() - does it wait for something else than a CPU? A busy
 * machine alone must not look like a thread that blocks.
 */
bool schedule_is_asleep(pid_t pid, pid_t tid);

/* schedule_cpu() - the CPU that it last ran on, or -1. */
int schedule_cpu(pid_t pid, pid_t tid);

#endif
