// SPDX-License-Identifier: GPL-2.0
#include "_cgo_export.h"

void call_back(void)
{
	goCallback();
}
