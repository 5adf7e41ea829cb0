/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_CXXNAME_H
#define SWC_RECORD_CXXNAME_H

#include <stdbool.h>

/**
 * cxxname() - a C++ or Rust symbol as its source spells it
 * @symbol: "_ZN2ns3fooEi"
 * @parameters: "ns::foo(int)", not "ns::foo"
 *
 * Return: the name, to be freed; NULL: no such symbol, or no memory.
 */
char *cxxname(const char *symbol, bool parameters);

#endif
