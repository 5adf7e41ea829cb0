/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FPU_H
#define SWC_FPU_H

/**
 * swc_fpu_clear() - give the floating-point and vector registers their initial state
 *
 * kernel_fpu_begin() saves what they hold, and leaves it there: whoever ran on this
 * CPU before, maybe another user with a key. A sequence must neither store that nor
 * take longer by it (XSAVE leaves out components in their initial state). Zeros also
 * make all windows alike. x87, SSE, AVX and AVX-512, as far as XCR0 enables them:
 * all that sequences can name. Context: between kernel_fpu_begin() and _end().
 */
void swc_fpu_clear(void);

#endif
