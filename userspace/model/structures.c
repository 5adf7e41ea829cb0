// SPDX-License-Identifier: GPL-2.0
#include "structures.h"

const char *model_structure_name(enum model_structure structure)
{
	static const char *const names[MODEL_STRUCTURES] = {
		[MODEL_L1D] = "l1d",   [MODEL_L1I] = "l1i",
		[MODEL_L2] = "l2",     [MODEL_L3] = "l3",
		[MODEL_DTLB] = "dtlb", [MODEL_ITLB] = "itlb",
		[MODEL_STLB] = "stlb",
	};

	return names[structure];
}
