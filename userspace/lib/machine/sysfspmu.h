/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SYSFSPMU_H
#define SWC_LIB_SYSFSPMU_H

#include "error.h"
#include "uapi/switchcost.h"

/**
 * sysfspmu_encode() - an event as perf writes it, of any PMU that the kernel has
 * @e: filled
 * @text: "PMU/TERM,.../": a term is config=N, config1=N, config2=N, one that the
 *	PMU's format describes, or the name of one of its events
 * @root: "/" outside of tests
 * @err: set on failure: no such PMU or term, a value too large; and which are near
 *
 * Source: the kernel's Documentation/ABI/testing/sysfs-bus-event_source-devices-*.
 */
int sysfspmu_encode(struct swc_event *e, const char *text, const char *root,
		    struct error *err);

#endif
