/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROCESS_GOCODE_H
#define SWC_PROCESS_GOCODE_H

#include "goimage.h"

/*
 * In a file without DWARF, the runtime's own instructions give its offsets. Those in
 * the runtime's struct m differ even between releases of one Go version (1.23.0 and
 * 1.23.12), so no table by version holds; but each of a few functions has used these
 * fields in one way since Go 1.19:
 *
 *	runtime.cgocall		incq ncgocall(m); movb $1, incgo(m); incl ncgo(m)
 *	runtime.mexit		lea allm, r; ... lea alllink(m), r; mov (r), m
 *				lea ncgocall, s; lock xadd t, (s)
 *	runtime.asmcgocall	mov fn+0(FP), rax, in a frame that differs
 *
 * Those of struct g are the same for many versions, and are in a table here.
 */

#define GOCODE_VERSIONS "Go 1.19 to 1.27"

/**
 * gocode_offsets() - find the offsets
 * Return: 0, or -1 with @err set: another version, or another compiler
 */
int gocode_offsets(struct goimage *image, const char *name, struct error *err);

/*
 * gocode_argument() - where asmcgocall's first argument lies, from the stack pointer that
 * the goroutine saves there. DWARF doesn't know it. Likewise.
 */
int gocode_argument(struct goimage *image, const char *name, struct error *err);

/* gocode_variables() - where runtime.allm and runtime.ncgocall are. Likewise. */
int gocode_variables(struct goimage *image, const char *name,
		     struct error *err);

#define GOCODE_MAX_RETURNS 8

/*
 * gocode_returns() - the addresses of a function's RETs, GOCODE_MAX_RETURNS at most.
 * Return: how many; 0: it can't be decoded, or has more.
 */
size_t gocode_returns(const struct goimage *image, const struct gofunction *f,
		      uint64_t *returns);

/**
 * gocode_called() - the function whose call leads to @address without a detour
 * @address: of an instruction by which a caller brings back what a function of ABI0 may
 *	have spoilt: X15, which is 0 in Go, and R14, which is g
 *
 * The function has returned, and what it left unfinished is waited for here. Return:
 * NULL: another instruction, or no such call is before it.
 */
const struct gofunction *gocode_called(const struct goimage *image,
				       uint64_t address);

#endif
