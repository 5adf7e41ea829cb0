// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>

#include "engine/slots.h"
#include "generate.h"

/*
 * The verifier refuses the smallest program with each defect, for the right
 * reason and at the right operation, and accepts its nearest neighbour.
 */

#define M     "region a 4; "		     /* memory */
#define S     "region s 2; entry s+0x1000; " /* a stack */
#define MS    "region a 4; region s 2; entry s+0x1000; "
#define T     "region s 2; region t 2; entry s+0x1000; " /* two stacks */
#define DIRTY MS "call; pop dst=rdx; " /* RDX isn't known to be 0 */

/* The first page walk, cycles; see module/engine/bound.c. */
#define WALK 21000u

/* Passes over the largest region that fit the verifier's bound on its time. */
#define MAX_SWEEPS 16u

static const struct refusal returns[] = {
	{S "ret", SWC_ERR_RETURN, 0, S "call; ret"},
	{S "push; ret", SWC_ERR_RETURN, 1, S "push; pop"},
	/* The return address is written over, wholly or by one byte. */
	{S "call; store s+0xff8 8; ret", SWC_ERR_RETURN, 2,
	 S "call; store s+0xff0 8; ret"},
	{S "call; store s+0xfff 1; ret", SWC_ERR_RETURN, 2,
	 S "call; store s+0x1000 1; ret"},
	{S "call; store s+0xff8 1; ret", SWC_ERR_RETURN, 2,
	 S "call; store s+0xff7 1; ret"},
	{S "call; store s+0xff5 4; ret", SWC_ERR_RETURN, 2,
	 S "call; store s+0xff4 4; ret"},
	{S "call; vstore s+0xfe9 16; ret", SWC_ERR_RETURN, 2,
	 S "call; vstore s+0xfe8 16; ret"},
	{S "call; vstore s+0xfc0 64; ret", SWC_ERR_RETURN, 2,
	 S "call; vstore s+0xfb8 64; ret"},
	{S "call; vstore s+0xffc 4; ret", SWC_ERR_RETURN, 2,
	 S "call; vload s+0xffc 4; ret"},
	{S "call; save s+0xff0 rax,rcx; ret", SWC_ERR_RETURN, 2,
	 S "call; save s+0xfe8 rax,rcx; ret"},
	{S "call; fxsave s+0xe00; ret", SWC_ERR_RETURN, 2,
	 S "call; fxsave s+0xdc0; ret"},
	{S "call; xsave s+0xe00 3; ret", SWC_ERR_RETURN, 2,
	 S "call; xsave s+0x1000 3; ret"},
	{S "call; rmw s+0xff8 8; ret", SWC_ERR_RETURN, 2,
	 S "call; testload s+0xff8 8; ret"},
	{S "call; lock rmw s+0xff8 1; ret", SWC_ERR_RETURN, 2,
	 S "call; aluload s+0xff8 8; ret"},
	{S "call; cmpxchg s+0xff8 8; ret", SWC_ERR_RETURN, 2,
	 S "call; clflush s+0xff8; ret"},
	{S "call; xadd s+0xff8 8; ret", SWC_ERR_RETURN, 2,
	 S "call; prefetch s+0xff8; ret"},
	{S "call; xchg s+0xff8 8; ret", SWC_ERR_RETURN, 2,
	 S "call; restore s+0xff8 rax; ret"},
	{S "call; store s+0xff8 8 base=rsp; ret", SWC_ERR_RETURN, 2,
	 S "call; load s+0xff8 8 base=rsp; ret"},
	/* Written over by the stack itself. */
	{S "call; switch s+0x1000; push; switch s+0xff8; ret", SWC_ERR_RETURN,
	 4, S "call; switch s+0xff0; push; switch s+0xff8; ret"},
	{S "call; switch s+0x1000; switch s+0xff8; ret", SWC_ERR_RETURN, 3,
	 S "call; switch s+0xff8; ret"},
	{S "call; sp 8; sp -8; ret", SWC_ERR_RETURN, 3,
	 S "call; sp -8; sp 8; ret"},
	{S "call; pop; push src=rax; ret", SWC_ERR_RETURN, 3,
	 S "call; pop; push src=rax; pop"},
	{S "call; load s+0xff8 8; store s+0xff8 8 src=rax; ret", SWC_ERR_RETURN,
	 3, S "call; load s+0xff8 8; store s+0x1000 8 src=rax; ret"},
	/* Twice through one call, once through each of two. */
	{S "call; ret; sp -8; ret", SWC_ERR_RETURN, 3,
	 S "call; ret; call; ret"},
	{T "call; switch t+0x1000; call; switch s+0xff8; ret; "
	   "switch t+0xff8; ret; switch t+0xff8; ret",
	 SWC_ERR_RETURN, 8,
	 T "call; switch t+0x1000; call; switch s+0xff8; ret; "
	   "switch t+0xff8; ret; switch back"},
	{S "call; call; pop; ret; sp -8; ret", SWC_ERR_RETURN, 5,
	 S "call; call; pop; ret"},
};

static const struct refusal stacks[] = {
	{M "push", SWC_ERR_NO_STACK, 0, S "push; pop"},
	{M "pop", SWC_ERR_NO_STACK, 0, S "pop; sp -8"},
	{M "call", SWC_ERR_NO_STACK, 0, S "call; sp 8"},
	{M "ret", SWC_ERR_NO_STACK, 0, S "call; ret"},
	{M "sp 8", SWC_ERR_NO_STACK, 0, S "sp 8; sp -8"},
	{M "load a+0 base=rsp", SWC_ERR_NO_STACK, 0, MS "load a+0 base=rsp"},
	{M "switch a+0x800; push; switch back; pop", SWC_ERR_NO_STACK, 3,
	 M "switch a+0x800; push; pop; switch back"},
	/* RSP leaves its region. */
	{"region s 1; entry s+0; push", SWC_ERR_STACK, 0,
	 "region s 1; entry s+8; push; pop"},
	{"region s 1; entry s+0; call", SWC_ERR_STACK, 0,
	 "region s 1; entry s+8; call; ret"},
	{"region s 1; entry s+0x1000; pop", SWC_ERR_STACK, 0,
	 "region s 1; entry s+0xff8; pop; sp -8"},
	{"region s 1; entry s+0x1000; ret", SWC_ERR_STACK, 0,
	 "region s 1; entry s+0x1000; call; ret"},
	{"region s 1; entry s+0x1000; sp 8", SWC_ERR_STACK, 0,
	 "region s 1; entry s+0xff8; sp 8; sp -8"},
	{"region s 1; entry s+0x10; sp -24", SWC_ERR_STACK, 0,
	 "region s 1; entry s+0x10; sp -16; sp 16"},
	{S "sp 0x800000", SWC_ERR_STACK, 0, S "sp 0x1000; sp -0x1000"},
	{S "sp -0x800000", SWC_ERR_STACK, 0, S "sp -0x1000; sp 0x1000"},
	/* The end. */
	{S "push", SWC_ERR_END, 1, S "push; sp 8"},
	{S "pop", SWC_ERR_END, 1, S "pop; switch back"},
	{S "call", SWC_ERR_END, 1, S "call; switch back"},
	{T "switch t+0x1000", SWC_ERR_END, 1, T "switch s+0x1000"},
	{S "switch s+0xff8", SWC_ERR_END, 1, S "switch s+0xff8; sp 8"},
	{M "switch a+0x1000", SWC_ERR_END, 1, M "switch a+0x1000; switch back"},
};

static const struct refusal bases[] = {
	{DIRTY "load a+0 base=rdx", SWC_ERR_BASE, 2, DIRTY "load a+0 base=rsi"},
	{DIRTY "store a+0 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "imm dst=rdx; store a+0 base=rdx"},
	{DIRTY "clflush a+0 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "mov dst=rdx; clflush a+0 base=rdx"},
	{DIRTY "invlpg a+0 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "lea src=rcx dst=rdx; invlpg a+0 base=rdx"},
	{DIRTY "prefetch a+0 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "load a+0 1 dst=rdx; prefetch a+0 base=rdx"},
	{DIRTY "fxsave a+0 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "push; pop dst=rdx; fxsave a+0 base=rdx"},
	{DIRTY "vload a+0 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "restore a+0 rdx; vload a+0 base=rdx"},
	{DIRTY "save a+0 rax base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "save a+0 rdx base=rax"},
	{DIRTY "switch s+0x1000 base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "switch s+0x1000 base=r15"},
	/* Everything that the unknown flows through. */
	{DIRTY "mov src=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "mov src=rdx; load a+0 base=rcx"},
	{DIRTY "mov 4 src=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "mov 4 src=rbx; load a+0 base=rax"},
	{DIRTY "lea src=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "lea src=rbx; load a+0 base=rax"},
	{M "lea src=rsp", SWC_ERR_NO_STACK, 0, S "lea src=rsp"},
	{S "lea base=rsp", SWC_ERR_REGISTER, 0, S "lea src=rsp base=rbx"},
	{S "mov src=rsp", SWC_ERR_REGISTER, 0, S "mov src=rbx"},
	{DIRTY "lea src=rsp base=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "lea src=rsp; load a+0 base=rax"},
	{DIRTY "lea base=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "lea base=rbx; load a+0 base=rax"},
	{DIRTY "alu src=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "alu; load a+0 base=rax"},
	{DIRTY "alu dst=rdx; load a+0 base=rdx", SWC_ERR_BASE, 3,
	 DIRTY "test dst=rdx; load a+0 base=rax"},
	{DIRTY "chain 1 dst=rdx; load a+0 base=rdx", SWC_ERR_BASE, 3,
	 DIRTY "chain 1; load a+0 base=rax"},
	{DIRTY "mul src=rdx; load a+0 base=rax", SWC_ERR_BASE, 3,
	 DIRTY "mul; load a+0 base=rax"},
	{DIRTY "aluload a+0 dst=rdx; load a+0 base=rdx", SWC_ERR_BASE, 3,
	 DIRTY "aluload a+0; load a+0 base=rax"},
	{DIRTY "xadd a+0 dst=rdx; load a+0 base=rdx", SWC_ERR_BASE, 3,
	 DIRTY "xadd a+0; load a+0 base=rax"},
	{DIRTY "xchg a+0 dst=rdx; load a+0; load a+0 base=rax", SWC_ERR_BASE, 4,
	 DIRTY "xchg a+0; load a+0; load a+0 base=rax"},
	{DIRTY "mov src=rdx; cmpxchg a+0; load a+0 base=rax", SWC_ERR_BASE, 4,
	 DIRTY "cmpxchg a+0; load a+0 base=rax"},
	{DIRTY "cmpxchg a+0 src=rdx; load a+0 dst=rcx; load a+0 base=rcx",
	 SWC_ERR_BASE, 4,
	 DIRTY "cmpxchg a+0; load a+0 dst=rcx; load a+0 base=rcx"},
	{DIRTY "store a+0 8 src=rdx; cmpxchg a+0; load a+8 base=rax",
	 SWC_ERR_BASE, 4,
	 DIRTY "store a+8 8 src=rdx; cmpxchg a+0; load a+8 base=rax"},
	{DIRTY "store a+7 1 src=rdx; load a+0; load a+0 base=rax", SWC_ERR_BASE,
	 4, DIRTY "store a+8 1 src=rdx; load a+0; load a+0 base=rax"},
	{DIRTY "store a+7 2 src=rdx; load a+8; load a+0 base=rax", SWC_ERR_BASE,
	 4, DIRTY "store a+6 2 src=rdx; load a+8; load a+0 base=rax"},
	{DIRTY "store a+8 8 src=rdx; load a+1; load a+0 base=rax", SWC_ERR_BASE,
	 4, DIRTY "store a+16 8 src=rdx; load a+1; load a+0 base=rax"},
	{DIRTY "rmw a+0 8 src=rdx; load a+0; load a+0 base=rax", SWC_ERR_BASE,
	 4, DIRTY "rmw a+0 8; load a+0; load a+0 base=rax"},
	{DIRTY "save a+0 rax,rdx; load a+8; load a+0 base=rax", SWC_ERR_BASE, 4,
	 DIRTY "save a+0 rax,rdx; load a+0; load a+0 base=rax"},
	{DIRTY "save a+0 rax,rdx; restore a+8 rsi; load a+0 base=rsi",
	 SWC_ERR_BASE, 4,
	 DIRTY "save a+0 rax,rdx; restore a+8 rdi; load a+0 base=rsi"},
	{DIRTY "push src=rdx; pop; load a+0 base=rax", SWC_ERR_BASE, 4,
	 DIRTY "push; pop; load a+0 base=rax"},
	{M "vstore a+0 16; load a+8; load a+0 base=rax", SWC_ERR_BASE, 2,
	 M "vstore a+0 16; load a+16; load a+0 base=rax"},
	{M "valu src=xmm1; vstore a+0 4; load a+4; load a+0 base=rax",
	 SWC_ERR_BASE, 3, M "valu src=xmm1; load a+0 base=rcx"},
	{M "fxsave a+0; load a+0; load a+0 base=rax", SWC_ERR_BASE, 2,
	 M "fxsave a+0; load a+0x200; load a+0 base=rax"},
	{M "xsave a+0 3; load a+0 base=rax", SWC_ERR_BASE, 1,
	 M "xsave a+0 3; load a+0 base=rcx"},
	{M "xsave a+0 3; load a+0 base=rdx", SWC_ERR_BASE, 1,
	 M "xsave a+0 3; imm dst=rdx; load a+0 base=rdx"},
	{M "xsave a+0 3; load a+0x200 dst=rcx; load a+0 base=rcx", SWC_ERR_BASE,
	 2, M "xsave a+0 3; load a+0x208 dst=rcx; load a+0 base=rcx"},
	{M "xsave a+0 7; load a+0x33f 1; load a+0 base=rax", SWC_ERR_BASE, 2,
	 M "xsave a+0 7; load a+0x340 1; load a+0 base=rax"},
	{M "xsave a+0 3; imm; xrstor a+0 3; load a+0 base=rax", SWC_ERR_BASE, 3,
	 M "xsave a+0 3; xrstor a+0 3; imm; load a+0 base=rax"},
	/* Below RSP nothing is known, whatever has been written there. */
	{MS "load s+0xff8; load a+0 base=rax", SWC_ERR_BASE, 1,
	 MS "load s+0x1000; load a+0 base=rax"},
	{MS "store s+0xff8; load s+0xff8; load a+0 base=rax", SWC_ERR_BASE, 2,
	 MS "store s+0x1000; load s+0x1000; load a+0 base=rax"},
	{MS "save s+0xff8 rax; load s+0xff8; load a+0 base=rax", SWC_ERR_BASE,
	 2, MS "save s+0x1000 rax; load s+0x1000; load a+0 base=rax"},
	{MS "sp -8; pop; load a+0 base=rax", SWC_ERR_BASE, 2,
	 MS "push; pop; load a+0 base=rax"},
	{MS "push; pop; sp -8; pop; load a+0 base=rax", SWC_ERR_BASE, 4,
	 MS "push; sp -8; sp 8; pop; load a+0 base=rax"},
	{MS
	 "switch a+0x100; store s+0xff8; switch back; load s+0xff8; load a+0 base=rax",
	 SWC_ERR_BASE, 4,
	 MS
	 "switch a+0x100; store s+0x1000; switch back; load s+0x1000; load a+0 base=rax"},
	{MS "switch a+0x100; switch back; load a+0xf8; load a+0 base=rax",
	 SWC_ERR_BASE, 3,
	 MS "switch a+0x100; switch back; load a+0x100; load a+0 base=rax"},
	/* An earlier replay has left something: found in the second pass and later. */
	{MS
	 "load a+0 dst=rcx; load a+8 base=rcx; call; pop dst=rdx; store a+0 8 src=rdx",
	 SWC_ERR_BASE, 1,
	 MS
	 "load a+0 dst=rcx; load a+8 base=rcx; call; pop dst=rdx; store a+8 8 src=rdx"},
	{MS
	 "load a+8 dst=rcx; load a+8 base=rcx; load a+0; store a+8 8 src=rax; "
	 "call; pop dst=rdx; store a+0 8 src=rdx",
	 SWC_ERR_BASE, 1,
	 MS
	 "load a+8 dst=rcx; load a+8 base=rcx; load a+0; store a+16 8 src=rax; "
	 "call; pop dst=rdx; store a+0 8 src=rdx"},
	{M "load a+0x200; load a+0 base=rax; xsave a+0 3", SWC_ERR_BASE, 1,
	 M "load a+0x208; load a+0 base=rax; xsave a+0 3"},
	{MS "load s+0xff8 dst=rcx; switch a+0x100 base=rcx; switch back",
	 SWC_ERR_BASE, 1,
	 MS "load s+0x1000 dst=rcx; switch a+0x100 base=rcx; switch back"},
};

static const struct refusal leftovers[] = {
	{M "load a+24; load a+0 base=rax; fxsave a+0", SWC_ERR_BASE, 1,
	 M "load a+0x200; load a+0 base=rax; fxsave a+0"},
	{T
	 "load t+0xff8; load t+0 base=rax; switch t+0x1000; call; switch back",
	 SWC_ERR_BASE, 1,
	 T
	 "load t+0x1000; load t+0 base=rax; switch t+0x1000; call; switch back"},
};

static const struct refusal areas[] = {
	{M "fxrstor a+0", SWC_ERR_XSTATE, 0, M "fxsave a+0; fxrstor a+0"},
	{M "xrstor a+0 3", SWC_ERR_XSTATE, 0, M "xsave a+0 3; xrstor a+0 3"},
	{M "fxsave a+0; xrstor a+0 3", SWC_ERR_XSTATE, 1,
	 M "xsave a+0 3; fxrstor a+0"},
	{M "fxrstor a+0; fxsave a+0", SWC_ERR_XSTATE, 0,
	 M "fxsave a+0; fxrstor a+0; fxrstor a+0"},
	{M "xsave a+0 3; xrstor a+64 3", SWC_ERR_XSTATE, 1,
	 M "xsave a+64 3; xrstor a+64 3"},
	/* MXCSR or the header is written over. */
	{M "fxsave a+0; store a+24 4; fxrstor a+0", SWC_ERR_XSTATE, 2,
	 M "fxsave a+0; store a+23 1; fxrstor a+0"},
	{M "fxsave a+0; store a+31 1; fxrstor a+0", SWC_ERR_XSTATE, 2,
	 M "fxsave a+0; store a+32 8; fxrstor a+0"},
	{M "xsave a+0 7; store a+0x200 8; xrstor a+0 7", SWC_ERR_XSTATE, 2,
	 M "xsave a+0 7; store a+0x1ff 1; xrstor a+0 7"},
	{M "xsave a+0 7; rmw a+0x200 8; xrstor a+0 7", SWC_ERR_XSTATE, 2,
	 M "xsave a+0 7; testload a+0x200 8; xrstor a+0 7"},
	{M "xsave a+0 7; vstore a+0x208 16; xrstor a+0 7", SWC_ERR_XSTATE, 2,
	 M "xsave a+0 7; store a+0x208 8; xrstor a+0 7"},
	{M "xsave a+0 7; vstore a+0x238 4; xrstor a+0 7", SWC_ERR_XSTATE, 2,
	 M "xsave a+0 7; vstore a+0x240 4; xrstor a+0 7"},
	{M "vstore a+0x208 4; xsave a+0 7", SWC_ERR_XSTATE, 1,
	 M "vstore a+0x1fc 4; xsave a+0 7"},
	{M "xsave a+0 7; vstore a+0x23f 4", SWC_ERR_XSTATE, 0,
	 M "xsave a+0 7; vstore a+0x240 4"},
	/* XSAVE keeps those bits of XSTATE_BV that it isn't asked to save. */
	{M "vstore a+0x200 4; xsave a+0 7", SWC_ERR_XSTATE, 1,
	 M "vstore a+0x200 4; store a+0x200 8; xsave a+0 7; xrstor a+0 7"},
	{M "xsave a+0 7; xrstor a+0 7; vstore a+0x204 4", SWC_ERR_XSTATE, 0,
	 M "xsave a+0 7; xrstor a+0 7; vstore a+0x1fc 4"},
	/* It writes MXCSR only together with SSE or AVX. */
	{M "vstore a+24 8; xsave a+0 1; fxrstor a+0", SWC_ERR_XSTATE, 2,
	 M "vstore a+24 8; xsave a+0 2; fxrstor a+0"},
	{M "xsave a+0 1; xrstor a+0 3", SWC_ERR_XSTATE, 1,
	 M "xsave a+0 1; xrstor a+0 1"},
	{M "xsave a+0 0xe1; xrstor a+0 0xe4", SWC_ERR_XSTATE, 1,
	 M "xsave a+0 0xe4; xrstor a+0 0xe7"},
	/* Other saved state lies where MXCSR or XSTATE_BV would be. */
	{M "fxsave a+0; fxrstor a+64", SWC_ERR_XSTATE, 1,
	 M "fxsave a+0; fxsave a+0x200; fxrstor a+0x200"},
	{M "fxsave a+0x200; xsave a+0 3; fxsave a+0x200; xrstor a+0 3",
	 SWC_ERR_XSTATE, 1,
	 M "fxsave a+0x240; xsave a+0 3; fxsave a+0x240; xrstor a+0 3"},
	{M
	 "fxsave a+0; fxsave a+0x200; save a+0x208 rcx,rbx,rsi,rdi,r8,r9,r10; xrstor a+0 3",
	 SWC_ERR_XSTATE, 3,
	 M "xsave a+0 3; save a+0x208 rcx,rbx,rsi,rdi,r8,r9,r10; xrstor a+0 3"},
	/* Below RSP. */
	{S "fxsave s+0xe00; fxrstor s+0xe00", SWC_ERR_XSTATE, 1,
	 S "fxsave s+0x1000; fxrstor s+0x1000"},
	{S "xsave s+0xdc0 3", SWC_ERR_XSTATE, 0, S "xsave s+0xe00 3"},
	{S "fxsave s+0x1000; sp 32; fxrstor s+0x1000", SWC_ERR_XSTATE, 2,
	 S "fxsave s+0x1000; sp 24; fxrstor s+0x1000; sp -24"},
};

static void test_returns(void **state)
{
	(void)state;
	check_refusals(returns, ARRAY_SIZE(returns));
}

static void test_stacks(void **state)
{
	(void)state;
	check_refusals(stacks, ARRAY_SIZE(stacks));
}

static void test_bases(void **state)
{
	(void)state;
	check_refusals(bases, ARRAY_SIZE(bases));
	check_refusals(leftovers, ARRAY_SIZE(leftovers));
}

/* Vector registers carry unknown values, and a division needs proofs. */
static const struct refusal others[] = {
	{MS "vstore a+0 16 src=xmm3; load a+8 dst=rbx; load a+0 base=rbx",
	 SWC_ERR_BASE, 2,
	 MS "valu 16 dst=xmm3 src=xmm3; vstore a+0 16 src=xmm3;"
	    "load a+8 dst=rbx; load a+0 base=rbx"},
	{MS "valu 16 dst=xmm3 src=xmm3; vstore a+0 32 src=xmm3;"
	    "load a+16 dst=rbx; load a+0 base=rbx",
	 SWC_ERR_BASE, 3,
	 MS "valu 16 dst=xmm3 src=xmm3; vzero; vstore a+0 64 src=xmm3;"
	    "load a+48 dst=rbx; load a+0 base=rbx"},
	{MS
	 "vzero; vstore a+0 32 src=xmm3; load a+0 dst=rbx; load a+0 base=rbx",
	 SWC_ERR_BASE, 3,
	 MS "valu 32 src=xmm3 dst=xmm3; vstore a+0 64 src=xmm3;"
	    "load a+56 dst=rbx; load a+0 base=rbx"},
	{DIRTY "store a+64 src=rdx; vload a+64 16 dst=xmm1;"
	       "vstore a+0 16 src=xmm1; load a+0 dst=rbx; load a+0 base=rbx",
	 SWC_ERR_BASE, 6,
	 MS "vload a+64 16 dst=xmm1; vstore a+0 16 src=xmm1;"
	    "load a+0 dst=rbx; load a+0 base=rbx"},
	{DIRTY "vput 8 dst=xmm1 src=rdx; vget 8 dst=rbx src=xmm1;"
	       "load a+0 base=rbx",
	 SWC_ERR_BASE, 4,
	 DIRTY "vput 8 dst=xmm1 src=rcx; vget 8 dst=rbx src=xmm1;"
	       "load a+0 base=rbx"},
	{MS "vput 8 dst=xmm1 src=rdx; vmul 16 dst=xmm1 src=xmm2;"
	    "vget 8 dst=rbx src=xmm1; load a+0 base=rbx",
	 SWC_ERR_BASE, 3,
	 MS "vput 8 dst=xmm1 src=rdx; vput 8 dst=xmm2 src=rdx;"
	    "vmul 16 dst=xmm1 src=xmm2; vget 8 dst=rbx src=xmm1;"
	    "load a+0 base=rbx"},
	{MS "valu 16 dst=xmm1 src=xmm1; fxsave a+0; fxrstor a+0;"
	    "vget 8 dst=rbx src=xmm1; load a+1024 base=rbx",
	 SWC_ERR_BASE, 4,
	 MS "valu 16 dst=xmm1 src=xmm1; fxsave a+0;"
	    "vget 8 dst=rbx src=xmm1; load a+1024 base=rbx"},
	/* The dividend's upper half, and the complement of the divisor. */
	{DIRTY "div 8 src=rcx", SWC_ERR_DIVIDE, 2,
	 DIRTY "imm dst=rdx;"
	       "div 8 src=rcx"},
	{DIRTY "mov 8 dst=rcx src=rdx; imm dst=rdx; div 8 src=rcx",
	 SWC_ERR_DIVIDE, 4,
	 DIRTY "mov 8 dst=rax src=rdx; imm dst=rdx; div 8 src=rcx"},
	/* The rest of a dividend. */
	{DIRTY "mov 8 dst=rax src=rdx; imm dst=rdx; div 8 src=rcx;"
	       "load a+0 base=rdx",
	 SWC_ERR_BASE, 5,
	 DIRTY "imm dst=rdx; div 8 src=rcx; load a+0 base=rdx"},
	{DIRTY "mov 8 dst=rax src=rdx; fill a+0 64; load a+56 dst=rbx;"
	       "load a+0 base=rbx",
	 SWC_ERR_BASE, 5,
	 DIRTY "mov 8 dst=rdi src=rdx; fill a+0 64; load a+56 dst=rbx base=rdi;"
	       "load a+0 base=rbx"},
	{DIRTY "store a+120 src=rdx; copy a+0 64 from=a+64; load a+56 dst=rbx;"
	       "load a+0 base=rbx",
	 SWC_ERR_BASE, 5,
	 DIRTY "store a+128 src=rdx; mov 8 dst=rsi src=rdx;"
	       "copy a+0 64 from=a+64; load a+56 dst=rbx base=rsi;"
	       "load a+0 base=rbx"},
	{S "call; fill s+0xff8 8; ret", SWC_ERR_RETURN, 2,
	 S "call; fill s+0x1000 8; ret"},
	{S "call; copy s+0xf00 256 from=s+0x1000; ret", SWC_ERR_RETURN, 2,
	 S "call; copy s+0x1000 256 from=s+0xf00; ret"},
	/* Below RSP, nothing keeps its value. */
	{S "fill s+0xf00 64; load s+0xf00 dst=rbx; load s+0 base=rbx",
	 SWC_ERR_BASE, 2,
	 S "fill s+0x1000 64; load s+0x1000 dst=rbx; load s+0 base=rbx"},
	{DIRTY "cmov 8 dst=rbx src=rdx; load a+0 base=rbx", SWC_ERR_BASE, 3,
	 DIRTY "cmov 8 dst=rbx src=rcx; load a+0 base=rbx"},
	/* From the other stack, a return address below may be written over. */
	{T "call; switch t+0x1000; store s+0xff8; switch s+0xff8; ret",
	 SWC_ERR_RETURN, 4,
	 T "call; switch t+0x1000; store s+0xff0; switch s+0xff8; ret"},
	/* Memory that was written below meanwhile is unknown after the return. */
	{T "switch t+0x1000; store s+0x800; switch s+0x1000;"
	   "load s+0x800 dst=rbx; load s+0 base=rbx; switch back",
	 SWC_ERR_BASE, 4,
	 T "switch t+0x1000; store s+0x1800; switch s+0x1000;"
	   "load s+0x1800 dst=rbx; load s+0 base=rbx; switch back"},
};

static void test_others(void **state)
{
	(void)state;
	check_refusals(others, ARRAY_SIZE(others));
}

static void test_areas(void **state)
{
	(void)state;
	check_refusals(areas, ARRAY_SIZE(areas));
}

/*
 * @n operations like @op; a stack pointer moves to and fro, a store goes from
 * line to line.
 */
static void check_repeated(struct swc_op op, __u32 n, struct swc_error expected)
{
	struct swc_region regions[] = {{.pages = SWC_MAX_PAGES}};
	struct swc_program p = {
		.regions = regions,
		.nops = n,
		.nregions = 1,
		.entry_region = 0,
		.entry_offset = SWC_MAX_PAGES * SWC_PAGE_BYTES,
	};
	struct swc_caps caps = caps_all();
	struct swc_op *ops = calloc(n, sizeof(*ops));
	__u32 i;

	assert_non_null(ops);
	p.ops = ops;
	for (i = 0; i < n; i++) {
		ops[i] = op;
		if (op.kind == SWC_OP_SP && !(i % 2))
			ops[i].imm = -op.imm;
		if (op.kind == SWC_OP_STORE)
			ops[i].offset = 64 * i;
	}
	check_verdict(&p, &caps, expected, "repeated");
	free(ops);
}

static void test_time(void **state)
{
	struct swc_op chain = sequence_op(SWC_OP_CHAIN);
	struct swc_op move = sequence_op(SWC_OP_SP);
	struct swc_op back = sequence_op(SWC_OP_SWITCH);
	struct swc_op load = sequence_op(SWC_OP_LOAD);
	struct swc_op store = sequence_op(SWC_OP_STORE);
	struct swc_op string = sequence_op(SWC_OP_FILL);
	const __u32 page = 3000 + 600 + 63 * 150 + 64 * 20;
	__u32 n, left;

	(void)state;
	/* The first load walks and misses, the others find its line. */
	load.dst = SWC_REG_RAX;
	load.size = 8;
	n = (SWC_MAX_CYCLES - (WALK + 600 - 100)) / (20 + 100);
	check_repeated(load, n, ACCEPTED);
	check_repeated(load, n + 1, REFUSED(SWC_ERR_TIME, n));
	/*
	 * One store on each page waits for the page, the others for nothing. Three
	 * times 2 MiB are walked to, and what is left pays for a part of a page.
	 */
	store.size = 8;
	left = SWC_MAX_CYCLES - 3 * (WALK - 3000);
	n = left / page * 64;
	n += (left % page - (3000 + 600 - 150)) / (150 + 20);
	check_repeated(store, n, ACCEPTED);
	check_repeated(store, n + 1, REFUSED(SWC_ERR_TIME, n));
	chain.dst = SWC_REG_RAX;
	chain.imm = 4096;
	check_repeated(chain, SWC_MAX_CYCLES / 4096, ACCEPTED);
	check_repeated(chain, SWC_MAX_CYCLES / 4096 + 1,
		       REFUSED(SWC_ERR_TIME, SWC_MAX_CYCLES / 4096));
	/*
	 * The verifier's own time: each of these operations takes the CPU a
	 * cycle and the verifier a pass over 18 MiB; but not where nothing can
	 * have changed since the last one.
	 */
	back.flags = SWC_OPF_BACK;
	check_repeated(back, 1000, ACCEPTED);
	move.imm = SWC_MAX_PAGES * SWC_PAGE_BYTES;
	check_repeated(move, 10, ACCEPTED);
	check_repeated(move, 1000, REFUSED(SWC_ERR_TIME, 2 * MAX_SWEEPS - 1));
	/* A string is read and written, after RSP has arrived: its cycles come later. */
	string.size = 8;
	string.imm = SWC_MAX_PAGES * SWC_PAGE_BYTES;
	check_repeated(string, 1000, REFUSED(SWC_ERR_TIME, MAX_SWEEPS / 2 - 1));
}

/*
 * A return address that creeps one slot further with each replay: @n copies,
 * the last one first. A slot that it hasn't come to yet mustn't be taken for 0.
 */
static void check_creeping(__u32 n, bool used, struct swc_error expected)
{
	struct sequence_note note = {0};
	struct swc_caps caps = caps_all();
	struct swc_program p;
	struct error err = {0};
	struct swc_op load, store;
	struct sequence s;
	__u32 end = n;

	sequence_from(&s, MS "call; pop dst=rdx; load a+0; store a+0 src=rdx");
	load = s.ops[2];
	store = s.ops[3];
	s.nops = 0;
	store.src = SWC_REG_RAX;
	for (; n; n--) {
		load.offset = 8 * (n - 1);
		store.offset = 8 * n;
		assert_int_equal(sequence_append(&s, &load, note, &err), 0);
		assert_int_equal(sequence_append(&s, &store, note, &err), 0);
	}
	load = sequence_op(SWC_OP_CALL);
	assert_int_equal(sequence_append(&s, &load, note, &err), 0);
	load = sequence_op(SWC_OP_POP);
	load.dst = SWC_REG_RAX;
	assert_int_equal(sequence_append(&s, &load, note, &err), 0);
	store.offset = 0;
	assert_int_equal(sequence_append(&s, &store, note, &err), 0);
	if (used) {
		load = sequence_op(SWC_OP_LOAD);
		load.size = 8;
		load.dst = SWC_REG_RAX;
		load.offset = 8 * end;
		assert_int_equal(sequence_append(&s, &load, note, &err), 0);
		load.base = SWC_REG_RAX;
		assert_int_equal(sequence_append(&s, &load, note, &err), 0);
	}
	p = sequence_program(&s);
	if (expected.code)
		expected.op = p.nops - 1;
	check_verdict(&p, &caps, expected, "creeping");
	sequence_free(&s);
}

static void test_unstable(void **state)
{
	(void)state;
	check_creeping(3, false, ACCEPTED);
	check_creeping(3, true, REFUSED(SWC_ERR_BASE, 0));
	check_creeping(15, false, ACCEPTED);
	check_creeping(200, false, ACCEPTED);
	check_creeping(200, true, REFUSED(SWC_ERR_BASE, 0));
}

/* @nops operations, of whose bytes one in @sparse is random. */
static void fill(struct guarded *ops, __u32 nops, struct random *random,
		 __u32 sparse)
{
	struct swc_op *op = ops->bytes;
	__u8 *byte = ops->bytes;
	__u32 i;

	for (i = 0; i < nops; i++)
		op[i] = sequence_op(1 + random_below(random, SWC_OP_KINDS - 1));
	for (i = 0; i < nops * sizeof(*op); i++) {
		if (!random_below(random, sparse))
			byte[i] = random_below(random, 256);
	}
}

/* Random bytes: always an answer, never an access outside of the arrays. */
static void test_random_bytes(void **state)
{
	struct random random = {.state = 0x5eed1};
	struct swc_caps caps = caps_all();
	struct generated g;
	__u32 n, accepted = 0;
	struct guarded ops;
	struct verified v;

	(void)state;
	for (n = 0; n < 10000; n++) {
		generate_frame(&g, &random);
		g.program.nops = 1 + random_below(&random, 8);
		guarded_alloc(&ops, g.program.nops * sizeof(struct swc_op));
		fill(&ops, g.program.nops, &random, n % 2 ? 40 : 1);
		g.program.ops = ops.bytes;
		if (verify(&v, &g.program, &caps))
			accepted++;
		verified_free(&v);
		guarded_free(&ops);
	}
	assert_in_range(accepted, 1, n / 2);
}

/* A nearly valid program that is accepted becomes the code that it stands for. */
static void test_mutants(void **state)
{
	struct random random = {.state = 0x5eed2};
	struct swc_caps caps = caps_all();
	struct generated original, g;
	__u32 i, j, accepted = 0;
	struct verified v;

	(void)state;
	for (i = 0; i < 300; i++) {
		generate(&original, &random, &caps);
		check_accepted(&original.program, &caps);
		for (j = 0; j < 20; j++) {
			g = original;
			g.program.ops = g.ops;
			g.program.regions = g.regions;
			mutate(&g, &random);
			verify(&v, &g.program, &caps);
			verified_free(&v);
			if (!v.accepted)
				continue;
			accepted++;
			check_accepted(&g.program, &caps);
		}
	}
	assert_in_range(accepted, 500, 5500);
}

/* An open end forgives only RSP's last place. */
static void check_open(const struct refusal *r, size_t n)
{
	struct swc_caps caps = caps_all();
	struct swc_program program;
	struct swc_error expected;
	struct sequence s;

	for (; n--; r++) {
		expected = REFUSED(r->code, r->op);
		if (!r->code || r->code == SWC_ERR_END)
			expected = ACCEPTED;
		sequence_from(&s, r->refused);
		s.open_end = true;
		program = sequence_program(&s);
		check_verdict(&program, &caps, expected, r->refused);
		if (!expected.code)
			check_accepted(&program, &caps);
		sequence_free(&s);
	}
}

static void test_open_end(void **state)
{
	/* Memory has to settle over replays of the prefix itself. */
	static const struct refusal unsettled[] = {
		{S "load s+0xff8 dst=rdx; load s+0 base=rdx; call",
		 SWC_ERR_BASE, 1, NULL},
		{T "load t+0x1000 dst=rdx; load s+0 base=rdx; switch t+0x1000; "
		   "push src=rax; call",
		 SWC_OK, 0, NULL},
		/* All that lies below an RSP that stays there is unknown. */
		{T "load t+0x700 dst=rdx; load s+0 base=rdx; switch t+0x800",
		 SWC_ERR_BASE, 1, NULL},
		/* A return address of the replay before is none. */
		{S "sp -8; ret; call", SWC_ERR_RETURN, 1, NULL},
	};

	(void)state;
	check_open(returns, ARRAY_SIZE(returns));
	check_open(stacks, ARRAY_SIZE(stacks));
	check_open(bases, ARRAY_SIZE(bases));
	check_open(leftovers, ARRAY_SIZE(leftovers));
	check_open(areas, ARRAY_SIZE(areas));
	check_open(others, ARRAY_SIZE(others));
	check_open(unsettled, ARRAY_SIZE(unsettled));
}

/*
 * Each prefix of an accepted program is accepted, since it leaves less to the
 * next replay, and is emitted as it should be; a nearly valid one isn't worse
 * than a whole.
 */
static void test_prefixes(void **state)
{
	struct random random = {.state = 0x5eed3};
	struct swc_caps caps = caps_all();
	struct generated g;
	struct verified v;
	__u32 i, n, accepted = 0;

	(void)state;
	for (i = 0; i < 300; i++) {
		generate(&g, &random, &caps);
		n = g.program.nops;
		g.program.open_end = true;
		for (; g.program.nops; g.program.nops--)
			check_accepted(&g.program, &caps);
		g.program.nops = n;
		cut(&g, &random);
		mutate(&g, &random);
		if (verify(&v, &g.program, &caps)) {
			accepted++;
			check_accepted(&g.program, &caps);
		}
		verified_free(&v);
	}
	assert_in_range(accepted, 20, 280);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_returns),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_unstable),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_open_end),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
