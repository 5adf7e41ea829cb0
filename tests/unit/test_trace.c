// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"
#include "tracebuild.h"
#include "tracecount.h"
#include "tracefile.h"

/*
 * A trace is built, written and read back; then every damage that a file can
 * take, byte by byte, must be refused with one line and without a crash.
 */

#define CODE	 0x401000ull
#define GSTACK	 0xc000040000ull
#define G0STACK	 0x7ffd00000000ull
#define STRUCT_M 0x5a0000ull
#define HEAP	 0xc000100000ull

struct fixture {
	char path[64];
	uint8_t *bytes;
	size_t size;
};

/* Addresses may differ like this between two processes that behave the same. */
struct place {
	uint64_t code;
	uint64_t stack;
	uint64_t heap;
};

static const struct place here = {CODE, GSTACK + 0xf00, HEAP};

static const struct {
	uint8_t length;
	uint8_t bytes[8];
} program[] = {
	{1, {0x50}},			     /* push rax */
	{5, {0xe8, 0, 0, 0, 0}},	     /* call */
	{5, {0xf0, 0x48, 0x0f, 0xc1, 0x03}}, /* lock xadd [rbx], rax */
	{2, {0x75, 0x00}},		     /* jne */
	{3, {0x48, 0x89, 0x03}},	     /* mov [rbx], rax */
	{1, {0xc3}},			     /* ret */
	{2, {0x0f, 0x05}},		     /* syscall */
};

static void must(int failed, const struct error *err)
{
	if (failed < 0)
		fail_msg("%s", err->text);
}

static void access_at(struct trace_builder *b, uint64_t address, uint32_t size,
		      uint8_t flags, uint16_t region)
{
	struct error err = {0};

	must(trace_builder_access(b, address, size, flags, region, &err), &err);
}

static uint32_t step(struct trace_builder *b, const struct place *place,
		     unsigned int which, uint64_t rsp, uint16_t flags)
{
	struct error err = {0};
	uint32_t index;

	must(trace_builder_insn(b, place->code + 8 * which,
				program[which].bytes, program[which].length,
				which < 3 ? "outer" : "inner", &index, &err),
	     &err);
	must(trace_builder_step(b, index, rsp, flags, &err), &err);
	return index;
}

static struct trace_syscall call = {
	.number = 202,
	.args = {1, 2, 3, 4, 5, ~0ull},
	.result = -11,
	.flags = TRACE_SYSCALL_BLOCKED,
};

/* One repetition; @longer ones execute two more instructions. */
static int repeat(struct trace_builder *b, const struct place *place,
		  bool longer)
{
	uint64_t rsp = place->stack;
	uint16_t stack, m, heap;
	struct error err = {0};

	must(trace_builder_module(b, place->code & ~0xfffull,
				  (place->code | 0xfff) + 1, "program", &err),
	     &err);
	must(trace_builder_region(b, rsp & ~0xfffull, (rsp | 0xfff) + 1,
				  TRACE_REGION_GSTACK, "gstack", &stack, &err),
	     &err);
	must(trace_builder_anchor(b, stack, rsp, &err), &err);
	must(trace_builder_region(b, STRUCT_M, STRUCT_M + 0x100, TRACE_REGION_M,
				  "m", &m, &err),
	     &err);
	must(trace_builder_region(b, place->heap, place->heap + 0x10000,
				  TRACE_REGION_HEAP, "heap", &heap, &err),
	     &err);
	must(trace_builder_field(b, m, 0x40, 8, "m.locks", &err), &err);

	must(trace_builder_begin(b, &err), &err);
	step(b, place, 0, rsp, 0);
	access_at(b, rsp - 8, 8, TRACE_ACCESS_WRITE | TRACE_ACCESS_IMPLICIT,
		  stack);
	step(b, place, 1, rsp - 8, TRACE_STEP_TAKEN);
	access_at(b, rsp - 16, 8, TRACE_ACCESS_WRITE | TRACE_ACCESS_IMPLICIT,
		  stack);
	step(b, place, 2, rsp - 16, 0);
	access_at(b, STRUCT_M + 0x40, 8,
		  TRACE_ACCESS_READ | TRACE_ACCESS_WRITE | TRACE_ACCESS_ATOMIC,
		  m);
	step(b, place, 3, rsp - 16, 0);
	if (longer) {
		/* Three lines, two pages, on another stack. */
		step(b, place, 4, G0STACK, 0);
		access_at(b, place->heap + 0xfc0, 0x80 + 1, TRACE_ACCESS_WRITE,
			  heap);
		step(b, place, 6, G0STACK, TRACE_STEP_SYSCALL);
		must(trace_builder_syscall(b, &call, &err), &err);
	}
	step(b, place, 5, rsp - 16, TRACE_STEP_TAKEN);
	access_at(b, rsp - 16, 8, TRACE_ACCESS_READ | TRACE_ACCESS_IMPLICIT,
		  stack);
	return trace_builder_end(b, &err);
}

/* Touched before the calls: m's line, and the code that did it. */
static const struct trace_touched working[] = {
	{CODE & ~63ull, 0, 3, TRACE_TOUCHED_CODE, 0},
	{STRUCT_M + 0x40, 7, 1, TRACE_TOUCHED_READ | TRACE_TOUCHED_WRITE, 0},
	{STRUCT_M + 0x40, 6, 1, TRACE_TOUCHED_CODE, 0},
	{HEAP + 0xffc0, 19, 2, TRACE_TOUCHED_READ, 0},
};

#define WORKING	      (sizeof(working) / sizeof(*working))
#define WORKING_STEPS 20

static void add_working(struct trace_builder *b)
{
	struct error err = {0};
	uint16_t text;
	size_t i;

	must(trace_builder_region(b, CODE, CODE + 0x1000, TRACE_REGION_TEXT,
				  "text", &text, &err),
	     &err);
	assert_int_equal(text, 3);
	must(trace_builder_meta(b, "working_steps", "20", &err), &err);
	for (i = 0; i < WORKING; i++)
		must(trace_builder_touched(b, &working[i], &err), &err);
}

static int write_trace(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct trace_builder *b = trace_builder_new();
	struct error err = {0};
	FILE *stream;

	assert_non_null(f);
	assert_non_null(b);
	snprintf(f->path, sizeof(f->path), "/tmp/test_trace.%d", getpid());
	must(trace_builder_meta(b, "program", "fixture", &err), &err);
	must(trace_builder_meta(b, "note", "two\nlines", &err), &err);
	assert_int_equal(repeat(b, &here, true), 1);
	assert_int_equal(repeat(b, &here, false), 1);
	assert_int_equal(repeat(b, &here, false), 0);
	add_working(b);
	must(trace_builder_write(b, f->path, &err), &err);
	trace_builder_free(b);

	stream = fopen(f->path, "r");
	assert_non_null(stream);
	f->bytes = malloc(1 << 16);
	f->size = fread(f->bytes, 1, 1 << 16, stream);
	fclose(stream);
	*state = f;
	return 0;
}

static int remove_trace(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	free(f->bytes);
	free(f);
	return 0;
}

static void reads_back(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	struct trace t;
	char value[32];

	must(trace_open(&t, f->path, &err), &err);
	assert_int_equal(t.nvariants, 2);
	assert_int_equal(t.variants[0].count, 2); /* most frequent first */
	assert_int_equal(t.variants[0].nsteps, 5);
	assert_int_equal(t.variants[1].count, 1);
	assert_int_equal(t.variants[1].nsteps, 7);
	assert_int_equal(t.ninsns, 7); /* each once */
	assert_int_equal(t.nregions, 4);
	assert_int_equal(t.nworking, WORKING);
	assert_memory_equal(t.working, working, sizeof(working));
	assert_int_equal(t.nfields, 1);
	assert_string_equal(trace_string(&t, t.insns[0].function), "outer");
	assert_string_equal(trace_meta(&t, "program", value, sizeof(value)),
			    "fixture");
	assert_string_equal(trace_meta(&t, "note", value, sizeof(value)),
			    "two lines");
	assert_null(trace_meta(&t, "prog", value, sizeof(value)));
	trace_close(&t);
	trace_close(&t);
}

static void counts(void **state)
{
	struct fixture *f = *state;
	struct trace_counts n;
	struct error err = {0};
	struct trace t;

	must(trace_open(&t, f->path, &err), &err);
	must(trace_count(&t, &t.variants[1], &n, &err), &err);
	assert_int_equal(n.instructions, 7);
	assert_int_equal(n.loads, 2);
	assert_int_equal(n.stores, 4);
	assert_int_equal(n.atomics, 1);
	assert_int_equal(n.calls, 1);
	assert_int_equal(n.rets, 1);
	assert_int_equal(n.branches, 1);
	assert_int_equal(n.switches, 2);
	assert_int_equal(n.data_lines, 1 + 1 + 3);
	assert_int_equal(n.data_pages, 1 + 1 + 2);
	assert_int_equal(n.code_lines, 1);
	assert_int_equal(n.code_pages, 1);
	trace_close(&t);
}

static void names_accesses(void **state)
{
	struct fixture *f = *state;
	struct trace_access access;
	struct error err = {0};
	struct trace t;
	char name[32];

	must(trace_open(&t, f->path, &err), &err);
	access = t.accesses[2];
	assert_string_equal(trace_field_name(&t, &access, name, sizeof(name)),
			    "m.locks");
	access.address += 4;
	assert_string_equal(trace_field_name(&t, &access, name, sizeof(name)),
			    "m.locks+0x4");
	access.address += 4;
	assert_string_equal(trace_field_name(&t, &access, name, sizeof(name)),
			    "m+0x48");
	trace_close(&t);
}

/* A known variant's system calls must not pile up, nor come to another's. */
static void keeps_syscalls(void **state)
{
	struct fixture *f = *state;
	const struct trace_syscall *calls;
	struct error err = {0};
	struct trace t;
	size_t n;

	must(trace_open(&t, f->path, &err), &err);
	assert_int_equal(t.nsyscalls, 1);
	trace_syscalls(&t, &t.variants[0], &n);
	assert_int_equal(n, 0);
	calls = trace_syscalls(&t, &t.variants[1], &n);
	assert_int_equal(n, 1);
	assert_int_equal(calls->number, 202);
	assert_true(calls->args[5] == ~0ull);
	assert_int_equal(calls->result, -11);
	assert_int_equal(calls->flags, TRACE_SYSCALL_BLOCKED);
	assert_int_equal(calls->step, t.variants[1].first_step + 5);
	trace_close(&t);
}

static uint64_t hash_at(const struct place *place, bool longer)
{
	struct trace_builder *b = trace_builder_new();
	char path[64];
	struct error err = {0};
	struct trace t;
	uint64_t hash;

	snprintf(path, sizeof(path), "/tmp/test_trace_hash.%d", getpid());
	repeat(b, place, longer);
	must(trace_builder_write(b, path, &err), &err);
	trace_builder_free(b);
	must(trace_open(&t, path, &err), &err);
	hash = t.variants[0].hash;
	trace_close(&t);
	unlink(path);
	return hash;
}

/* One instruction at @address, twice. */
static int execute_at(struct trace_builder *b, uint64_t address,
		      const uint8_t *bytes)
{
	struct error err = {0};
	uint32_t index;
	int added;

	must(trace_builder_begin(b, &err), &err);
	must(trace_builder_insn(b, address, bytes, 3, "f", &index, &err), &err);
	must(trace_builder_step(b, index, 0x7000, 0, &err), &err);
	must(trace_builder_step(b, index, 0x7000, 0, &err), &err);
	added = trace_builder_end(b, &err);
	must(added < 0, &err);
	return added;
}

/* The same addresses and lengths, in a module and outside of any. */
static void changed_code_is_a_variant(void **state)
{
	static const uint8_t add[] = {0x48, 0x01, 0xc0};
	static const uint8_t sub[] = {0x48, 0x29, 0xc0};
	static const uint64_t places[] = {0x401000, 0x7f0000001000};
	struct trace_builder *b = trace_builder_new();
	struct error err = {0};
	size_t i;

	(void)state;
	must(trace_builder_module(b, 0x401000, 0x402000, "program", &err),
	     &err);
	for (i = 0; i < 2; i++) {
		assert_int_equal(execute_at(b, places[i], add), 1);
		assert_int_equal(execute_at(b, places[i], sub), 1);
		assert_int_equal(execute_at(b, places[i], add), 0);
		assert_int_equal(execute_at(b, places[i], sub), 0);
	}
	trace_builder_free(b);
}

static void hash_ignores_placement(void **state)
{
	const struct place moved = {CODE + 0x7f000000, GSTACK + 0x5350,
				    HEAP + 0x20000};
	const struct place skewed = {CODE, GSTACK + 0xf00, HEAP + 8};
	uint64_t hash;

	(void)state;
	assert_true(hash_at(&here, true) == hash_at(&moved, true));
	assert_true(hash_at(&here, false) == hash_at(&moved, false));
	assert_true(hash_at(&here, true) != hash_at(&here, false));
	/* So is another system call, but not another argument of it. */
	hash = hash_at(&here, true);
	call.args[0]++;
	assert_true(hash_at(&here, true) == hash);
	call.number++;
	assert_true(hash_at(&here, true) != hash);
	call.number--;
	call.args[0]--;
	/* Another place in the line is another behaviour. */
	assert_true(hash_at(&here, true) != hash_at(&skewed, true));
}

static void write_bytes(const struct fixture *f, const uint8_t *bytes,
			size_t size)
{
	FILE *stream = fopen(f->path, "w");

	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, size, stream), size);
	fclose(stream);
}

static void refuse(const struct fixture *f, const char *why)
{
	struct error err = {0};
	struct trace t;

	if (!trace_open(&t, f->path, &err))
		fail_msg("accepted: %s", why);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_non_null(strstr(err.text, f->path));
	assert_null(strchr(err.text, '\n'));
	assert_null(t.map);
}

static void refuses_truncation(void **state)
{
	struct fixture *f = *state;
	char why[32];
	size_t n;

	for (n = 0; n < f->size; n++) {
		snprintf(why, sizeof(why), "%zu bytes", n);
		write_bytes(f, f->bytes, n);
		refuse(f, why);
	}
}

static void refuses_flipped_bits(void **state)
{
	struct fixture *f = *state;
	char why[32];
	size_t i;
	int bit;

	for (i = 0; i < f->size; i++)
		for (bit = 0; bit < 8; bit++) {
			f->bytes[i] ^= (uint8_t)(1 << bit);
			snprintf(why, sizeof(why), "byte %zu bit %d", i, bit);
			write_bytes(f, f->bytes, f->size);
			refuse(f, why);
			f->bytes[i] ^= (uint8_t)(1 << bit);
		}
}

/*
 * With the checksum made right, the other checks stand alone. Not each flip is
 * an error then (an address may be any), but none may lead out of the file.
 */
static void survives_flipped_bits(void **state)
{
	struct fixture *f = *state;
	struct trace_header *header = (void *)f->bytes;
	size_t i, refused = 0;
	uint64_t checksum;

	for (i = 0; i < 8 * f->size; i++) {
		struct error err = {0};
		struct trace_counts n;
		struct trace t;
		char name[64];
		size_t k;

		f->bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		checksum = header->checksum;
		header->checksum = trace_checksum(f->bytes, f->size);
		write_bytes(f, f->bytes, f->size);
		header->checksum = checksum;
		f->bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (trace_open(&t, f->path, &err)) {
			refused++;
			continue;
		}
		for (k = 0; k < t.nvariants; k++)
			trace_count(&t, &t.variants[k], &n, &err);
		for (k = 0; k < t.naccesses; k++)
			trace_field_name(&t, &t.accesses[k], name,
					 sizeof(name));
		trace_meta(&t, "nothing", name, sizeof(name));
		trace_close(&t);
	}
	assert_true(refused > f->size); /* one bit in eight, at least */
}

/* The bytes of entry @i of the touched lines, to be changed and put back. */
static struct trace_touched *touched(const struct fixture *f, size_t i)
{
	struct trace_section *table =
		(void *)(f->bytes + sizeof(struct trace_header));

	while (table->type != TRACE_WORKING)
		table++;
	return (struct trace_touched *)(void *)(f->bytes + table->offset) + i;
}

static void write_checked(const struct fixture *f)
{
	struct trace_header *header = (void *)f->bytes;

	header->checksum = trace_checksum(f->bytes, f->size);
	write_bytes(f, f->bytes, f->size);
}

static void refuses_wrong_touched_lines(void **state)
{
	static const struct {
		const char *why;
		size_t entry;
		struct trace_touched wrong;
	} cases[] = {
		{"inside a line",
		 1,
		 {STRUCT_M + 0x48, 7, 1, TRACE_TOUCHED_READ, 0}},
		{"as old as all steps",
		 3,
		 {HEAP + 0xffc0, WORKING_STEPS, 2, TRACE_TOUCHED_READ, 0}},
		{"no such region",
		 3,
		 {HEAP + 0xffc0, 1, 4, TRACE_TOUCHED_READ, 0}},
		{"after its region",
		 3,
		 {HEAP + 0x10000, 1, 2, TRACE_TOUCHED_READ, 0}},
		{"before its region",
		 2,
		 {STRUCT_M + 0x40, 1, 2, TRACE_TOUCHED_CODE, 0}},
		{"not touched", 3, {HEAP + 0xffc0, 1, 2, 0, 0}},
		{"data and code",
		 3,
		 {HEAP + 0xffc0, 1, 2, TRACE_TOUCHED_READ | TRACE_TOUCHED_CODE,
		  0}},
		{"an unknown flag",
		 3,
		 {HEAP + 0xffc0, 1, 2, TRACE_TOUCHED_READ | 16, 0}},
		{"reserved", 3, {HEAP + 0xffc0, 1, 2, TRACE_TOUCHED_READ, 1}},
		{"twice", 2, {STRUCT_M + 0x40, 6, 1, TRACE_TOUCHED_READ, 0}},
		{"out of order",
		 1,
		 {STRUCT_M + 0x80, 7, 1, TRACE_TOUCHED_READ, 0}},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct trace_touched *entry = touched(f, cases[i].entry);
		struct trace_touched right = *entry;

		*entry = cases[i].wrong;
		write_checked(f);
		refuse(f, cases[i].why);
		*entry = right;
	}
}

/* How many steps there were is META's to say, and needed. */
static void refuses_touched_lines_without_steps(void **state)
{
	struct fixture *f = *state;
	char *line = memmem(f->bytes, f->size, "working_steps=20", 16);

	assert_non_null(line);
	memcpy(line, "working_stops", 13);
	write_checked(f);
	refuse(f, "no number of steps");
	memcpy(line, "working_steps=2x", 16);
	write_checked(f);
	refuse(f, "not a number of steps");
}

/* Version 2 had no such section: one that is called so is another's. */
static void reads_version_2(void **state)
{
	struct fixture *f = *state;
	struct trace_header *header = (void *)f->bytes;
	struct error err = {0};
	struct trace t;

	header->version = 2;
	touched(f, 0)->reserved = 1;
	write_checked(f);
	must(trace_open(&t, f->path, &err), &err);
	assert_int_equal(t.nvariants, 2);
	assert_int_equal(t.nworking, 0);
	trace_close(&t);
	header->version = 1;
	write_checked(f);
	refuse(f, "version 1");
}

static void refuses_what_is_no_trace(void **state)
{
	struct fixture *f = *state;
	struct trace_header *header = (void *)f->bytes;
	struct error err = {0};
	struct trace t;

	header->version = TRACE_VERSION + 1;
	write_bytes(f, f->bytes, f->size);
	assert_int_equal(trace_open(&t, f->path, &err), -1);
	assert_non_null(strstr(err.text, "version 4"));

	err = (struct error){0};
	assert_int_equal(trace_open(&t, "/", &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	err = (struct error){0};
	assert_int_equal(trace_open(&t, "/nonexistent", &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
}

static void builder_refuses_nonsense(void **state)
{
	struct trace_builder *b = trace_builder_new();
	struct error err = {0};
	uint32_t insn;
	uint16_t region;

	(void)state;
	assert_int_equal(trace_builder_write(b, "/tmp/unused", &err), -1);
	err = (struct error){0};
	assert_int_equal(trace_builder_step(b, 0, 0, 0, &err), -1);
	err = (struct error){0};
	assert_int_equal(trace_builder_end(b, &err), -1);
	err = (struct error){0};
	assert_int_equal(trace_builder_insn(b, 0, program[0].bytes, 0, "f",
					    &insn, &err),
			 -1);
	err = (struct error){0};
	assert_int_equal(trace_builder_region(b, 8, 8, TRACE_REGION_OTHER,
					      "empty", &region, &err),
			 -1);
	err = (struct error){0};
	assert_int_equal(trace_builder_touched(b, &working[0], &err), -1);
	trace_builder_free(b);
}

#define WITH_FILE(test) \
	cmocka_unit_test_setup_teardown(test, write_trace, remove_trace)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(reads_back),
		WITH_FILE(counts),
		WITH_FILE(names_accesses),
		WITH_FILE(keeps_syscalls),
		cmocka_unit_test(hash_ignores_placement),
		cmocka_unit_test(changed_code_is_a_variant),
		WITH_FILE(refuses_truncation),
		WITH_FILE(refuses_flipped_bits),
		WITH_FILE(survives_flipped_bits),
		WITH_FILE(refuses_wrong_touched_lines),
		WITH_FILE(refuses_touched_lines_without_steps),
		WITH_FILE(reads_version_2),
		WITH_FILE(refuses_what_is_no_trace),
		cmocka_unit_test(builder_refuses_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
