// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for QEMU's system emulation: sees each instruction that is executed in
 * the module's arena, each access that it makes, and the registers before it, and holds
 * them against what the sequence says and the verifier believes. A program in the guest
 * asks for it; see observe.h.
 *
 *   qemu-system-x86_64 -plugin file=observer-v1.so
 *
 * Registers are read as QEMU's GDB server reads them, by functions that its
 * executable exports, since the API's first version has none. They hold what the guest
 * has only between two blocks of translated code, so each instruction is a block by
 * itself while a sequence is observed: QEMU looks at "singlestep", which newer ones call
 * "one_insn_per_tb", whenever it looks for a block.
 *
 * QEMU 7.2 goes on reporting accesses of what isn't instrumented, an interrupt's frame
 * for one, as those of the last instruction that made some. RIP is elsewhere by then, but
 * for a loop, whose next turn an interrupt may come before: that instruction hasn't been
 * executed again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/optable.h"
#include "follower.h"
#include "generate.h"
#include "qemuplugin.h"

#define VCPUS	  16u
#define USER_END  (1ull << 47)
#define NOP_BYTES 7u
#define RDI	  7u
#define KNOWN	  (1u << 22) /* sequences that can be told apart */

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* QEMU's own, and GLib's array as it has it. */
struct cpu;
struct bytes {
	uint8_t *data;
	unsigned int length;
};

extern int singlestep __attribute__((weak));
extern bool one_insn_per_tb __attribute__((weak));
extern struct cpu *qemu_get_cpu(int index);
extern int x86_cpu_gdb_read_register(struct cpu *cpu, struct bytes *into,
				     int number);
extern int cpu_memory_rw_debug(struct cpu *cpu, uint64_t address, void *bytes,
			       size_t n, bool is_write);
extern struct bytes *g_byte_array_new(void);
extern struct bytes *g_byte_array_set_size(struct bytes *array, unsigned int n);

/* One sequence is observed at a time, on whatever processor. */
static struct follower follower;
static struct observe asked;
static struct swc_op *ops;
static struct swc_region regions[SWC_MAX_REGIONS];
static bool begun, bound;
static __u64 latest; /* instruction that was executed */

static uint64_t arena, arena_end;
static uint64_t *known; /* hashes of sequences; 0: none */

static bool read_guest(void *cpu, __u64 address, void *to, size_t bytes)
{
	return !cpu_memory_rw_debug(cpu, address, to, bytes, false);
}

static void set_stepping(bool on)
{
	if (&singlestep)
		singlestep = on;
	if (&one_insn_per_tb)
		one_insn_per_tb = on;
}

/* General registers, numbered as in ModRM; GDB has another order. */
static void read_general(void *cpu, __u64 registers[16])
{
	static const __u8 numbers[16] = {0, 3, 1,  2,  6,  7,  5,  4,
					 8, 9, 10, 11, 12, 13, 14, 15};
	static __thread struct bytes *array;
	int i;

	if (!array)
		array = g_byte_array_new();
	g_byte_array_set_size(array, 0);
	for (i = 0; i < 16; i++)
		x86_cpu_gdb_read_register(cpu, array, i);
	for (i = 0; i < 16; i++)
		memcpy(&registers[numbers[i]], array->data + 8 * i, 8);
}

#define GDB_RIP 16 /* GDB's number */

static __u64 read_rip(struct cpu *cpu)
{
	static __thread struct bytes *array;
	__u64 rip;

	if (!array)
		array = g_byte_array_new();
	g_byte_array_set_size(array, 0);
	x86_cpu_gdb_read_register(cpu, array, GDB_RIP);
	memcpy(&rip, array->data, sizeof(rip));
	return rip;
}

static __u64 hash(const struct swc_program *p)
{
	const __u8 *at = (const __u8 *)p->ops;
	__u64 h = 0xcbf29ce484222325ull; /* FNV-1a */
	size_t i;

	for (i = 0; i < p->nops * sizeof(*p->ops); i++)
		h = (h ^ at[i]) * 0x100000001b3ull;
	h = (h ^ p->entry_offset ^ (__u64)p->entry_region << 32) *
	    0x100000001b3ull;
	h = (h ^ p->open_end) * 0x100000001b3ull;
	return h ? h : 1;
}

/* Is this sequence none of those before? */
static bool is_new(const struct swc_program *p)
{
	__u64 h = hash(p);
	__u32 i, at = h % KNOWN;

	for (i = 0; i < KNOWN && known[at]; i++) {
		if (known[at] == h)
			return false;
		at = (at + 1) % KNOWN;
	}
	if (i < KNOWN)
		known[at] = h;
	return i < KNOWN;
}

static struct swc_program program_asked(void)
{
	return (struct swc_program){
		.ops = ops,
		.regions = regions,
		.nops = asked.nops,
		.nregions = asked.nregions,
		.entry_region = asked.entry_region,
		.entry_offset = asked.entry_offset,
		.open_end = asked.open_end,
	};
}

static void draw_sequence(struct cpu *cpu)
{
	struct random random = {.state = asked.seed};
	static struct generated g;

	generate(&g, &random, &asked.caps);
	if (!random_below(&random, 4))
		cut(&g, &random);
	cpu_memory_rw_debug(cpu, asked.ops, g.ops,
			    g.program.nops * sizeof(g.ops[0]), true);
	cpu_memory_rw_debug(cpu, asked.regions, g.regions, sizeof(g.regions),
			    true);
	asked.nops = g.program.nops;
	asked.nregions = g.program.nregions;
	asked.entry_region = g.program.entry_region;
	asked.entry_offset = g.program.entry_offset;
	asked.open_end = g.program.open_end;
}

static void begin(struct cpu *cpu)
{
	expectation_free(&follower.e);
	memset(&follower, 0, sizeof(follower));
	follower.read = read_guest;
	follower.registers = read_general;
	free(ops);
	ops = calloc(asked.nops ? asked.nops : 1, sizeof(*ops));
	begun = true;
	bound = false;
	set_stepping(true);
	arena = asked.arena;
	arena_end = arena + asked.arena_bytes;
	if (!ops || asked.nregions > SWC_MAX_REGIONS ||
	    !read_guest(cpu, asked.ops, ops, asked.nops * sizeof(*ops)) ||
	    !read_guest(cpu, asked.regions, regions,
			asked.nregions * sizeof(*regions)))
		follower_finds(&follower, "the request can't be read");
}

/* The first instruction of the first replay shows where the code is. */
static void bind(struct cpu *cpu, __u64 at)
{
	struct swc_program p = program_asked();

	bound = true;
	if (!expectation_of(&follower.e, &p, &asked, at, read_guest, cpu,
			    follower.text, sizeof(follower.text))) {
		follower.findings++;
		follower.lost = true;
		return;
	}
	if (asked.planted)
		follower_plant(&follower, asked.planted);
	follower.seen.distinct = !asked.planted && is_new(&p);
}

static void end(void)
{
	follower_ends(&follower, asked.replays, asked.rehearsals);
	asked.seen = follower.seen;
	asked.findings = follower.findings;
	memcpy(asked.text, follower.text, sizeof(asked.text));
	begun = false;
	set_stepping(false);
}

static void requested(unsigned int vcpu, void *userdata)
{
	struct cpu *cpu = qemu_get_cpu(vcpu);
	__u64 registers[16];

	(void)userdata;
	read_general(cpu, registers);
	if (!read_guest(cpu, registers[RDI], &asked, sizeof(asked)))
		return;
	switch (asked.what) {
	case OBSERVE_GENERATE:
		draw_sequence(cpu);
		break;
	case OBSERVE_BEGIN:
		begin(cpu);
		break;
	case OBSERVE_END:
		end();
		break;
	default:
		return;
	}
	asked.answered = 1;
	cpu_memory_rw_debug(cpu, registers[RDI], &asked, sizeof(asked), true);
}

static void executed(unsigned int vcpu, void *userdata)
{
	struct cpu *cpu = qemu_get_cpu(vcpu);
	__u64 address = (__u64)(uintptr_t)userdata;

	if (!begun)
		return;
	latest = address;
	if (!bound)
		bind(cpu, address);
	if (follower.lost)
		return;
	follower.guest = cpu;
	follower_executes(&follower, address);
}

static void accessed(unsigned int vcpu, qemu_plugin_meminfo_t info,
		     uint64_t address, void *userdata)
{
	if (begun && bound && latest == (__u64)(uintptr_t)userdata &&
	    read_rip(qemu_get_cpu(vcpu)) == latest)
		follower_accesses(&follower, address,
				  1u << qemu_plugin_mem_size_shift(info),
				  qemu_plugin_mem_is_store(info));
}

static bool is_request(const struct qemu_plugin_insn *insn)
{
	char bytes[NOP_BYTES];
	__u32 displacement;

	if (qemu_plugin_insn_size(insn) != NOP_BYTES ||
	    qemu_plugin_insn_vaddr(insn) >= USER_END)
		return false;
	plugin_insn_bytes(insn, bytes, sizeof(bytes));
	if (memcmp(bytes, OBSERVE_OPCODE, 3))
		return false;
	memcpy(&displacement, bytes + 3, sizeof(displacement));
	return displacement == OBSERVE_NOP;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t at = qemu_plugin_insn_vaddr(insn);
		void *userdata = (void *)(uintptr_t)at;

		if (is_request(insn))
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, requested, CB_READS_REGS, userdata);
		if (at < arena || at >= arena_end)
			continue;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed,
						       CB_READS_REGS, userdata);
		qemu_plugin_register_vcpu_mem_cb(insn, accessed, CB_READS_REGS,
						 MEM_RW, userdata);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	(void)info;
	(void)argc;
	(void)argv;
	known = calloc(KNOWN, sizeof(*known));
	if (!known)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
