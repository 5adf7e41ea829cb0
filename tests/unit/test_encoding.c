// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>

#include "engine/emitop.h"
#include "engine/reader.h"
#include "engine/shape.h"
#include "walk.h"

/*
 * The encoder, exhaustively: each operation with each register in each role, each size,
 * each flag, and displacements at the borders of their encodings and of the address
 * space. Zydis says what the bytes are; and they are read back.
 */

#define PAGES 4u
#define BYTES (PAGES * 4096u)

/* From here on the regions lie: at either end of both halves that code reaches. */
static const __u64 places[] = {0x1000, 0x7fffb000 - 0x4000, 0xffffffff80000000,
			       0xffffffffffffb000 - 0x4000};

static const __u32 stacks[] = {0, 0x1000, BYTES};

/* From RSP: where a displacement of 8 bits ends, and others beside that. */
static const __s32 distances[] = {-0x1000, -0x100, -0x88, -0x81, -0x80, -0x7f,
				  -0x78,   -0x40,  -8,	  -1,	 0,	1,
				  8,	   0x40,   0x77,  0x78,	 0x7f,	0x80,
				  0x88,	   0x100,  0xfc0};

/* One operation, somewhere. */
struct place {
	struct swc_caps caps;
	struct swc_region regions[2];
	struct swc_program program;
	struct swc_proof proof;
	struct swc_proof_op proved[2];
	struct swc_binding binding;
	__u64 region[2];
	struct swc_op op;
	__u8 bytes[64 * 1024];
	__u8 seen[64 * 1024];
	__u64 read[1024 + 1];
	__u64 begun[1024 + 1];
	__u32 n; /* checked so far */
};

static void place_init(struct place *p, __u64 at, __u32 sp)
{
	*p = (struct place){
		.caps = caps_all(),
		.regions = {{.pages = PAGES}, {.pages = PAGES}},
		.region = {at + BYTES, at}, /* RSP may be at the end */
		.proved = {{.sp_region = 1, .sp_offset = sp}},
	};
	p->program = (struct swc_program){
		.ops = &p->op,
		.regions = p->regions,
		.nops = 1,
		.nregions = 2,
		.entry_region = 1,
		.entry_offset = sp,
	};
	p->proof = (struct swc_proof){
		.program = &p->program,
		.caps = &p->caps,
		.ops = p->proved,
		.nblocks = 1,
	};
	p->binding = (struct swc_binding){
		.region = p->region,
		.context = at < 1ull << 32 ? 0x40000000 : 0xffffffffc0000000,
	};
}

static void by_zydis(struct place *p, __u32 bytes)
{
	__u32 chunk[1] = {0}, current[1] = {0}, same[1] = {0}, pointers[1];
	__u8 length[1] = {0};
	struct slot slots[2];
	__u32 due[2];
	struct swc_chunks chunks = {.chunk = chunk,
				    .same = same,
				    .current = current,
				    .length = length};
	struct walk w = {
		.program = &p->program,
		.caps = &p->caps,
		.binding = &p->binding,
		.proof = &p->proof,
		.places = &chunks,
		.code = p->bytes,
		.bytes = bytes,
		.seen = p->seen,
		.rsp = p->region[1] + p->program.entry_offset,
		.slots = slots,
		.pointers = pointers,
		.due = due,
	};

	memset(p->seen, 0, bytes);
	ZydisDecoderInit(&w.decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	check_op(&w, &p->op);
	want(&w, w.at == bytes, "more than that");
}

static void by_reader(struct place *p, __u32 bytes)
{
	struct swc_resume resume = {.at = SWC_NO_PLACE};
	__u32 aimed[2] = {SWC_NO_PLACE, SWC_NO_PLACE};
	struct swc_reader r = {
		.proof = &p->proof,
		.binding = &p->binding,
		.code = p->bytes,
		.bytes = bytes,
		.seen = p->read,
		.begun = p->begun,
		.resume = &resume,
		.aimed = aimed,
		.segment = swc_op_segment(&p->op, &p->caps),
		.rsp = p->region[1] + p->program.entry_offset,
		.op = &p->op,
		.row = swc_op_traits(p->op.kind),
		.proved = p->proved,
	};

	memset(p->read, 0, (bytes / 64 + 2) * sizeof(*p->read));
	memset(p->begun, 0, (bytes / 64 + 2) * sizeof(*p->begun));
	r.row->read(&r);
	if (r.wrong || r.at != bytes)
		fail_msg("%s: not read back: %u of %u", r.row->name, r.at,
			 bytes);
}

/* Does RSP stay in its region? */
static bool fits(const struct place *p)
{
	const struct swc_op_traits *t = swc_op_traits(p->op.kind);
	__s64 sp = p->program.entry_offset;

	if (t->traits & SWC_PUSHES)
		sp -= SWC_SLOT_BYTES;
	if (t->traits & SWC_POPS)
		sp += SWC_SLOT_BYTES;
	if (t->imm == SWC_IMM_STEP)
		sp += (__s32)p->op.imm;
	if (t->imm == SWC_IMM_ALIGNMENT)
		sp &= -(__s64)p->op.imm;
	return sp >= 0 && sp <= BYTES;
}

/* If the verifier accepts the operation by itself, what has become of it? */
static void check(struct place *p)
{
	struct swc_code code = {.bytes = p->bytes,
				.capacity = sizeof(p->bytes)};
	struct swc_site site = {
		.op = &p->op,
		.code = &code,
		.proof = &p->proof,
		.binding = &p->binding,
		.proved = p->proved,
	};

	if (swc_shape_check(&p->program, &p->caps, &p->op) || !fits(p))
		return;
	swc_emit_op(&site);
	assert_true(code.used <= sizeof(p->bytes));
	by_zydis(p, code.used);
	by_reader(p, code.used);
	p->n++;
}

/* Each place in region 0 and 1, as seen from RSP, and their ends. */
static void with_offsets(struct place *p, __u32 traits)
{
	__u32 sp = p->program.entry_offset, i, bytes;

	if (!(traits & SWC_HAS_MEM)) {
		check(p);
		return;
	}
	bytes = swc_shape_bytes(&p->caps, &p->op);
	for (p->op.region = 0; p->op.region < 2; p->op.region++) {
		for (i = 0; i < ARRAY_SIZE(distances); i++) {
			p->op.offset = sp + distances[i];
			check(p);
		}
		p->op.offset = 0;
		check(p);
		p->op.offset = BYTES - bytes;
		check(p);
	}
	p->op.region = p->op.offset = 0;
}

/* No register, and each of the sixteen, if the operation has that role. */
static __u32 next_register(__u32 reg, bool has)
{
	return reg == SWC_REG_NONE ? (has ? 0 : 16) : reg + 1;
}

static void with_registers(struct place *p, __u32 traits)
{
	bool src = traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT);
	bool base = traits & (SWC_HAS_MEM | SWC_HAS_BASE);
	bool dst = traits & SWC_HAS_DST;
	__u32 d, s, b;

	for (d = SWC_REG_NONE; d != 16; d = next_register(d, dst)) {
		for (s = SWC_REG_NONE; s != 16; s = next_register(s, src)) {
			for (b = SWC_REG_NONE; b != 16;
			     b = next_register(b, base)) {
				p->op.dst = d;
				p->op.src = s;
				p->op.base = b;
				with_offsets(p, traits);
			}
		}
	}
}

static const __u32 *immediates(const struct swc_op_traits *t, __u32 *n)
{
	static const __u32 none[] = {0}, counts[] = {1, 2, 9},
			   steps[] = {0,      8,      0x78,   0x80,
				      0x88,   0xff8,  -8u,    -0x78u,
				      -0x80u, -0x88u, 0x1000, -0x1000u};
	static const __u32 registers[] = {1, 0x80, 0x8000, 0xffef};
	static const __u32 components[] = {1, 3, 7, 0xe7};
	static const __u32 lengths[] = {8, 24, 0x1000};
	static const __u32 alignments[] = {8, 16, 32, 64, 128};

#define LIST(a) (*n = ARRAY_SIZE(a), (a))
	switch ((enum swc_imm)t->imm) {
	case SWC_IMM_COUNT:
		return LIST(counts);
	case SWC_IMM_STEP:
		return LIST(steps);
	case SWC_IMM_ALIGNMENT:
		return LIST(alignments);
	case SWC_IMM_REGISTERS:
		return LIST(registers);
	case SWC_IMM_COMPONENTS:
		return LIST(components);
	case SWC_IMM_BYTES:
		return LIST(lengths);
	case SWC_IMM_INDEX:
	case SWC_IMM_NONE:
		break;
	}
	return LIST(none);
#undef LIST
}

/* Does a displacement from a segment's base reach the lower region? */
static bool reaches(const struct place *p)
{
	__s64 from = p->region[1] - SWC_SEGMENT_BASE;

	return from == (__s32)from;
}

static void with_sizes(struct place *p, const struct swc_op_traits *t)
{
	__u32 flags, size, i, n;
	const __u32 *imm = immediates(t, &n);

	for (flags = 0; flags < 256; flags++) {
		if ((flags & ~t->flags) ||
		    ((flags & SWC_OPF_SEGMENT) && !reaches(p)))
			continue;
		for (size = t->sizes ? 1 : 0; size <= 64; size *= 2) {
			for (i = 0; i < n; i++) {
				p->op.flags = flags;
				p->op.size = size;
				p->op.imm = imm[i];
				with_registers(p, t->traits);
			}
			if (!size)
				break;
		}
	}
}

/* Those without operands, which lead elsewhere, need a program around them. */
static bool is_flow(__u32 kind)
{
	return kind == SWC_OP_CALL || kind == SWC_OP_RET ||
	       kind == SWC_OP_BRANCH || kind == SWC_OP_JUMP;
}

static bool has_vectors(__u32 kind)
{
	return swc_op_traits(kind)->traits & SWC_HAS_VECTOR;
}

static void test_all(void **state)
{
	struct place *p = malloc(sizeof(*p));
	__u32 kind, i, sp, avx, n = 0, before;

	(void)state;
	assert_non_null(p);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		for (sp = 0; sp < ARRAY_SIZE(stacks); sp++) {
			place_init(p, places[i], stacks[sp]);
			for (avx = 0; avx < 2; avx++) {
				p->caps.avx = p->caps.avx512 = avx;
				p->caps.andn = avx;
				for (kind = 1; kind < SWC_OP_KINDS; kind++) {
					/* They make no other difference. */
					if (is_flow(kind) ||
					    (!avx && !has_vectors(kind) &&
					     kind != SWC_OP_LEA))
						continue;
					before = p->n;
					p->op = sequence_op(kind);
					with_sizes(p, swc_op_traits(kind));
					if (p->n == before && avx && sp == 1)
						fail_msg("%s: none",
							 swc_op_traits(kind)
								 ->name);
				}
			}
			n += p->n;
		}
	}
	free(p);
	print_message("%u encodings\n", n);
	assert_in_range(n, 1000000, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
