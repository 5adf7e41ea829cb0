// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for qemu-user: logs the instructions and memory accesses of the
 * thread that calls a function, from the moment its warm-up is over. It knows
 * nothing of switchcost, so that what it sees is evidence of its own.
 *
 *   qemu-x86_64 -plugin plugin.so,out=LOG,code=A,mark=A,begin=A,calls=N PROGRAM
 *
 * Addresses are those of the program's symbol table. "code" is the address of
 * its first executable segment, from which the load address of a PIE follows.
 * Logging starts with the first call of "mark", and all other threads stop; after
 * @calls calls of "begin" the program is ended. One line an event, addresses in hexadecimal:
 *
 *   C ADDRESS       the instruction at which logging began: mark's
 *   B ADDRESS       the next instruction is begin's first
 *   I ADDRESS       an instruction is executed
 *   R ADDRESS SIZE  it has read memory; W: it has written
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemuplugin.h"

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static FILE *out;
static uint64_t code, mark, begin;
static unsigned long calls;

/*
 * The thread that logs: nobody before the mark. Goroutines that are locked to
 * their thread stay on it, so that one thread makes all the calls.
 */
static volatile long logger = -1;

static uint64_t here(void *userdata)
{
	return (uint64_t)(uintptr_t)userdata;
}

/* The loader has added this to the addresses of the symbol table. */
static uint64_t bias(void)
{
	return qemu_plugin_start_code() - code;
}

/*
 * Once one thread logs, the others stand still, as they do while a program is
 * recorded. Otherwise the Go runtime's monitor would take the processor from a
 * thread that seems to hang in a call, and an emulated one does.
 */
static void stop_here(void)
{
	for (;;)
		pause();
}

static void executed(unsigned int vcpu, void *userdata)
{
	if (logger >= 0 && logger != (long)vcpu)
		stop_here();
	if (logger < 0)
		return;
	if (here(userdata) == begin + bias()) {
		if (!calls--) {
			/* Not exit(): other threads are still running. */
			fclose(out);
			_exit(0);
		}
		fprintf(out, "B %lx\n", (unsigned long)here(userdata));
	}
	fprintf(out, "I %lx\n", (unsigned long)here(userdata));
}

static void marked(unsigned int vcpu, void *userdata)
{
	if (logger >= 0)
		return;
	logger = vcpu;
	fprintf(out, "C %lx\n", (unsigned long)here(userdata));
}

static void accessed(unsigned int vcpu, qemu_plugin_meminfo_t info,
		     uint64_t addr, void *userdata)
{
	(void)userdata;
	if (logger == (long)vcpu)
		fprintf(out, "%c %lx %u\n",
			qemu_plugin_mem_is_store(info) ? 'W' : 'R',
			(unsigned long)addr,
			1u << qemu_plugin_mem_size_shift(info));
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(insn);
		void *userdata = (void *)(uintptr_t)addr;

		if (addr == mark + bias())
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, marked, CB_NO_REGS, userdata);
		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed,
						       CB_NO_REGS, userdata);
		qemu_plugin_register_vcpu_mem_cb(insn, accessed, CB_NO_REGS,
						 MEM_RW, userdata);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	const char *path = NULL;
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			continue;
		*value++ = 0;
		if (!strcmp(argv[i], "out"))
			path = value;
		else if (!strcmp(argv[i], "code"))
			code = strtoull(value, NULL, 16);
		else if (!strcmp(argv[i], "mark"))
			mark = strtoull(value, NULL, 16);
		else if (!strcmp(argv[i], "begin"))
			begin = strtoull(value, NULL, 16);
		else if (!strcmp(argv[i], "calls"))
			calls = strtoul(value, NULL, 10);
	}
	if (!path || !code || !mark || !begin || !calls) {
		fputs("plugin: out, code, mark, begin and calls are needed\n",
		      stderr);
		return 1;
	}
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
