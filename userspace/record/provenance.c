// SPDX-License-Identifier: GPL-2.0
#include "provenance.h"

#include <stdio.h>

#include "machine.h"

/* runtime.buildVersion is a Go string: an address and a length. */
static void go_version(struct tracee *tracee, const struct symbols *symbols,
		       char *value, size_t bytes)
{
	struct {
		uint64_t address;
		uint64_t length;
	} string;
	uint64_t symbol;
	size_t n;

	*value = '\0';
	if (!symbols_find(symbols, "runtime.buildVersion", &symbol) ||
	    tracee_read_some(tracee, symbol, &string, sizeof(string)) !=
		    sizeof(string))
		return;
	n = string.length < bytes ? string.length : bytes - 1;
	value[tracee_read_some(tracee, string.address, value, n)] = '\0';
}

/* The hash of what the process executes, even if the file has been replaced since. */
static void program_hash(const struct tracee *tracee, char *text)
{
	struct error unreadable = {0};
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", tracee->pid);
	file_hash(path, text, &unreadable);
}

static int line(struct trace_builder *builder, const char *key,
		const char *value, struct error *err)
{
	if (!value || !*value)
		return 0;
	return trace_builder_meta(builder, key, value, err);
}

static int write_machine(struct trace_builder *builder, struct error *err)
{
	struct machine m;

	machine_describe(&m);
	if (line(builder, "cpu", m.cpu, err) ||
	    line(builder, "cpu_signature", m.signature, err) ||
	    line(builder, "microcode", m.microcode, err) ||
	    line(builder, "hypervisor", m.hypervisor, err) ||
	    line(builder, "kernel", m.kernel, err) ||
	    line(builder, "date", m.date, err))
		return -1;
	return 0;
}

static int number(struct trace_builder *builder, const char *key,
		  unsigned int value, struct error *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return line(builder, key, text, err);
}

void provenance_read(struct provenance *p, struct tracee *tracee,
		     const struct symbols *symbols)
{
	go_version(tracee, symbols, p->go, sizeof(p->go));
	program_hash(tracee, p->hash);
}

int provenance_write(struct trace_builder *builder, const struct provenance *p,
		     struct error *err)
{
	if (line(builder, "program", p->program, err) ||
	    line(builder, "program_hash", p->hash, err) ||
	    line(builder, "scenario", p->scenario, err) ||
	    line(builder, "cold", p->cold, err) ||
	    line(builder, "begin", p->begin, err) ||
	    line(builder, "end", p->end, err) ||
	    line(builder, "attached", p->attached ? "1" : NULL, err) ||
	    number(builder, "thread_migrations", p->thread_migrations, err) ||
	    number(builder, "cpu_migrations", p->cpu_migrations, err) ||
	    number(builder, "repetitions", p->repetitions, err) ||
	    number(builder, "repetitions_wanted", p->wanted, err) ||
	    line(builder, "ended_early", p->ended_early, err) ||
	    line(builder, "go", p->go, err) ||
	    line(builder, "recorder", PROVENANCE_RECORDER, err))
		return -1;
	return write_machine(builder, err);
}
