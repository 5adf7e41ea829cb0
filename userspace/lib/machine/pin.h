/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_PIN_H
#define SWC_LIB_PIN_H

#include <sched.h>
#include <stdint.h>

#include "error.h"

/* This thread on one CPU, for as long as something is measured there. */
struct pin {
	uint32_t cpu;
	cpu_set_t before;
};

/* pin_begin() - run on @cpu only. Return: 0, or -1 with @err set. */
int pin_begin(struct pin *pin, uint32_t cpu, struct error *err);

/* pin_end() - as before, unless somebody has asked for another CPU since. */
void pin_end(const struct pin *pin);

#endif
