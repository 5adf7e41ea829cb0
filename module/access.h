/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ACCESS_H
#define SWC_ACCESS_H

#include <linux/fs.h>
#include <linux/types.h>

/*
 * Permissions. Each is checked when a thing is done, not only when the device is opened:
 * descriptors are inherited, and passed on, and privileges are dropped.
 */

/*
 * swc_access_device() - may the caller have code run in ring 0?
 * Return: 0, or -EPERM: it lacks CAP_SYS_RAWIO, or the kernel is locked down.
 */
int swc_access_device(void);

/*
 * swc_access_change() - the same, through a descriptor that allows it.
 * Return: as swc_access_device(), or -EBADF: @file isn't open for writing.
 */
int swc_access_change(const struct file *file);

/*
 * swc_access_cpu() - may the caller occupy a CPU? Its own affinity, which its
 * cpuset bounds, decides. Return: 0, -EPERM, or -ENODEV: there is no such CPU.
 */
int swc_access_cpu(u32 cpu);

/*
 * swc_access_counters() - may the caller count events in ring 0? Whatever
 * perf_event_paranoid is, from -1 to 4, that is allowed with CAP_PERFMON.
 * Return: 0 or -EACCES.
 */
int swc_access_counters(void);

/*
 * swc_access_frames() - may the caller know the numbers of physical pages? With
 * CAP_SYS_ADMIN it may, as with /proc/PID/pagemap. Return: 0 or -EPERM.
 */
int swc_access_frames(void);

#endif
