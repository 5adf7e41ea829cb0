// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include "engine/emitop.h"

/* The table of operations, row by row, and what each row is emitted as. */

#define UD2 "\x0f\x0b"

/* A site that every operation can be emitted for. */
struct place {
	struct swc_caps caps;
	struct swc_program program;
	struct swc_proof proof;
	struct swc_proof_op proved;
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
	p->proof.caps = &p->caps;
	p->proof.program = &p->program;
	p->binding.region = p->region;
	p->site = (struct swc_site){
		.proof = &p->proof,
		.binding = &p->binding,
		.proved = &p->proved,
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
	op.imm = 9; /* two registers: one is what a load or a store has */
	return op;
}

static void emit_at(struct place *p, const struct swc_op *op)
{
	p->site.op = op;
	p->site.code = &p->code;
	swc_emit_op(&p->site);
}

/* Is this what was emitted, and nothing else? */
static bool traps(const struct place *p)
{
	return p->code.used == 2 && !memcmp(p->bytes, UD2, 2);
}

/* Each kind has a row that is whole, with a name of its own; no other number has. */
static void test_rows(void **state)
{
	const struct swc_op_traits *row, *other;
	__u32 kind, before;

	(void)state;
	for (kind = 0; kind < 256; kind++) {
		row = swc_op_traits(kind);
		if (!row != (!kind || kind >= SWC_OP_KINDS))
			fail_msg("kind %u: %s", kind, row ? row->name : "none");
		for (before = 0; row && before < kind; before++) {
			other = swc_op_traits(before);
			if (other && !strcmp(other->name, row->name))
				fail_msg("%s: two rows", row->name);
		}
	}
}

/* With the same members, no two kinds are emitted as the same code. */
static void test_distinct(void **state)
{
	static struct place places[SWC_OP_KINDS];
	struct swc_op op;
	__u32 kind, other;

	(void)state;
	for (kind = 1; kind < SWC_OP_KINDS; kind++) {
		place_init(&places[kind]);
		op = operation(kind);
		emit_at(&places[kind], &op);
		for (other = 1; other < kind; other++) {
			if (places[kind].code.used == places[other].code.used &&
			    !memcmp(places[kind].bytes, places[other].bytes,
				    places[kind].code.used))
				fail_msg("%s is emitted as %s",
					 swc_op_traits(kind)->name,
					 swc_op_traits(other)->name);
		}
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
		emit_at(&p, &op);
		if (traps(&p) != (!swc_op_traits(kind) || kind == SWC_OP_TRAP))
			fail_msg("kind %u: %u bytes, %02x %02x", kind,
				 p.code.used, p.bytes[0], p.bytes[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
