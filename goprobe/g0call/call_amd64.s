// SPDX-License-Identifier: GPL-2.0

#include "textflag.h"

// Offsets in the runtime's g and m, the same from Go 1.19 to 1.27; Works()
// finds out whether they still hold.
#define g_stack_lo	0
#define g_stack_hi	8
#define g_m		48
#define g_sched_sp	56
#define m_g0		0

// A call on g0's stack. MORE comes before it, where nothing depends on it.
#define CALL_ON_G0(MORE) \
	MOVQ	fn+0(FP), AX; \
	MOVQ	arg+8(FP), BX; \
	MOVQ	TLS, CX; \
	MOVQ	0(CX)(TLS*1), DI; /* g */ \
	MOVQ	g_m(DI), SI; \
	MOVQ	m_g0(SI), SI; \
	MOVQ	SP, DX; \
	MOVQ	SI, 0(CX)(TLS*1); /* a signal must find the stack's g */ \
	MOVQ	g_sched_sp(SI), SP; \
	SUBQ	$16, SP; \
	ANDQ	$~15, SP; /* the C ABI aligns calls to 16 bytes */ \
	MORE; \
	MOVQ	DI, 8(SP); \
	MOVQ	DX, 0(SP); /* stays valid: no Go code runs meanwhile */ \
	MOVQ	BX, DI; \
	CALL	AX; \
	MOVQ	8(SP), DI; \
	MOVQ	0(SP), DX; \
	MOVQ	TLS, CX; \
	MOVQ	DI, 0(CX)(TLS*1); \
	MOVQ	DX, SP; \
	RET

#define NOTHING NOP

// No-ops of 9 and of 3 bytes.
#define TWELVE_BYTES \
	BYTE $0x66; BYTE $0x0f; BYTE $0x1f; BYTE $0x84; BYTE $0; LONG $0; \
	BYTE $0x0f; BYTE $0x1f; BYTE $0

// func Call(fn, arg unsafe.Pointer)
TEXT ·Call(SB), NOSPLIT, $0-16
	CALL_ON_G0(NOTHING)

// func CallMoved(fn, arg unsafe.Pointer)
TEXT ·CallMoved(SB), NOSPLIT, $0-16
	CALL_ON_G0(TWELVE_BYTES)

// func look(l *layout)
TEXT ·look(SB), NOSPLIT, $0-8
	MOVQ	l+0(FP), AX
	MOVQ	TLS, CX
	MOVQ	0(CX)(TLS*1), DI
	MOVQ	g_stack_lo(DI), DX
	MOVQ	DX, 0(AX)
	MOVQ	g_stack_hi(DI), DX
	MOVQ	DX, 8(AX)
	MOVQ	g_m(DI), SI
	MOVQ	m_g0(SI), SI
	MOVQ	g_stack_lo(SI), DX
	MOVQ	DX, 16(AX)
	MOVQ	g_stack_hi(SI), DX
	MOVQ	DX, 24(AX)
	MOVQ	g_sched_sp(SI), DX
	MOVQ	DX, 32(AX)
	RET
