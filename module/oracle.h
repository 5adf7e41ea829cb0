/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ORACLE_H
#define SWC_ORACLE_H

#include "uapi/switchcost.h"

/**
 * swc_oracle_ask() - carry out the ioctl
 * @ask: in and out
 *
 * May sleep; one window for the whole script. All that was changed is put back
 * and all memory is freed on return, whatever comes. Return: 0 or an error, see
 * struct swc_oracle.
 */
int swc_oracle_ask(struct swc_oracle *ask);

#endif
