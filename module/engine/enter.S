/* SPDX-License-Identifier: GPL-2.0 */
/*
 * void swc_enter(struct swc_context *context, const void *code);
 *
 * The bridge from C into emitted code, which spoils every register, and puts RSP and
 * RBP back when it returns. The context knows where the return address lies, before the
 * code has run at all: from that the kernel's fault handler has both, and resumes at
 * swc_enter_exit.
 */
#ifdef __KERNEL__
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/nospec-branch.h>
#else
#define SYM_FUNC_START(name)           \
	.globl name;                   \
	.type name, @function;         \
	name:
#define SYM_FUNC_END(name) .size name, . - name
#define SYM_INNER_LABEL(name, linkage) name:
#define ANNOTATE_NOENDBR
#define RET ret
	.section .note.GNU-stack, "", @progbits
#endif

	.text
SYM_FUNC_START(swc_enter)
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	lea	-8(%rsp), %rax
	mov	%rax, (%rdi)
#ifdef __KERNEL__
	CALL_NOSPEC rsi
#else
	call	*%rsi
#endif
SYM_INNER_LABEL(swc_enter_exit, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	lea	-40(%rbp), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
SYM_FUNC_END(swc_enter)
