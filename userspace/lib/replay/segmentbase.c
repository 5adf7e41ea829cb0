// SPDX-License-Identifier: GPL-2.0
#include "segmentbase.h"

#include <asm/prctl.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/emit.h"

int segmentbase_set(struct error *err)
{
	/* There is no function for it. */
	if (!syscall(SYS_arch_prctl, ARCH_SET_GS,
		     (unsigned long)SWC_SEGMENT_BASE))
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "cannot set the base of GS: %s: is a security policy "
			 "in the way?",
			 strerror(errno));
}
