// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>

#include "engine/absmachine.h"
#include "engine/shape.h"

/*
 * The verifier's operators, each over all of its domain, against what a CPU does. A
 * byte is 0 or it isn't: nothing that is proved depends on more of it, so a slot's
 * bytes are 8 bits here, and a vector register's four, one for each length it may have.
 */

#define SLOTS 4u
#define LIMIT 4096u

static const __u16 states[] = {SWC_SLOT_ZERO,	 SWC_SLOT_UNKNOWN,
			       SWC_SLOT_MXCSR,	 SWC_SLOT_BV,
			       SWC_SLOT_OLD_BV,	 SWC_SLOT_CALL,
			       SWC_SLOT_CALL + 1};

/* Memory of one page, and its abstract counterpart. */
struct memory {
	struct swc_region regions[1];
	struct swc_program program;
	struct swc_slots slots;
	void *bytes;
};

static void memory_init(struct memory *m, __u32 pages)
{
	m->regions[0] = (struct swc_region){.pages = pages};
	m->program = (struct swc_program){
		.regions = m->regions,
		.nregions = 1,
		.entry_region = 0,
	};
	m->bytes = calloc(1, swc_slots_bytes(pages));
	assert_non_null(m->bytes);
	swc_slots_init(&m->slots, &m->program, m->bytes);
	swc_slots_start(&m->slots, 1);
}

/* Bytes that may be other than 0, a bit each, by what is known of the slot. */
static __u8 may_be_set(__u16 state)
{
	return state == SWC_SLOT_ZERO ? 0 : 0xff;
}

/* The bytes of slot @n that a write touches. */
static __u8 touched(__u32 n, __u32 offset, __u32 bytes)
{
	__u8 mask = 0;
	__u32 i;

	for (i = 0; i < 8; i++) {
		if (8 * n + i >= offset && 8 * n + i < offset + bytes)
			mask |= 1u << i;
	}
	return mask;
}

static bool is_marked(const __u8 *bits, __u32 n)
{
	return bits[n / 8] >> n % 8 & 1;
}

static void check_write(struct memory *m, __u16 before, __u16 state,
			__u32 offset, __u32 bytes)
{
	__u8 mask, set;
	__u16 after;
	__u32 n;

	for (n = 0; n < SLOTS; n++)
		m->slots.state[n] = before;
	memset(m->slots.dirty, 0, 1);
	memset(m->slots.saved, 0, 1);
	swc_slots_write(&m->slots, 0, offset, bytes, state);
	for (n = 0; n < SLOTS; n++) {
		mask = touched(n, offset, bytes);
		set = (may_be_set(before) & ~mask) | (may_be_set(state) & mask);
		after = m->slots.state[n];
		if (!mask) {
			assert_int_equal(after, before);
			continue;
		}
		if (after == SWC_SLOT_ZERO)
			assert_int_equal(set, 0);
		/* Whole, or nothing is left of what it was. */
		if (after > SWC_SLOT_UNKNOWN)
			assert_true(after == state && mask == 0xff);
		/* As much is known as can be: a dependency less isn't given up. */
		if (mask == 0xff)
			assert_int_equal(after, state);
		if (!set)
			assert_int_equal(after, SWC_SLOT_ZERO);
		/* The next replay finds it as it may be now. */
		if (after == SWC_SLOT_BV)
			assert_true(is_marked(m->slots.saved, n));
		else
			assert_int_equal(is_marked(m->slots.dirty, n), !!set);
	}
}

static void test_slots_write(void **state)
{
	__u32 b, s, offset, bytes, n = 0;
	struct memory m;

	(void)state;
	memory_init(&m, 1);
	for (b = 0; b < ARRAY_SIZE(states); b++) {
		for (s = 0; s < ARRAY_SIZE(states); s++) {
			for (offset = 0; offset < 16; offset++) {
				for (bytes = 1; offset + bytes <= 8 * SLOTS;
				     bytes++) {
					/* Return addresses, and what XSAVE writes, are slots. */
					if (states[s] > SWC_SLOT_UNKNOWN &&
					    (offset % 8 || bytes % 8))
						continue;
					check_write(&m, states[b], states[s],
						    offset, bytes);
					n++;
				}
			}
		}
	}
	assert_in_range(n, 5000, 100000);
	free(m.bytes);
}

/* The next replay doesn't take for zero what one may leave. */
static void test_slots_start(void **state)
{
	struct memory m;
	__u32 marks;

	(void)state;
	memory_init(&m, 1);
	for (marks = 0; marks < 4; marks++) {
		m.slots.dirty[0] = marks & 1;
		m.slots.saved[0] = marks >> 1;
		swc_slots_start(&m.slots, 1);
		assert_int_equal(m.slots.state[0], marks & 1 ? SWC_SLOT_UNKNOWN
						   : marks & 2 ? SWC_SLOT_OLD_BV
							       : SWC_SLOT_ZERO);
		assert_int_equal(m.slots.state[1], SWC_SLOT_ZERO);
	}
	free(m.bytes);
}

/* Bits of a vector register: its bytes from 0, 16, 32 and 48 on. */
static bool holds(__u32 zero, __u32 bits)
{
	return !(bits & ((1u << zero / 16) - 1)) || (zero == 64 && !bits);
}

/* All that a write of @bytes may make of @bits; @value: what is written, likewise. */
static __u32 written(__u32 bits, __u32 bytes, __u32 value)
{
	__u32 low = bytes <= 16 ? 1 : bytes == 32 ? 3 : 15;

	return bytes <= 16 ? (bits & ~low) | (value & low) : value & low;
}

static void test_vectors(void **state)
{
	static const __u8 known[] = {0, 16, 32, 64};
	static const __u32 sizes[] = {4, 8, 16, 32, 64};
	__u32 k, s, zero, bits, value, n = 0;
	struct swc_vectors v, upper;

	(void)state;
	for (k = 0; k < 4; k++) {
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			for (zero = 0; zero < 2; zero++) {
				memset(&v, 0, sizeof(v));
				v.zero[5] = known[k];
				upper = v;
				swc_vectors_write(&v, 5, sizes[s], zero);
				swc_vectors_upper(&upper);
				for (bits = 0; bits < 16; bits++) {
					if (!holds(known[k], bits))
						continue;
					assert_true(
						holds(upper.zero[5], bits & 1));
					for (value = 0; value < (zero ? 1 : 16);
					     value++, n++)
						assert_true(holds(
							v.zero[5],
							written(bits, sizes[s],
								value)));
				}
				assert_int_equal(v.zero[4], 0);
			}
		}
	}
	assert_in_range(n, 1000, 10000);
}

/* An operation on a stack with RSP at @sp. Return: enum swc_error_code. */
static __u32 step_at(struct memory *m, struct swc_machine *machine, __u32 sp,
		     const struct swc_op *op)
{
	static struct swc_proof_op proved[1];
	static struct swc_proof proof;
	static struct swc_caps caps;
	static __u32 calls[2];

	caps = caps_all();
	memset(&proof, 0, sizeof(proof));
	proof.ops = proved;
	*machine = (struct swc_machine){
		.program = &m->program,
		.caps = &caps,
		.proof = &proof,
		.slots = m->slots,
		.call_block = calls,
		.due = calls + 1,
	};
	m->program.entry_offset = sp;
	assert_int_equal(swc_machine_start(machine), SWC_OK);
	return swc_machine_step(machine, op, 0);
}

/* RSP goes where the CPU has it, or the operation is refused; what is above it stays. */
static void check_step(struct memory *m, __u32 sp, const struct swc_op *op,
		       __s64 by)
{
	__s64 limit = (__s64)m->regions[0].pages * 4096, to = sp + by;
	struct swc_machine machine;
	__u32 rc = step_at(m, &machine, sp, op), slot;

	assert_int_equal(!rc, to >= 0 && to <= limit);
	if (rc)
		return;
	assert_int_equal(machine.sp_offset, to);
	assert_int_equal(machine.sp_region, 0);
	/* An exception may have written right below. */
	for (slot = to > 64 ? to / 8 - 8 : 0; slot < to / 8; slot++)
		assert_int_equal(m->slots.state[slot], SWC_SLOT_UNKNOWN);
}

static void test_rsp(void **state)
{
	struct swc_op op = sequence_op(SWC_OP_SP);
	struct memory m;
	__u32 sp;
	__s32 by;

	(void)state;
	memory_init(&m, 1);
	for (sp = 0; sp <= LIMIT; sp += 8) {
		for (by = -(__s32)LIMIT - 16; by <= (__s32)LIMIT + 16;
		     by += 8) {
			op.imm = by;
			check_step(&m, sp, &op, by);
		}
		op = sequence_op(SWC_OP_ALIGN);
		for (op.imm = 8; op.imm <= SWC_MAX_ALIGNMENT; op.imm *= 2)
			check_step(&m, sp, &op, -(__s64)(sp % op.imm));
		op = sequence_op(SWC_OP_PUSH);
		check_step(&m, sp, &op, -8);
		op = sequence_op(SWC_OP_CALL);
		check_step(&m, sp, &op, -8);
		op = sequence_op(SWC_OP_POP);
		op.dst = SWC_REG_RBX;
		check_step(&m, sp, &op, 8);
		op = sequence_op(SWC_OP_SP);
	}
	free(m.bytes);
}

/* An access is accepted if and only if all of it lies in its region. */
static void test_places(void **state)
{
	static const __u32 edges[] = {0,	  1,	      4096,
				      0x7fffffff, 0x80000000, 0xffffffff};
	static const __u8 sizes[] = {1, 2, 4, 8};
	struct swc_op op = sequence_op(SWC_OP_LOAD);
	struct swc_caps caps = caps_all();
	struct swc_region region;
	struct swc_program program = {.regions = &region, .nregions = 1};
	__u32 s, e, i, limit, rc, n = 0;

	(void)state;
	op.dst = SWC_REG_RAX;
	for (region.pages = 1; region.pages <= SWC_MAX_PAGES; region.pages++) {
		limit = region.pages * 4096;
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			for (e = 0; e <= ARRAY_SIZE(edges); e++) {
				for (i = 0; i < 24; i++, n++) {
					op.size = sizes[s];
					op.offset = (e < ARRAY_SIZE(edges)
							     ? edges[e]
							     : limit) +
						    i - 12;
					rc = swc_shape_check(&program, &caps,
							     &op);
					assert_int_equal(
						!rc,
						(__u64)op.offset + op.size <=
							limit);
				}
			}
		}
	}
	assert_in_range(n, 1000000, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_write),
		cmocka_unit_test(test_slots_start),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_rsp),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
