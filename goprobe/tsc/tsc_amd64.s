// SPDX-License-Identifier: GPL-2.0

#include "textflag.h"

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

// func End() uint64
TEXT ·End(SB), NOSPLIT, $0-8
	RDTSCP
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	LFENCE
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
