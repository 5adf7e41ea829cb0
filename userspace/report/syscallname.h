/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_SYSCALLNAME_H
#define SWC_REPORT_SYSCALLNAME_H

#include "traceformat.h"

/*
 * syscallname_of() - "futex", or NULL: the C library's headers, where the names
 * come from, don't know it, or it is one of a 32-bit program's.
 */
const char *syscallname_of(const struct trace_syscall *call);

#endif
