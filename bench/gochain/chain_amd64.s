// SPDX-License-Identifier: GPL-2.0

#include "textflag.h"

#define ADD1 ADDQ AX, AX
#define ADD2 ADD1; ADD1
#define ADD4 ADD2; ADD2
#define ADD10 ADD4; ADD4; ADD2
#define ADD20 ADD10; ADD10
#define ADD100 ADD20; ADD20; ADD20; ADD20; ADD20
#define ADD500 ADD100; ADD100; ADD100; ADD100; ADD100

// func chain0(x uint64) uint64
TEXT ·chain0(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	MOVQ AX, ret+8(FP)
	RET

// func chain12(x uint64) uint64
TEXT ·chain12(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD10; ADD2
	MOVQ AX, ret+8(FP)
	RET

// func chain16(x uint64) uint64
TEXT ·chain16(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD10; ADD4; ADD2
	MOVQ AX, ret+8(FP)
	RET

// func chain20(x uint64) uint64
TEXT ·chain20(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD20
	MOVQ AX, ret+8(FP)
	RET

// func chain30(x uint64) uint64
TEXT ·chain30(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD20; ADD10
	MOVQ AX, ret+8(FP)
	RET

// func chain40(x uint64) uint64
TEXT ·chain40(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD20; ADD20
	MOVQ AX, ret+8(FP)
	RET

// func chain60(x uint64) uint64
TEXT ·chain60(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD20; ADD20; ADD20
	MOVQ AX, ret+8(FP)
	RET

// func chain80(x uint64) uint64
TEXT ·chain80(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD20; ADD20; ADD20; ADD20
	MOVQ AX, ret+8(FP)
	RET

// func chain100(x uint64) uint64
TEXT ·chain100(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD100
	MOVQ AX, ret+8(FP)
	RET

// func chain500(x uint64) uint64
TEXT ·chain500(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD500
	MOVQ AX, ret+8(FP)
	RET

// func chain1500(x uint64) uint64
TEXT ·chain1500(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), AX
	ADD500; ADD500; ADD500
	MOVQ AX, ret+8(FP)
	RET
