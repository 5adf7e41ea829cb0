// SPDX-License-Identifier: GPL-2.0
#include "helper.h"
#include "segmentbase.h"

#include <cpuid.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "engine/absmachine.h"
#include "engine/access.h"
#include "engine/emitop.h"
#include "engine/shape.h"

/*
 * Each operation's step in the verifier against what this CPU does: each kind with few
 * registers in each role, each size and flag, addresses that are aligned and aren't, and
 * all combinations of zero and unknown in what it touches. The CPU executes the
 * operation alone. Where something is unknown, it holds each of some values, of which
 * one is 0. What the step takes for 0 has to be 0, now and in the next replay, RSP has
 * to be where it says, and nothing beside the operands may have changed.
 */

#define PAGE	    4096u
#define DATA	    0x21000000ull /* of the program's regions */
#define STACK	    (DATA + PAGE)
#define CODE	    (DATA + 2 * PAGE)
#define WAY_OUT	    (CODE + PAGE - 8)  /* a pointer to where code ends */
#define POINTER	    (CODE + PAGE - 16) /* of an indirect call or jump */
#define SP	    0x800u
#define SLOTS	    (2 * SWC_SLOTS_PER_PAGE)
#define FLAGS	    0x8c5u /* of arithmetic, but AF, which some leave undefined */
#define PF	    0x04u
#define ZERO_FLAGS  (0x40u | PF) /* ZF */
#define FIRST_INPUT 32u

/* Vector state as XRSTOR takes it (Intel SDM vol. 1, 13.4). */
#define XSAVE_BYTES 4096u
#define XMM	    160u
#define MXCSR	    24u
#define XSTATE_BV   512u

/* The CPU's registers before and after; assembly knows the offsets. */
struct cpu {
	__u64 reg[16];
	__u64 flags;
};

static struct cpu cpu __attribute__((used));
static __u8 vectors[XSAVE_BYTES] __attribute__((used, aligned(64)));
static __u32 vector_mask __attribute__((used));
static __u32 vector_upper,
	vector_high; /* offsets of AVX's and AVX-512's halves */

/* run_code(code): execute it with @cpu in the registers, and vectors if masked. */
void run_code(const void *code);
extern const char run_code_ends[];

asm(".text\n"
    "run_code:\n"
    "	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
    "	mov %rsp, host_rsp(%rip)\n"
    "	mov %rdi, code_at(%rip)\n"
    "	mov vector_mask(%rip), %eax\n"
    "	test %eax, %eax\n"
    "	jz 1f\n"
    "	xor %edx, %edx\n"
    "	xrstor64 vectors(%rip)\n"
    "1:	pushq cpu+128(%rip)\n"
    "	popfq\n"
    "	mov cpu(%rip), %rax; mov cpu+8(%rip), %rcx; mov cpu+16(%rip), %rdx\n"
    "	mov cpu+24(%rip), %rbx; mov cpu+32(%rip), %rsp\n"
    "	mov cpu+40(%rip), %rbp; mov cpu+48(%rip), %rsi\n"
    "	mov cpu+56(%rip), %rdi; mov cpu+64(%rip), %r8\n"
    "	mov cpu+72(%rip), %r9; mov cpu+80(%rip), %r10\n"
    "	mov cpu+88(%rip), %r11; mov cpu+96(%rip), %r12\n"
    "	mov cpu+104(%rip), %r13; mov cpu+112(%rip), %r14\n"
    "	mov cpu+120(%rip), %r15\n"
    "	jmp *code_at(%rip)\n"
    "run_code_ends:\n"
    "	mov %rax, cpu(%rip); mov %rcx, cpu+8(%rip); mov %rdx, cpu+16(%rip)\n"
    "	mov %rbx, cpu+24(%rip); mov %rsp, cpu+32(%rip)\n"
    "	mov %rbp, cpu+40(%rip); mov %rsi, cpu+48(%rip)\n"
    "	mov %rdi, cpu+56(%rip); mov %r8, cpu+64(%rip)\n"
    "	mov %r9, cpu+72(%rip); mov %r10, cpu+80(%rip)\n"
    "	mov %r11, cpu+88(%rip); mov %r12, cpu+96(%rip)\n"
    "	mov %r13, cpu+104(%rip); mov %r14, cpu+112(%rip)\n"
    "	mov %r15, cpu+120(%rip)\n"
    "	mov host_rsp(%rip), %rsp\n"
    "	pushfq\n"
    "	popq cpu+128(%rip)\n"
    "	mov vector_mask(%rip), %eax\n"
    "	test %eax, %eax\n"
    "	jz 1f\n"
    "	xor %edx, %edx\n"
    "	xsave64 vectors(%rip)\n"
    "1:	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
    "	ret\n"
    ".local host_rsp, code_at\n"
    ".comm host_rsp, 8, 8\n"
    ".comm code_at, 8, 8\n");

/* Values of what is unknown: each bit pattern at its own end, 0, and anything. */
static const __u64 values[] = {~0ull, 1, 1ull << 63, 0, 0x0123456789abcdef};

/* An operation's surroundings that may be zero or unknown. */
enum input {
	OF_REGISTER,  /* @at: which */
	OF_REGISTERS, /* @at: which, a bit each: those that are only written */
	OF_FLAGS,
	OF_SLOT,   /* @at: which */
	OF_VECTOR, /* two bits; @at: which */
	OF_VECTOR_HIGH,
};

struct input_of {
	enum input what;
	__u32 at;
};

/* One operation, and all that it is tried with. */
struct trial {
	struct swc_caps caps;
	struct swc_region regions[2];
	struct swc_program program;
	struct swc_proof proof;
	struct swc_proof_op proved;
	struct swc_binding binding;
	__u64 region[2];
	struct swc_op op;
	const struct swc_op_traits *row;
	struct swc_machine machine;
	struct swc_slots slots;
	__u8 *state; /* of slots, before */
	__u32 state_bytes;
	__u32 calls[2];
	struct input_of inputs[FIRST_INPUT];
	__u32 ninputs;
	__u64 before[SLOTS]; /* memory */
	struct swc_access accesses[SWC_OP_ACCESSES];
	__u32 naccesses;
	__u64 shapes; /* counted */
	__u64 accepted;
	__u64 runs;
	__u64 kinds; /* seen, a bit each */
};

static int map_pages(void **state)
{
	static struct trial t;
	__u32 a, b, c, d;
	const __u32 mxcsr = 0x1f80;
	struct error err;
	void *at;

	*state = &t;
	memcpy(vectors + MXCSR, &mxcsr, sizeof(mxcsr));
	if (segmentbase_set(&err))
		return -1;
	at = mmap((void *)DATA, 3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (at != (void *)DATA)
		return -1;
	*(__u64 *)WAY_OUT = (__u64)run_code_ends;
	if (__get_cpuid_count(0xd, 2, &a, &b, &c, &d))
		vector_upper = b;
	if (__get_cpuid_count(0xd, 6, &a, &b, &c, &d))
		vector_high = b;
	return 0;
}

static void trial_init(struct trial *t, const struct swc_caps *caps)
{
	*t = (struct trial){
		.caps = *caps,
		.regions = {{.pages = 1}, {.pages = 1}},
		.region = {DATA, STACK},
		.proved = {.sp_region = 1, .sp_offset = SP},
	};
	t->program = (struct swc_program){
		.ops = &t->op,
		.regions = t->regions,
		.nops = 1,
		.nregions = 2,
		.entry_region = 1,
		.entry_offset = SP,
	};
	t->proof = (struct swc_proof){
		.program = &t->program,
		.caps = &t->caps,
		.ops = &t->proved,
		.nblocks = 1,
	};
	t->binding = (struct swc_binding){.region = t->region};
	t->state_bytes = swc_slots_bytes(2);
	t->state = calloc(2, t->state_bytes);
	assert_non_null(t->state);
	swc_slots_init(&t->slots, &t->program, t->state + t->state_bytes);
	/* Below RSP something unknown is. */
	swc_slots_write(&t->slots, 1, 0, SP, SWC_SLOT_UNKNOWN);
	t->slots.floor[1] = SP;
	memcpy(t->state, t->state + t->state_bytes, t->state_bytes);
}

/* A byte of a vector register, from the lowest on. */
static __u8 *vector_byte(__u32 reg, __u32 byte)
{
	if (byte < 16)
		return vectors + XMM + 16 * reg + byte;
	if (byte < 32)
		return vectors + vector_upper + 16 * reg + byte - 16;
	return vectors + vector_high + 32 * reg + byte - 32;
}

static __u32 vector_length(const struct trial *t)
{
	return t->caps.xstate_mask & 0x40 ? 64
	       : t->caps.xstate_mask & 4  ? 32
					  : 16;
}

static void add_input(struct trial *t, enum input what, __u32 at)
{
	__u32 i;

	for (i = 0; i < t->ninputs; i++) {
		if (t->inputs[i].what == what && t->inputs[i].at == at)
			return;
	}
	assert_true(t->ninputs < FIRST_INPUT);
	t->inputs[t->ninputs++] = (struct input_of){what, at};
}

static void add_register(struct trial *t, __u8 reg, bool vector)
{
	if (reg == SWC_REG_NONE || (reg == SWC_REG_RSP && !vector))
		return;
	if (vector)
		add_input(t, OF_VECTOR_HIGH, reg);
	add_input(t, vector ? OF_VECTOR : OF_REGISTER, reg);
}

/* The first and the last slot of a place in memory, and one amid them. */
static void add_slots(struct trial *t, __u32 region, __u32 offset, __u32 bytes)
{
	__u32 first = region * SWC_SLOTS_PER_PAGE;

	add_input(t, OF_SLOT, first + offset / 8);
	add_input(t, OF_SLOT, first + (offset + bytes / 2) / 8);
	add_input(t, OF_SLOT, first + (offset + bytes - 1) / 8);
}

static void list_inputs(struct trial *t)
{
	__u32 traits = t->row->traits, reg, i;
	const struct swc_op *op = &t->op;
	__u32 reads = swc_op_reads(op), writes = swc_op_writes(op) & ~reads;

	t->ninputs = 0;
	add_input(t, OF_FLAGS, 0);
	add_register(t, op->dst, traits & SWC_VECTOR_DST);
	add_register(t, op->src, traits & SWC_VECTOR_SRC);
	add_register(t, op->base, false);
	add_register(t, op->index, false);
	for (reg = 0; reg < 16; reg++) {
		if (reads & (1u << reg))
			add_register(t, reg, false);
	}
	if (writes)
		add_input(t, OF_REGISTERS, writes);
	t->naccesses = swc_op_accesses(&t->proof, 0, t->accesses);
	for (i = 0; i < t->naccesses; i++)
		add_slots(t, t->accesses[i].region, t->accesses[i].offset,
			  t->accesses[i].bytes);
}

/* Writes the operation, and the way out of it, to the page of code. */
static void emit_alone(struct trial *t)
{
	struct swc_code code = {.bytes = (__u8 *)CODE, .capacity = PAGE / 2};
	struct swc_site site = {
		.op = &t->op,
		.code = &code,
		.proof = &t->proof,
		.binding = &t->binding,
		.proved = &t->proved,
		.callee = t->op.kind == SWC_OP_CALL ? SWC_CALL_BYTES : 0,
		.pointer = swc_op_is_indirect(&t->op) ? POINTER : 0,
	};
	static const __u8 jump[] = {0xff, 0x24, 0x25};
	__u32 to = WAY_OUT;

	swc_emit_op(&site);
	assert_true(code.used <= code.capacity - 7);
	*(__u64 *)POINTER = CODE + code.used;
	memcpy((__u8 *)CODE + code.used, jump, sizeof(jump));
	memcpy((__u8 *)CODE + code.used + sizeof(jump), &to, sizeof(to));
}

static void set_vector(struct trial *t, __u32 reg, __u32 level, __u64 value)
{
	static const __u8 zero[] = {0, 16, 32, 64};
	__u32 i;

	t->machine.vectors.zero[reg] = zero[level];
	for (i = 0; i < vector_length(t); i++)
		*vector_byte(reg, i) = i < zero[level] ? 0
						       : value >> 8 * (i % 8);
}

static void set_unknown(struct trial *t, __u32 registers, __u64 value)
{
	__u32 reg;

	t->machine.zero &= ~registers;
	for (reg = 0; reg < 16; reg++) {
		if (registers & (1u << reg))
			cpu.reg[reg] = value;
	}
}

/* The state of both machines before the operation, by a bit for each input. */
static void set_inputs(struct trial *t, __u32 unknown, __u32 pattern)
{
	struct swc_machine *m = &t->machine;
	__u32 i, level = 0;
	__u64 value;

	memset(cpu.reg, 0, sizeof(cpu.reg));
	cpu.reg[SWC_REG_RSP] = STACK + SP;
	cpu.flags = 0x202 | ZERO_FLAGS;
	m->zero = 0xffff;
	m->zero_flags = true;
	memset(&m->vectors, 0, sizeof(m->vectors));
	for (i = 0; i < t->ninputs; i++) {
		const struct input_of *in = &t->inputs[i];
		bool set = unknown & (1u << i);

		value = values[(pattern + i * (pattern / ARRAY_SIZE(values))) %
			       ARRAY_SIZE(values)];
		switch (in->what) {
		case OF_REGISTER:
			if (set)
				set_unknown(t, 1u << in->at, value);
			break;
		case OF_REGISTERS:
			if (set)
				set_unknown(t, in->at, value);
			break;
		case OF_FLAGS:
			m->zero_flags = !set;
			if (set)
				cpu.flags = 0x202 | (value & FLAGS);
			break;
		case OF_SLOT:
			if (set) {
				t->before[in->at] = value;
				m->slots.state[in->at] = SWC_SLOT_UNKNOWN;
				m->slots.dirty[in->at / 8] |= 1u << in->at % 8;
			}
			break;
		case OF_VECTOR_HIGH:
			level = set ? 2 : 0;
			break;
		case OF_VECTOR:
			set_vector(t, in->at, level + set, value);
			break;
		}
	}
}

/* All of memory 0, but below RSP, where something unknown is. */
static void reset(struct trial *t)
{
	__u32 i, first = SWC_SLOTS_PER_PAGE;

	memcpy(t->slots.state, t->state, t->state_bytes);
	memset(t->before, 0, sizeof(t->before));
	for (i = first; i < first + SP / 8; i++)
		t->before[i] = 0x5a5a5a5a5a5a5a5a;
	t->machine.slots = t->slots;
	t->machine.ncalls = t->machine.ndue = t->machine.nindirect = 0;
	t->machine.nblocks = 1;
	t->machine.swept = 0;
}

static void failed(const struct trial *t, const char *what, __u32 where)
{
	const struct swc_op *op = &t->op;

	fail_msg(
		"%s size %u flags %#x dst %u src %u base %u index %u +%#x imm %#x: %s %#x",
		t->row->name, op->size, op->flags, op->dst, op->src, op->base,
		op->index, op->offset, op->imm, what, where);
}

static bool may_write(const struct trial *t, __u32 slot)
{
	__u32 i, from, region = slot / SWC_SLOTS_PER_PAGE;
	__u32 at = 8 * (slot % SWC_SLOTS_PER_PAGE);

	for (i = 0; i < t->naccesses; i++) {
		from = t->accesses[i].offset & -8u;
		if ((t->accesses[i].flags & SWC_ACCESS_WRITE) &&
		    t->accesses[i].region == region && at >= from &&
		    at < t->accesses[i].offset + t->accesses[i].bytes)
			return true;
	}
	return false;
}

static void check_memory(struct trial *t)
{
	const __u64 *now = (const __u64 *)DATA;
	const struct swc_slots *s = &t->machine.slots;
	__u32 i;

	for (i = 0; i < SLOTS; i++) {
		if (now[i] != t->before[i] && !may_write(t, i))
			failed(t, "changes the slot", i);
		if (!now[i])
			continue;
		if (s->state[i] == SWC_SLOT_ZERO)
			failed(t, "isn't 0: the slot", i);
		if (!((s->dirty[i / 8] | s->saved[i / 8]) & (1u << i % 8)))
			failed(t, "isn't 0 in the next replay: the slot", i);
	}
}

static void check_after(struct trial *t)
{
	const struct swc_machine *m = &t->machine;
	__u32 i, reg;

	for (reg = 0; reg < 16; reg++) {
		if (reg != SWC_REG_RSP && (m->zero & (1u << reg)) &&
		    cpu.reg[reg])
			failed(t, "isn't 0: register", reg);
	}
	/* ANDN leaves PF undefined, which no operation asks for. */
	if (swc_op_is_sp_copy(&t->op, m->caps))
		cpu.flags |= PF;
	if (m->zero_flags && (cpu.flags & FLAGS) != ZERO_FLAGS)
		failed(t, "flags aren't those of 0:", cpu.flags & FLAGS);
	if (cpu.reg[SWC_REG_RSP] != t->region[m->sp_region] + m->sp_offset)
		failed(t, "RSP is elsewhere:", cpu.reg[SWC_REG_RSP]);
	for (reg = 0; vector_mask && reg < 16; reg++) {
		for (i = 0; i < m->vectors.zero[reg] && i < vector_length(t);
		     i++) {
			if (*vector_byte(reg, i))
				failed(t, "isn't 0: vector register", reg);
		}
	}
	check_memory(t);
}

static void try_inputs(struct trial *t, __u32 unknown, __u32 pattern)
{
	struct swc_machine *m = &t->machine;

	reset(t);
	if (vector_mask) {
		memset(vectors + XSTATE_BV, 0, 64);
		memcpy(vectors + XSTATE_BV, &vector_mask, 4);
	}
	set_inputs(t, unknown, pattern);
	m->sp_region = 1;
	m->sp_offset = SP;
	if (swc_machine_step(m, &t->op, 0))
		return;
	t->accepted += !pattern;
	memcpy((void *)DATA, t->before, sizeof(t->before));
	run_code((const void *)CODE);
	t->runs++;
	t->kinds |= 1ull << t->op.kind;
	check_after(t);
}

static void try_shape(struct trial *t)
{
	__u32 unknown, pattern;

	if (swc_shape_check(&t->program, &t->caps, &t->op))
		return;
	t->shapes++;
	t->machine = (struct swc_machine){
		.program = &t->program,
		.caps = &t->caps,
		.proof = &t->proof,
		.call_block = t->calls,
		.due = t->calls + 1,
	};
	list_inputs(t);
	emit_alone(t);
	vector_mask = t->row->traits & SWC_HAS_VECTOR ||
				      t->op.kind == SWC_OP_VZERO
			      ? t->caps.xstate_mask & 0xe6
			      : 0;
	for (unknown = 0; unknown < 1u << t->ninputs; unknown++) {
		for (pattern = 0; pattern < ARRAY_SIZE(values) + 2; pattern++)
			try_inputs(t, unknown, pattern);
	}
}

static __u32 immediate(enum swc_imm kind, __u32 n)
{
	static const __u32 registers[] = {0x0009, 0x1004}, bytes[] = {16, 24};

	switch (kind) {
	case SWC_IMM_COUNT:
		return 1 + n;
	case SWC_IMM_STEP:
		return n ? -24 : 24;
	case SWC_IMM_ALIGNMENT:
		return n ? 64 : 16;
	case SWC_IMM_REGISTERS:
		return registers[n];
	case SWC_IMM_COMPONENTS:
		return n ? 7 : 1;
	case SWC_IMM_BYTES:
		return bytes[n];
	default:
		return 0;
	}
}

/* All sizes, flags and immediates of an operation whose registers are chosen. */
static void try_sizes(struct trial *t)
{
	static const __u32 offsets[] = {0x440, 0x444, 0x43d};
	const struct swc_op_traits *row = t->row;
	__u32 size, flags, n, o;
	bool mem = row->traits & SWC_HAS_MEM;
	bool sized = row->traits & SWC_HAS_SIZE;

	for (size = sized ? 1 : 64; size <= 64; size *= 2) {
		t->op.size = sized ? size : 0;
		for (flags = 0; flags < 256; flags++) {
			if (flags & (~row->flags | SWC_OPF_BACK | SWC_OPF_DUE))
				continue;
			t->op.flags = flags;
			for (n = 0; n < (row->imm == SWC_IMM_NONE ? 1 : 2);
			     n++) {
				t->op.imm = immediate(row->imm, n);
				t->op.from = row->traits & SWC_HAS_FROM
						     ? SWC_FROM(n, 0xa00)
						     : 0;
				for (o = 0; o < (mem ? 3 : 1); o++) {
					t->op.offset = mem ? offsets[o] : 0;
					try_shape(t);
				}
			}
		}
	}
}

/* Registers in each role: the same one in two, ones that have a role anyway, and none. */
static void try_kind(struct trial *t, __u32 kind)
{
	static const __u8 dst[] = {SWC_REG_RAX, SWC_REG_RDX, 9};
	static const __u8 src[] = {SWC_REG_RAX, 9, SWC_REG_RSP, SWC_REG_NONE};
	static const __u8 base[] = {SWC_REG_NONE, 9, SWC_REG_RSP};
	static const __u8 index[] = {SWC_REG_NONE, SWC_REG_RBX};
	__u32 traits, d, s, b, i;
	bool address;

	t->op = sequence_op(kind);
	t->row = swc_op_traits(kind);
	traits = t->row->traits;
	address = traits & (SWC_HAS_MEM | SWC_HAS_BASE) ||
		  t->row->flags & SWC_OPF_INDIRECT;
	for (d = 0; d < (traits & SWC_HAS_DST ? ARRAY_SIZE(dst) : 1); d++) {
		t->op.dst = traits & SWC_HAS_DST ? dst[d] : SWC_REG_NONE;
		for (s = 0; s < ARRAY_SIZE(src); s++) {
			t->op.src = src[s];
			if (!(traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT)) &&
			    src[s] != SWC_REG_NONE)
				continue;
			for (b = 0; b < (address ? ARRAY_SIZE(base) : 1); b++) {
				t->op.base = base[b];
				for (i = 0; i < (b ? ARRAY_SIZE(index) : 1);
				     i++) {
					t->op.index = index[i];
					try_sizes(t);
				}
			}
		}
	}
}

/* Refused here, or tried by others: a way that leads elsewhere, state that was saved. */
static bool is_tried(__u32 kind)
{
	switch (kind) {
	case SWC_OP_RET:     /* test_aim */
	case SWC_OP_FXRSTOR: /* test_execute */
	case SWC_OP_XRSTOR:
	case SWC_OP_INVLPG: /* ring 0 */
	case SWC_OP_TRAP:
		return false;
	default:
		return swc_op_traits(kind);
	}
}

static void try_all(struct trial *t, const struct swc_caps *caps)
{
	__u64 want = 0;
	__u32 kind;

	trial_init(t, caps);
	for (kind = 1; kind < SWC_OP_KINDS; kind++) {
		if (!is_tried(kind) || (kind == SWC_OP_VZERO && !t->caps.avx) ||
		    (kind == SWC_OP_XSAVE && !t->caps.xstate_mask))
			continue;
		want |= 1ull << kind;
		try_kind(t, kind);
	}
	print_message("%llu operations, %llu abstract states, %llu runs\n",
		      t->shapes, t->accepted, t->runs);
	assert_true(t->kinds == want);
	free(t->state);
}

static void test_effects(void **state)
{
	struct trial *t = *state;
	struct swc_caps caps;

	swc_caps_probe(&caps);
	try_all(t, &caps);
}

/* The same where vectors have no AVX, whose instructions clear what SSE's keep. */
static void test_effects_sse(void **state)
{
	struct trial *t = *state;
	struct swc_caps caps;
	__u32 kind;

	swc_caps_probe(&caps);
	caps.avx = caps.avx512 = false;
	trial_init(t, &caps);
	for (kind = SWC_OP_VLOAD; kind < SWC_OP_VZERO; kind++)
		try_kind(t, kind);
	assert_true(t->runs > 1000);
	free(t->state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_effects_sse),
	};

	return cmocka_run_group_tests(tests, map_pages, NULL);
}
