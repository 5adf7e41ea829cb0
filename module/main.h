/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MAIN_H
#define SWC_MAIN_H

#include "engine/caps.h"

/* swc_main_caps() - what sequences may use on this CPU; set once at load. */
const struct swc_caps *swc_main_caps(void);

#endif
