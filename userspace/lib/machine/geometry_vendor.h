/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_GEOMETRY_VENDOR_H
#define SWC_LIB_GEOMETRY_VENDOR_H

#include "geometry_leaves.h"

/* The decoders of the vendors' leaves. */

void geometry_decode_intel(struct geometry *g, const struct geometry_leaves *l);
void geometry_decode_amd(struct geometry *g, const struct geometry_leaves *l);

#endif
