// SPDX-License-Identifier: GPL-2.0

#include "textflag.h"

// r += r takes a cycle on every core. Some add a small immediate at rename, in no time.
#define ADD ADDQ AX, AX
#define CHAIN10 ADD; ADD; ADD; ADD; ADD; ADD; ADD; ADD; ADD; ADD;
#define CHAIN50 CHAIN10 CHAIN10 CHAIN10 CHAIN10 CHAIN10
#define CHAIN100 CHAIN50 CHAIN50

// The fences are those that the replay has around its time stamps.

// func Start() uint64
TEXT ·Start(SB), NOSPLIT, $0-8
	MFENCE
	LFENCE
	RDTSCP
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	LFENCE
	RET

// The caller's code may go on in another line, which would be fetched while time is
// taken: it is loaded before.

// func StartAndTurn(turns int) uint64
TEXT ·StartAndTurn(SB), NOSPLIT, $0-16
	MOVQ	0(SP), AX
	MOVB	64(AX), AX
	MOVQ	turns+0(FP), CX
	MFENCE
	LFENCE
	RDTSCP
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+8(FP)
	MOVQ	turns+0(FP), CX
again:
	DECQ	CX
	JNZ	again
	LFENCE
	RET

// func End() uint64
TEXT ·End(SB), NOSPLIT, $0-8
	RDTSCP
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	LFENCE
	RET

// func Chain()
TEXT ·Chain(SB), NOSPLIT, $0-0
	XORL	AX, AX
	CHAIN100
	RET

// func LongChain()
TEXT ·LongChain(SB), NOSPLIT, $0-0
	XORL	AX, AX
	CHAIN100
	CHAIN100
	CHAIN100
	RET

// func Loop(n int)
TEXT ·Loop(SB), NOSPLIT, $0-8
	MOVQ	n+0(FP), CX
	XORL	AX, AX
	JMP	test
turn:
	INCQ	AX
test:
	CMPQ	AX, CX
	JLT	turn
	RET
