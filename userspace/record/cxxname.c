// SPDX-License-Identifier: GPL-2.0
#include "cxxname.h"

#include <libiberty/demangle.h>
#include <string.h>

char *cxxname(const char *symbol, bool parameters)
{
	/* The prefixes of C++ and Rust; no other language is meant here. */
	if (strncmp(symbol, "_Z", 2) && strncmp(symbol, "_R", 2))
		return NULL;
	return cplus_demangle(symbol, DMGL_AUTO | DMGL_ANSI |
					      (parameters ? DMGL_PARAMS : 0));
}
