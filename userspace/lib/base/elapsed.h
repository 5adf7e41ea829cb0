/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ELAPSED_H
#define SWC_LIB_ELAPSED_H

/*
 * elapsed() - seconds since a moment that is the same for all calls; time limits and
 * durations are differences of it. Not for measurements, which read the TSC.
 */
double elapsed(void);

/*
 * elapsed_cpu() - likewise, of the time that CPUs have worked for this process, however
 * busy others keep the machine.
 */
double elapsed_cpu(void);

#endif
