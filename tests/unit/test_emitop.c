// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include "engine/optable.h"

/*
 * The emitter's choices between kinds, one by one: each is asked for every kind
 * there is, also for those that it isn't meant for. That is why its source is
 * included: none of its functions but the last is to be called from elsewhere.
 */
#include "engine/emitop.c"

#define UD2 "\x0f\x0b"

/* A site that every operation can be emitted for. */
struct place {
	struct swc_caps caps;
	struct swc_program program;
	struct swc_plan plan;
	struct swc_plan_op planned;
	struct swc_binding binding;
	struct swc_site site;
	__u64 region[1];
	__u8 bytes[512];
	struct swc_code code;
};

static void place_init(struct place *p)
{
	memset(p, 0, sizeof(*p));
	p->caps = caps_all();
	p->region[0] = 0x20000000;
	p->program.entry_region = SWC_NO_REGION;
	p->plan.caps = &p->caps;
	p->plan.program = &p->program;
	p->binding.region = p->region;
	p->site = (struct swc_site){
		.plan = &p->plan,
		.binding = &p->binding,
		.planned = &p->planned,
	};
	p->code = (struct swc_code){
		.bytes = p->bytes,
		.capacity = sizeof(p->bytes),
	};
}

static struct swc_op operation(__u32 kind)
{
	struct swc_op op = sequence_op(kind);

	op.size = 8;
	op.dst = SWC_REG_RBX;
	op.src = SWC_REG_RBP;
	op.imm = 8;
	return op;
}

/* Is this what was emitted, and nothing else? */
static bool traps(const struct place *p)
{
	return p->code.used == 2 && !memcmp(p->bytes, UD2, 2);
}

/* A choice between kinds that is left to one of the emitter's functions. */
struct choice {
	const char *name;
	void (*put)(struct place *p, const struct swc_op *op);
	__u8 knows[24]; /* 0 ends it */
};

static void choose_register_op(struct place *p, const struct swc_op *op)
{
	put_register_op(&p->code, op);
}

static void choose_exchange(struct place *p, const struct swc_op *op)
{
	struct swc_mem mem = operand(&p->site, op, 0);

	put_exchange(&p->code, op, &mem);
}

static void choose_extended(struct place *p, const struct swc_op *op)
{
	struct swc_mem mem = operand(&p->site, op, 0);

	put_extended(&p->code, op, &mem);
}

static void choose_memory_op(struct place *p, const struct swc_op *op)
{
	put_memory_op(&p->site, &p->code, op);
}

static void choose_stack_op(struct place *p, const struct swc_op *op)
{
	put_stack_op(&p->site, &p->code, op);
}

static void choose_plain(struct place *p, const struct swc_op *op)
{
	put_plain(&p->site, &p->code, op);
}

static const struct choice choices[] = {
	{"register",
	 choose_register_op,
	 {SWC_OP_CHAIN, SWC_OP_IMM, SWC_OP_MOV, SWC_OP_MUL, SWC_OP_CMOV,
	  SWC_OP_TEST, SWC_OP_ALU}},
	{"exchange",
	 choose_exchange,
	 {SWC_OP_CMPXCHG, SWC_OP_XADD, SWC_OP_XCHG}},
	{"extended",
	 choose_extended,
	 {SWC_OP_FXSAVE, SWC_OP_FXRSTOR, SWC_OP_XSAVE, SWC_OP_XRSTOR,
	  SWC_OP_CLFLUSH, SWC_OP_PREFETCH, SWC_OP_INVLPG}},
	{"memory",
	 choose_memory_op,
	 {SWC_OP_LOAD,	  SWC_OP_STORE,	   SWC_OP_ALULOAD, SWC_OP_TESTLOAD,
	  SWC_OP_RMW,	  SWC_OP_CMPXCHG,  SWC_OP_XADD,	   SWC_OP_XCHG,
	  SWC_OP_SAVE,	  SWC_OP_RESTORE,  SWC_OP_VLOAD,   SWC_OP_VSTORE,
	  SWC_OP_FXSAVE,  SWC_OP_FXRSTOR,  SWC_OP_XSAVE,   SWC_OP_XRSTOR,
	  SWC_OP_CLFLUSH, SWC_OP_PREFETCH, SWC_OP_INVLPG,  SWC_OP_FILL,
	  SWC_OP_COPY,	  SWC_OP_AIM}},
	{"stack",
	 choose_stack_op,
	 {SWC_OP_PUSH, SWC_OP_POP, SWC_OP_CALL, SWC_OP_RET, SWC_OP_SWITCH,
	  SWC_OP_SP}},
	{"plain",
	 choose_plain,
	 {SWC_OP_NOP,	 SWC_OP_MARK,  SWC_OP_CHAIN,  SWC_OP_IMM,
	  SWC_OP_MOV,	 SWC_OP_LEA,   SWC_OP_ALU,    SWC_OP_MUL,
	  SWC_OP_TEST,	 SWC_OP_VALU,  SWC_OP_LFENCE, SWC_OP_MFENCE,
	  SWC_OP_SFENCE, SWC_OP_PAUSE, SWC_OP_CMOV,   SWC_OP_DIV,
	  SWC_OP_VMUL,	 SWC_OP_VGET,  SWC_OP_VPUT,   SWC_OP_VZERO}},
};

/* Trapping is what the operation is for. */
static bool shall_trap(const struct choice *c, __u32 kind)
{
	return !memchr(c->knows, kind, sizeof(c->knows)) || !kind;
}

/* A choice emits what it knows, and traps for every other kind, known or not. */
static void test_choices(void **state)
{
	const struct choice *c;
	struct swc_op op;
	struct place p;
	__u32 kind;

	(void)state;
	for (c = choices; c < choices + ARRAY_SIZE(choices); c++)
		for (kind = 0; kind < 256; kind++) {
			place_init(&p);
			op = operation(kind);
			c->put(&p, &op);
			if (traps(&p) != shall_trap(c, kind))
				fail_msg("%s, kind %u: %u bytes, %02x %02x",
					 c->name, kind, p.code.used, p.bytes[0],
					 p.bytes[1]);
		}
}

/* The whole emitter: a trap is emitted where nothing else is meant, only. */
static void test_kinds(void **state)
{
	struct swc_op op;
	struct place p;
	__u32 kind;

	(void)state;
	for (kind = 0; kind < 256; kind++) {
		place_init(&p);
		op = operation(kind);
		swc_emit_op(&p.site, &p.code, &op);
		if (traps(&p) != (!swc_op_traits(kind) || kind == SWC_OP_TRAP))
			fail_msg("kind %u: %u bytes, %02x %02x", kind,
				 p.code.used, p.bytes[0], p.bytes[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
