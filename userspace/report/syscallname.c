// SPDX-License-Identifier: GPL-2.0
#include "syscallname.h"

#include <stddef.h>

const char *syscallname_of(const struct trace_syscall *call)
{
	/* Made from <asm/unistd_64.h> by the Makefile: [0] = "read", ... */
	static const char *const names[] = {
#include "syscalls.inc"
	};

	if ((call->flags & TRACE_SYSCALL_INT80) ||
	    call->number >= sizeof(names) / sizeof(*names))
		return NULL;
	return names[call->number];
}
