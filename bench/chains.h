/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_CHAINS_H
#define SWC_BENCH_CHAINS_H

/*
 * The chains of dependent additions that every tool measures: "add r, r" on one
 * register, one core cycle each (docs/design.md says why not an immediate).
 * bench/gochain has the same ones in Go's assembler.
 */
#define CHAINS(X) X(12) X(16) X(20) X(30) X(40) X(60) X(80) X(100)

/*
 * A tool that measures nanoseconds needs these besides: the empty call, and two
 * long chains whose difference is the core clock.
 */
#define CHAIN_EMPTY	  0
#define CHAIN_CLOCK_SHORT 500
#define CHAIN_CLOCK_LONG  1500
#define CHAINS_EXTRA(X)	  X(0) X(500) X(1500)

#endif
