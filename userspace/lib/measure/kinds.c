// SPDX-License-Identifier: GPL-2.0
#include "kinds.h"

#include <stdio.h>
#include <stdlib.h>

#include "seqtext.h"

#define OP(kind) (1ull << SWC_OP_##kind)
#define DATA	 "region data 2\n"
#define STACK	 "region stack 1\nentry stack+0x800\n"
#define SERIAL	 .shape = KIND_SERIAL
#define STORES	 .shape = KIND_STORES
#define FENCES	 .shape = KIND_FENCES
#define OVERLAPS .shape = KIND_OVERLAPS
#define ADD(reg) {"add " #reg, "", "", "chain 1 dst=" #reg, "", SERIAL}
#define LOCK	 .flags = SWC_OPF_LOCK
#define DIVISOR	 "imm dst=rbx\nimm dst=rdx\n"

/*
 * The fixed ones come first. Serial means serial on every core: each operation feeds
 * the next by a register or by its line of memory. Operations of immediates, a load of
 * a value that was stored right before, zeroing and stores aren't: cores resolve them
 * at rename, predict them, or let them wait in a buffer. For example, Zen 3 renames
 * memory that RSP addresses: 32 additions to a place on the stack take 40 cycles there,
 * and those to a place elsewhere 217.
 *
 * A wait beside the frame's own fence may take another time than one beside others: on
 * one Zen 3 guest the last MFENCE takes 15 cycles less than the others, and the first
 * PAUSE 9 more than the 77 of each other. No manual promises how long a PAUSE lasts.
 *
 * Moves between both files of registers wait in queues for one another, and where those are
 * full a core sends them on later: Zen 5 takes 6.0 cycles for each of 24 pairs in a row,
 * and 7.0 for each further one, up to 96.
 */
static const struct kind table[] = {
	[KIND_UNREAD] = {"add, unread", "", "imm dst=rbx", "chain 1 dst=rbx",
			 "imm dst=rbx", SERIAL},
	[KIND_LOCKED] = {"lock rmw", DATA, "", "lock rmw data+64 src=rbx", "",
			 STORES, .vouches = OP(RMW), LOCK},
	[KIND_LOADS] = {"load, first absolute", DATA, "load data+64 dst=rbx",
			"load data+64 dst=rbx base=rbx", "", SERIAL,
			.first_counts = true,
			.vouches = OP(LOAD) | OP(ALULOAD) | OP(TESTLOAD)},
	ADD(rax),
	ADD(rcx),
	ADD(rdx),
	ADD(rbx),
	ADD(rsi),
	ADD(rdi),
	ADD(r8),
	ADD(r9),
	ADD(r10),
	ADD(r11),
	ADD(r12),
	ADD(r13),
	ADD(r14),
	ADD(r15),
	{"lea", "", "", "lea dst=rax src=rax base=rcx", "", SERIAL},
	{"mul", "", "", "mul dst=rax src=rax", "", SERIAL, .vouches = OP(MUL)},
	{"div", "", DIVISOR, "div src=rbx", "", SERIAL, .vouches = OP(DIV)},
	{"load", DATA, "", "load data+64 dst=rax base=rax", "", SERIAL},
	{"load, rsp", STACK, "", "load stack+0x800 dst=rax base=rsp", "",
	 OVERLAPS},
	{"aluload", DATA, "", "aluload data+64 dst=rax base=rax", "", SERIAL},
	{"rmw", DATA, "", "rmw data+64 src=rbx", "", STORES,
	 .vouches = OP(RMW)},
	{"rmw, immediate", DATA, "", "rmw data+64", "", OVERLAPS},
	{"rmw, rsp", STACK, "", "rmw stack+0x800 src=rbx base=rsp", "",
	 OVERLAPS},
	{"lock rmw, immediate", DATA, "", "lock rmw data+64", "", STORES},
	{"lock rmw, rsp", STACK, "", "lock rmw stack+0x800 src=rbx base=rsp",
	 "", STORES},
	{"lock cmpxchg", DATA, "", "lock cmpxchg data+64 src=rbx", "", STORES,
	 .vouches = OP(CMPXCHG), LOCK},
	{"lock xadd", DATA, "", "lock xadd data+64 dst=rbx", "", STORES,
	 .vouches = OP(XADD), LOCK},
	{"xchg", DATA, "", "xchg data+64 dst=rbx", "", STORES,
	 .vouches = OP(XCHG)},
	{"lfence", "", "", "lfence", "", SERIAL, .vouches = OP(LFENCE)},
	{"mfence", "", "", "mfence", "", FENCES, .vouches = OP(MFENCE)},
	{"pause", "", "", "pause", "", FENCES, .vouches = OP(PAUSE)},
	{"vmul", "", "", "vmul 16 dst=xmm1 src=xmm1", "", SERIAL,
	 .vouches = OP(VMUL)},
	{"vput, vget", "", "",
	 "vput 8 dst=xmm1 src=rax\nvget 8 dst=rax src=xmm1", "", SERIAL,
	 .most = 16, .vouches = OP(VGET) | OP(VPUT)},
	{"fxsave, fxrstor", DATA, "", "fxsave data+0\nfxrstor data+0", "",
	 SERIAL, .vouches = OP(FXSAVE) | OP(FXRSTOR)},
	{"xsave, xrstor", DATA, "", "xsave data+0 3\nxrstor data+0 3", "",
	 SERIAL, .vouches = OP(XSAVE) | OP(XRSTOR)},
	{"add, immediate", "", "", "alu dst=rax", "", OVERLAPS},
	{"load, independent", DATA, "", "load data+64 dst=rbx", "", OVERLAPS},
	{"store", DATA, "", "store data+64 src=rbx", "", OVERLAPS},
	{"store, immediate", DATA, "", "store data+64", "", OVERLAPS},
	{"store, load", DATA, "", "store data+64 src=rax\nload data+64 dst=rax",
	 "", OVERLAPS},
	{"push, pop", STACK, "", "push src=rax\npop dst=rax", "", OVERLAPS},
	{"call, ret", STACK, "", "call\nret", "", OVERLAPS},
	{"save, restore", DATA, "",
	 "save data+0 rbx,r12,r13,r14,r15\n"
	 "restore data+0 rbx,r12,r13,r14,r15",
	 "", OVERLAPS},
	{"sfence", "", "", "sfence", "", OVERLAPS},
	{"nop", "", "", "nop 1", "", OVERLAPS},
};

_Static_assert(sizeof(table) / sizeof(*table) <= KINDS_MAX,
	       "a word has a bit for each");

const struct kind *kinds(unsigned int *n)
{
	*n = ARRAY_SIZE(table);
	return table;
}

static void put_text(FILE *f, const struct kind *k, unsigned int n,
		     unsigned int before, unsigned int after)
{
	fputs(k->regions, f);
	if (before)
		fprintf(f, "chain %u\n", before);
	fprintf(f, "%s\n", k->first);
	for (n -= k->first_counts; n; n--)
		fprintf(f, "%s\n", k->op);
	fprintf(f, "%s\n", k->last);
	if (after)
		fprintf(f, "chain %u\n", after);
}

int kind_sequence(const struct kind *k, unsigned int n, unsigned int before,
		  unsigned int after, struct sequence *s, struct error *err)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	int rc = -1;

	if (f) {
		put_text(f, k, n, before, after);
		fclose(f);
		f = fmemopen(text, bytes, "r");
	}
	if (f) {
		rc = seqtext_read(s, f, k->name, err);
		fclose(f);
	} else {
		error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory", k->name);
	}
	free(text);
	return rc;
}

static bool vouches_for(const struct kind *k, const struct swc_op *op)
{
	return (k->vouches & 1ull << op->kind) &&
	       (k->flags & SWC_OPF_LOCK) == (op->flags & SWC_OPF_LOCK);
}

uint64_t kinds_in(const struct sequence *s)
{
	uint64_t found = 0;
	unsigned int k;
	size_t i;

	for (i = 0; i < s->nops; i++) {
		for (k = 0; k < ARRAY_SIZE(table); k++) {
			if (vouches_for(&table[k], &s->ops[i]))
				found |= 1ull << k;
		}
	}
	return found;
}
