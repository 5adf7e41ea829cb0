// SPDX-License-Identifier: GPL-2.0
#include "gocode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "engine/freestanding.h"

/* Longer than any function that is read here. */
#define MAX_FUNCTION 65536

/* Decode a function; @visit sees each instruction, and stops by returning true. */
static bool walk(const struct goimage *image, const struct gofunction *f,
		 bool (*visit)(void *data, const struct insn *insn), void *data)
{
	uint64_t n = f ? f->end - f->start : 0, at = 0;
	uint8_t *code = n && n <= MAX_FUNCTION ? malloc(n) : NULL;
	struct insn insn;
	bool whole;

	whole = code && goimage_read(image, f->start, code, n);
	while (whole && at < n) {
		if (insn_decode(&insn, f->start + at, code + at, n - at)) {
			whole = false;
		} else {
			at += insn.zydis.length;
			if (visit(data, &insn))
				break;
		}
	}
	free(code);
	return whole;
}

static const ZydisDecodedOperand *memory_of(const struct insn *insn,
					    unsigned int operand)
{
	const ZydisDecodedOperand *o = &insn->operands[operand];

	return o->type == ZYDIS_OPERAND_TYPE_MEMORY ? o : NULL;
}

/* A field of a structure that a register points to: its offset, or 0. */
static uint32_t field_of(const struct insn *insn)
{
	const ZydisDecodedOperand *o = memory_of(insn, 0);

	if (!o || o->mem.base == ZYDIS_REGISTER_RIP ||
	    o->mem.base == ZYDIS_REGISTER_RSP ||
	    o->mem.index != ZYDIS_REGISTER_NONE || o->mem.disp.value <= 0 ||
	    o->mem.disp.value > 8192)
		return 0;
	return (uint32_t)o->mem.disp.value;
}

static bool see_cgocall(void *data, const struct insn *insn)
{
	struct gooffsets *o = data;
	uint32_t field = field_of(insn);

	if (!field)
		return false;
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_INC) {
		if (insn->operands[0].size == 64 && !o->m_ncgocall)
			o->m_ncgocall = field;
		else if (insn->operands[0].size == 32 && !o->m_ncgo)
			o->m_ncgo = field;
	} else if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_MOV &&
		   insn->operands[0].size == 8 && !o->m_incgo &&
		   insn->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
		   insn->operands[1].imm.value.u == 1) {
		o->m_incgo = field;
	}
	return false;
}

/* The addresses that runtime.mexit loads, and what they turn out to be. */
struct mexit {
	uint64_t loaded[ZYDIS_REGISTER_MAX_VALUE + 1]; /* by register */
	unsigned int since[ZYDIS_REGISTER_MAX_VALUE + 1];
	unsigned int at;
	uint64_t allm;
	uint64_t dead_calls;
	uint32_t alllink;
};

/* How many instructions lie between an address and its use, at most. */
#define NEAR 6

static void see_lea(struct mexit *x, const struct insn *insn)
{
	const ZydisDecodedOperand *from = memory_of(insn, 1);
	ZydisRegister to = insn->operands[0].reg.value;

	if (!from)
		return;
	if (from->mem.base == ZYDIS_REGISTER_RIP) {
		x->loaded[to] = insn->address + insn->zydis.length +
				(uint64_t)from->mem.disp.value;
		x->since[to] = x->at;
	} else if (!x->allm && x->loaded[to] &&
		   from->mem.index == ZYDIS_REGISTER_NONE &&
		   from->mem.base != ZYDIS_REGISTER_RSP &&
		   from->mem.disp.value > 64 && x->at - x->since[to] <= NEAR) {
		x->allm = x->loaded[to];
		x->alllink = (uint32_t)from->mem.disp.value;
	}
}

static bool see_mexit(void *data, const struct insn *insn)
{
	struct mexit *x = data;
	const ZydisDecodedOperand *o = memory_of(insn, 0);

	x->at++;
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_LEA)
		see_lea(x, insn);
	else if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_XADD && o &&
		 !x->dead_calls && x->loaded[o->mem.base] &&
		 x->at - x->since[o->mem.base] <= NEAR)
		x->dead_calls = x->loaded[o->mem.base];
	return x->allm && x->dead_calls;
}

static bool read_mexit(const struct goimage *image, struct mexit *x)
{
	*x = (struct mexit){0};
	walk(image, goimage_function(image, "runtime.mexit"), see_mexit, x);
	return x->allm && x->dead_calls;
}

/* Fields of struct g, and of m before those that differ. */
static bool known_offsets(const char *version, struct gooffsets *o)
{
	unsigned int minor;

	if (sscanf(version, "go1.%u", &minor) != 1 || minor < 19 || minor > 27)
		return false;
	*o = (struct gooffsets){
		.g_m = 48,
		.g_sp = 56,
		.g_bp = minor < 25 ? 104 : 96,
		.g_stack_high = 8,
		.m_g0 = 0,
		.m_curg = minor < 25 ? 192 : 184,
	};
	return true;
}

static int not_read(const char *name, const char *version, struct error *err)
{
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"%s: the code of its runtime (%s) isn't that of " GOCODE_VERSIONS
		": build it with one of these, and without -ldflags=-s/-w",
		name, *version ? version : "unknown version");
}

int gocode_offsets(struct goimage *image, const char *name, struct error *err)
{
	struct gooffsets *o = &image->offsets;
	struct mexit x;

	if (!known_offsets(image->version, o))
		return not_read(name, image->version, err);
	walk(image, goimage_function(image, "runtime.cgocall"), see_cgocall, o);
	if (!read_mexit(image, &x) || !o->m_ncgocall || !o->m_ncgo ||
	    !o->m_incgo || o->m_ncgo != o->m_ncgocall + 8)
		return not_read(name, image->version, err);
	o->m_alllink = x.alllink;
	return 0;
}

static bool see_argument(void *data, const struct insn *insn)
{
	const ZydisDecodedOperand *from = memory_of(insn, 1);
	uint32_t *offset = data;

	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_MOV && from &&
	    from->mem.base == ZYDIS_REGISTER_RSP &&
	    insn->operands[0].reg.value == ZYDIS_REGISTER_RAX)
		*offset = (uint32_t)from->mem.disp.value;
	return *offset;
}

int gocode_argument(struct goimage *image, const char *name, struct error *err)
{
	/* Go's table of functions doesn't name the calling convention. */
	const struct gofunction *f =
		goimage_function(image, "runtime.asmcgocall.abi0")
			?: goimage_function(image, "runtime.asmcgocall");

	walk(image, f, see_argument, &image->offsets.fn);
	return image->offsets.fn ? 0 : not_read(name, image->version, err);
}

int gocode_variables(struct goimage *image, const char *name, struct error *err)
{
	struct mexit x;

	if (!read_mexit(image, &x))
		return not_read(name, image->version, err);
	image->allm = x.allm;
	image->dead_calls = x.dead_calls;
	return 0;
}

struct returns {
	uint64_t *list;
	size_t n;
};

static bool see_return(void *data, const struct insn *insn)
{
	struct returns *r = data;

	if (insn->kind == INSN_RET && r->n++ < GOCODE_MAX_RETURNS)
		r->list[r->n - 1] = insn->address;
	return false;
}

size_t gocode_returns(const struct goimage *image, const struct gofunction *f,
		      uint64_t *returns)
{
	struct returns r = {.list = returns};

	return walk(image, f, see_return, &r) && r.n <= GOCODE_MAX_RETURNS ? r.n
									   : 0;
}

/* An instruction that brings back X15 or R14. */
static bool brings_back(const struct insn *insn)
{
	const ZydisDecodedOperand *to = &insn->operands[0];

	if (to->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return false;
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_XORPS:
	case ZYDIS_MNEMONIC_VXORPS:
		return to->reg.value == ZYDIS_REGISTER_XMM15;
	case ZYDIS_MNEMONIC_MOV:
		return to->reg.value == ZYDIS_REGISTER_R14 &&
		       memory_of(insn, 1);
	default:
		return false;
	}
}

#define NEAR_CALL  5  /* bytes of a call with a displacement of 32 bits */
#define AFTER_CALL 32 /* what follows it takes less */
#define LONGEST	   15 /* instruction */

/* Is each instruction from @from to @to, included, of those after a call? */
static bool all_bring_back(const uint8_t *code, size_t n, size_t from,
			   size_t to)
{
	struct insn insn;

	while (from <= to && !insn_decode(&insn, from, code + from, n - from) &&
	       brings_back(&insn)) {
		if (from == to)
			return true;
		from += insn.zydis.length;
	}
	return false;
}

const struct gofunction *gocode_called(const struct goimage *image,
				       uint64_t address)
{
	const struct gofunction *f = goimage_at(image, address), *called;
	uint8_t code[AFTER_CALL + LONGEST];
	uint64_t start, end, target;
	size_t here, n, at;
	int32_t distance;

	if (!f)
		return NULL;
	start = address - f->start > AFTER_CALL ? address - AFTER_CALL
						: f->start;
	end = f->end - address > LONGEST ? address + LONGEST : f->end;
	here = address - start;
	n = end - start;
	if (here < NEAR_CALL || !goimage_read(image, start, code, n))
		return NULL;
	for (at = here - NEAR_CALL + 1; at--;) {
		memcpy(&distance, code + at + 1, sizeof(distance));
		target = start + at + NEAR_CALL + (int64_t)distance;
		called = code[at] == 0xe8 ? goimage_at(image, target) : NULL;
		if (called && called->start == target &&
		    all_bring_back(code, n, at + NEAR_CALL, here))
			return called;
	}
	return NULL;
}
