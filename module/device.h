/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DEVICE_H
#define SWC_DEVICE_H

/* swc_device_init() - make /dev/switchcost appear. Return: 0 or an errno. */
int swc_device_init(void);
void swc_device_exit(void);

#endif
