/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_ASSERTIONS_H
#define SWC_TESTS_ASSERTIONS_H

#include <setjmp.h>

/*
 * The unit tests' helpers end a test by cmocka's assertions. In the observer there is no
 * test: an assertion that fails returns to the last catch instead.
 */

jmp_buf *assertions_push(void);

/* assertions_catch() - 0 at first, and 1 if an assertion has failed since. */
#define assertions_catch() setjmp(*assertions_push())

/* assertions_leave() - the last catch is over, however it ended. */
void assertions_leave(void);

/* assertions_text() - of the last one that failed. */
const char *assertions_text(void);

#endif
