/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_INTERRUPTCOST_H
#define SWC_WATCH_INTERRUPTCOST_H

/**
 * interruptcost_ns() - the time that an interrupt takes from the thread that it finds
 *
 * The kernel's tracepoints see the handler only. The CPU's way into the kernel and back
 * is outside of them, and in a virtual machine so is the hypervisor, which takes most:
 * on an Emerald Rapids guest a thread that did nothing but read the clock lost three times
 * as much as the handlers had. So this thread reads the clock for some 60 ms, and sees it
 * jump.
 *
 * Return: nanoseconds, the mean; NAN: no interrupt came, or others took the CPU all the time.
 */
double interruptcost_ns(void);

#endif
