// SPDX-License-Identifier: GPL-2.0
#include "stores.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "operands.h"

#define WORD 8u /* bytes of a whole general register */

/* A register's value, if it was given a constant. */
struct constant {
	bool known;
	int64_t value;
};

struct walk {
	const struct trace *trace;
	struct stores *stores;
	struct constant constants[STORES_REGISTERS];
};

/* The number of a whole or half general register; -1: it is none. */
static int general(const ZydisDecodedOperand *o)
{
	ZydisRegister whole;

	if (o->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return -1;
	whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						 o->reg.value);
	if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64)
		return -1;
	return ZydisRegisterGetId(whole);
}

/* The operand whose value a store puts into memory, or a load takes from there. */
static const ZydisDecodedOperand *moved(const struct insn *insn)
{
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_PUSH:
	case ZYDIS_MNEMONIC_POP:
		return &insn->operands[0];
	case ZYDIS_MNEMONIC_MOV:
	case ZYDIS_MNEMONIC_XCHG:
	case ZYDIS_MNEMONIC_CMPXCHG:
		return &insn->operands[insn->operands[0].type ==
				       ZYDIS_OPERAND_TYPE_MEMORY];
	default:
		return NULL;
	}
}

static void count_field(struct stores *s, const char *name)
{
	size_t i = 0;

	while (i < s->nfields && strcmp(s->fields[i].name, name))
		i++;
	if (i == STORES_FIELDS)
		return;
	if (i == s->nfields)
		snprintf(s->fields[s->nfields++].name,
			 sizeof(s->fields[0].name), "%s", name);
	s->fields[i].times++;
}

/* Is it one of the runtime's structures, whose fields have names? */
static bool is_structure(const struct trace *t, const struct trace_access *a)
{
	unsigned int kind = t->regions[a->region].kind;

	return kind >= TRACE_REGION_G && kind <= TRACE_REGION_SCHED;
}

static void store(struct walk *w, const struct insn *insn,
		  const struct trace_access *access)
{
	const ZydisDecodedOperand *value = moved(insn);
	int reg = value ? general(value) : -1;
	char name[48] = "", with[64];
	bool known = reg >= 0 && w->constants[reg].known;
	int64_t constant = known ? w->constants[reg].value : 0;
	struct stored_register *r;

	if (value && value->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		known = true;
		constant = value->imm.value.s;
	}
	if (is_structure(w->trace, access)) {
		trace_field_name(w->trace, access, name, sizeof(name));
		count_field(w->stores, name);
		snprintf(with, sizeof(with), "%s=%" PRId64, name, constant);
		if (known)
			count_field(w->stores, with);
	}
	if (reg < 0 || access->size != WORD || insn->atomic)
		return;
	r = &w->stores->registers[reg];
	r->stored++;
	r->at = access->address;
	r->in_g_sched += !strncmp(name, "g.sched.", strlen("g.sched."));
}

static void load(struct walk *w, const struct insn *insn,
		 const struct trace_access *access)
{
	const ZydisDecodedOperand *value = moved(insn);
	int reg = value ? general(value) : -1;
	struct stored_register *r;

	if (reg < 0 || access->size != WORD)
		return;
	r = &w->stores->registers[reg];
	if (r->at == access->address)
		r->restored++;
}

/* Follow the constants that registers hold after @insn. */
static void follow(struct walk *w, const struct insn *insn)
{
	const ZydisDecodedOperand *o = insn->operands;
	int reg = general(&o[0]);
	struct operands written;
	uint8_t i;

	operands_find(&written, insn);
	for (i = 0; i < written.ngpr_out; i++)
		w->constants[written.gpr_out[i]].known = false;
	if (reg < 0)
		return;
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_MOV &&
	    o[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		w->constants[reg] = (struct constant){true, o[1].imm.value.s};
	else if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_XOR &&
		 general(&o[1]) == reg)
		w->constants[reg] = (struct constant){true, 0};
}

static int walk_step(struct walk *w, const struct trace_step *step,
		     const struct trace_access *accesses, struct error *err)
{
	const struct trace_insn *code = &w->trace->insns[step->insn];
	struct insn insn;
	uint16_t i;

	if (insn_decode(&insn, code->address, code->bytes, code->length))
		return error_set(err, EXIT_USAGE,
				 "%s: no instruction at 0x%" PRIx64
				 ": record it again",
				 w->trace->path, (uint64_t)code->address);
	for (i = 0; i < step->naccesses; i++) {
		if (accesses[i].flags & TRACE_ACCESS_READ)
			load(w, &insn, &accesses[i]);
		if (accesses[i].flags & TRACE_ACCESS_WRITE)
			store(w, &insn, &accesses[i]);
	}
	follow(w, &insn);
	return 0;
}

int stores_collect(struct stores *s, const struct trace *trace,
		   struct error *err)
{
	const struct trace_variant *v = &trace->variants[0];
	const struct trace_access *access = &trace->accesses[v->first_access];
	const struct trace_step *step = &trace->steps[v->first_step];
	struct walk w = {.trace = trace, .stores = s};
	uint32_t i;

	*s = (struct stores){0};
	for (i = 0; i < v->nsteps; i++, step++) {
		if (walk_step(&w, step, access, err))
			return -1;
		access += step->naccesses;
	}
	for (i = 0; i < STORES_REGISTERS; i++) {
		s->stored += s->registers[i].stored > 0;
		s->restored += s->registers[i].restored > 0;
	}
	return 0;
}

static const char *register_name(unsigned int number)
{
	return ZydisRegisterGetString(ZYDIS_REGISTER_RAX + number);
}

static const struct record register_record = {
	.fields = FIELDS({INDEX("name", register_name)},
			 {MEMBER("stored", stored_register, stored)},
			 {MEMBER("restored", stored_register, restored)},
			 {MEMBER("in_g_sched", stored_register, in_g_sched)}),
};

static const struct record field_record = {
	.fields = FIELDS({MEMBER("name", stored_field, name)},
			 {MEMBER("times", stored_field, times)}),
};

const struct record stores_record = {
	.fields = FIELDS(
		{MEMBER("stored", stores, stored)},
		{MEMBER("restored", stores, restored)},
		{ROWS_ALL("registers", stores, registers, &register_record)},
		{ROWS("fields", stores, fields, nfields, &field_record)}),
};
