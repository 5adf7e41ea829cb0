/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_IOCTL_TRIALS_H
#define SWC_IOCTL_TRIALS_H

#include "account.h"
#include "uapi/switchcost.h"

/**
 * swc_ioctl_trials() - carry out the ioctl
 * @account: that its memory is counted in, until it returns
 * @ask: in and out
 *
 * May sleep; nobody else's windows in the meantime. Return: 0 or an error, see
 * struct swc_trials.
 */
int swc_ioctl_trials(struct swc_account *account, struct swc_trials *ask);

#endif
