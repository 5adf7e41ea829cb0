// SPDX-License-Identifier: GPL-2.0
//
// The chains in Google Benchmark. The result of a call is the argument of the
// next, so that no call can overlap the one before it.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "chains.h"

asm(R"(
	.text
	.macro chain n
	.p2align 6
chain\n:
	mov %rdi, %rax
	.rept \n
	add %rax, %rax
	.endr
	ret
	.endm
)");

#define DEFINE(n)                                                              \
	extern "C" uint64_t chain##n(uint64_t);                                \
	asm("chain " #n);                                                      \
	static void Chain##n(benchmark::State &state)                          \
	{                                                                      \
		uint64_t x = 0;                                                \
		for (auto _ : state)                                           \
			x = chain##n(x);                                       \
		benchmark::DoNotOptimize(x);                                   \
	}                                                                      \
	BENCHMARK(Chain##n);

CHAINS(DEFINE)
CHAINS_EXTRA(DEFINE)

BENCHMARK_MAIN();
