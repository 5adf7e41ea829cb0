/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_EVENTNAME_H
#define SWC_LIB_EVENTNAME_H

#include <stdbool.h>

#include "error.h"
#include "uapi/switchcost.h"

/*
 * eventname_encode() - encode a name of libpfm4's: "EVENT:UMASK", "PMU::EVENT".
 * Return: 0, or -1 with @err set: the name is unknown on this CPU (the error has
 * those that are near), or the event would not count ring 0.
 */
int eventname_encode(struct swc_event *e, const char *name, struct error *err);

/* eventname_exists() - likewise, only whether. */
bool eventname_exists(const char *name, struct swc_event *e);

#endif
