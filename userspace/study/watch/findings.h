/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_FINDINGS_H
#define SWC_WATCH_FINDINGS_H

#include "session.h"

/* The kernel's counts become the findings of a watch. */

/* findings_take() - add the samples since the last time to the slice of now. */
void findings_take(struct session *session);

/* findings_check_slow() - take away the probe of a slow path that isn't rare. */
void findings_check_slow(struct session *session);

/* findings_make() - at the end. Return: 0, or -1 with @err set. */
int findings_make(struct session *session, struct error *err);

/* findings_glance() - the functions' shares until now, most time first. */
void findings_glance(const struct session *session,
		     struct watch_glance *glance);

#endif
