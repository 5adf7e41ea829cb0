/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMIT_H
#define SWC_ENGINE_EMIT_H

#include "encode.h"
#include "loop.h"
#include "proof.h"

/**
 * struct swc_context - where a replay keeps what it must not keep in registers
 * @host_rsp: the host's stack while RSP is elsewhere: where swc_enter()'s return
 *	address lies, of whose frame SWC_ENTER_FRAME finds the rest
 * @start: TSC before the sequence
 * @end: TSC after it
 * @start_cpu: TSC_AUX at the start; differs from @end_cpu after a migration
 * @end_cpu: TSC_AUX at the end
 * @trapped: set by the kernel's fault handler, which then leaves the sequence
 * @iterations: of a loop, left to do
 * @iterations_again: the same for its second copy
 *
 * It lies in the low or top 2 GiB, as the regions do, so that code reaches it
 * by a sign-extended 32-bit address, with no register to hold its base.
 */
struct swc_context {
	__u64 host_rsp;
	__u64 start;
	__u64 end;
	__u32 start_cpu;
	__u32 end_cpu;
	__u32 trapped;
	__u32 iterations;
	__u32 iterations_again;
	__u32 reserved;
};

/*
 * The segment's base while a replay runs; whoever calls swc_enter() sets it: FS's
 * in ring 0, where GS's is the kernel's, GS's in ring 3, where FS's is the C library's. Any
 * number but 0, which costs nothing to add, would do, if displacements from it reach.
 */
#define SWC_SEGMENT_BASE 4096u

/*
 * The pointers of indirect calls and jumps fill the rest of the context's page, which
 * no operation reaches. The first two share its line, which each replay writes to.
 */
#define SWC_POINTERS_BYTES ((__u32)sizeof(struct swc_context))

/**
 * struct swc_binding - the addresses that a program is emitted for
 * @region: of each region's first byte; page-aligned
 * @context: of the struct swc_context
 * @pedestal: additions timed together with the sequence, to SWC_MAX_PEDESTAL
 * @offset: of the code's first byte in its page. If code lies as recorded, the
 *	page's end follows from it, and by how much code is moved in its lines
 * @at: address that the code is run at, to which indirect calls and jumps lead
 * @pointers: where theirs are written, SWC_POINTERS_BYTES after the context's start,
 *	by whatever mapping; NULL: nowhere, so that the code can't be run
 * @landing_pad: begin with ENDBR64, and have one at each target of an indirect call
 *	or jump, for a host that enforces IBT
 * @packed: pack the code even if operations tell where they were recorded
 * @spread: there is room for pages as far apart as recorded; else they adjoin
 * @loop: how often, back to back; not of a program whose end is open
 */
struct swc_binding {
	const __u64 *region;
	__u64 context;
	__u32 pedestal;
	__u32 offset;
	__u64 at;
	__u64 *pointers;
	bool landing_pad;
	bool packed;
	bool spread;
	struct swc_loop loop;
};

/* swc_emit_bytes() - workspace for swc_emit(): sizes and places of code. */
__u64 swc_emit_bytes(const struct swc_proof *proof);

/**
 * swc_emit() - turn a verified program into code
 * @proof: from swc_verify()
 * @binding: addresses; each region and the context must be reachable by a
 *	sign-extended 32-bit address, all of them in the same half
 * @workspace: swc_emit_bytes() bytes, aligned to 4
 * @code: where to; with bytes == NULL only the size is computed
 *
 * But for the pointers the code is position-independent. It is entered by swc_enter(),
 * and leaves all registers but RSP and RBP spoiled. Return: the size in bytes, also when it
 * exceeds the capacity (then nothing may be run), or 0 if an address isn't
 * reachable.
 *
 * Where operations tell the pages and lines that they were recorded at, the code
 * lies like that (see chunks.h): what it costs when its lines and translations
 * are cold depends on it. Pages that it leaves free are filled with INT3, too.
 */
__u32 swc_emit(const struct swc_proof *proof, const struct swc_binding *binding,
	       void *workspace, struct swc_code *code);

/* swc_code_pages() - pages that @bytes of code from @offset in a page lie in. */
static inline __u32 swc_code_pages(__u32 offset, __u32 bytes)
{
	return (offset + bytes + 4095) / 4096;
}

/**
 * swc_emit_lines() - which lines the operations take, without the frame around
 * them
 * @proof: as for swc_emit(), which would accept the binding
 * @binding: likewise
 * @workspace: likewise
 * @lines: filled, a word for each of swc_code_pages(): bit n is line n
 *
 * Return: whether the code lies as recorded.
 */
bool swc_emit_lines(const struct swc_proof *proof,
		    const struct swc_binding *binding, void *workspace,
		    __u64 *lines);

/* swc_code_lines() - which lines emitted code takes, with its frame. */
void swc_code_lines(const __u8 *bytes, __u32 n, __u32 offset, __u64 *lines);

/*
 * So many bytes above the return address RBP points to while swc_enter() runs. A replay
 * has RBP for itself; the way out, or the fault handler, puts it back by this.
 */
#define SWC_ENTER_FRAME 48u

/**
 * swc_enter() - run emitted code once
 * @context: the binding's context
 * @code: entry of the emitted code
 *
 * Saves what the C ABI wants saved, calls, and restores. Assembly, in enter.S.
 * Context: as the isolation level asks; the FPU state is the caller's care.
 */
void swc_enter(struct swc_context *context, const void *code);

/* swc_enter() resumes here when a fault handler ends a replay. */
extern __u8 swc_enter_exit[];

#endif
