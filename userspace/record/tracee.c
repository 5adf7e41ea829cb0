// SPDX-License-Identifier: GPL-2.0
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "interrupt.h"

int tracee_failed(struct tracee *t, const char *what, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot %s: %s", t->name,
			 what, strerror(errno));
}

int tracee_registers(struct tracee *t, pid_t tid, struct user_regs_struct *regs,
		     struct error *err)
{
	if (ptrace(PTRACE_GETREGS, tid, 0, regs))
		return tracee_failed(t, "read registers", err);
	return 0;
}

int tracee_set_registers(struct tracee *t, pid_t tid,
			 const struct user_regs_struct *regs, struct error *err)
{
	if (ptrace(PTRACE_SETREGS, tid, 0, regs))
		return tracee_failed(t, "set registers", err);
	return 0;
}

int tracee_vectors(struct tracee *t, pid_t tid, struct vectors *vectors,
		   struct error *err)
{
	struct iovec area = {vectors->image, sizeof(vectors->image)};

	if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &area))
		return tracee_failed(t, "read vector registers", err);
	vectors->bytes = area.iov_len;
	return 0;
}

size_t tracee_read_some(struct tracee *t, uint64_t address, void *buffer,
			size_t bytes)
{
	ssize_t n = pread(t->memory, buffer, bytes, (off_t)address);

	return n > 0 ? (size_t)n : 0;
}

int tracee_read(struct tracee *t, uint64_t address, void *buffer, size_t bytes,
		struct error *err)
{
	if (tracee_read_some(t, address, buffer, bytes) != bytes)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: cannot read %zu bytes at 0x%" PRIx64,
				 t->name, bytes, address);
	return 0;
}

int tracee_read_word(struct tracee *t, uint64_t address, uint64_t *word,
		     struct error *err)
{
	return tracee_read(t, address, word, sizeof(*word), err);
}

void tracee_set_timeout(struct tracee *t, double seconds)
{
	t->deadline = interrupt_deadline(seconds);
}

int tracee_check_machine(struct tracee *t, struct error *err)
{
	Elf64_Ehdr header = {0};
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/exe", t->pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(&header, 1, sizeof(header), f);
		fclose(f);
	}
	/* A small 32-bit program may be shorter than the 64-bit header. */
	if (n < sizeof(Elf32_Ehdr) || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_machine != EM_X86_64)
		return error_set(
			err, EXIT_USAGE,
			"%s: not a 64-bit x86 program; build it for linux/amd64",
			t->name);
	return 0;
}

int tracee_entry(struct tracee *t, uint64_t *address, struct error *err)
{
	Elf64_auxv_t entry;
	char path[64];
	FILE *f;

	*address = 0;
	snprintf(path, sizeof(path), "/proc/%d/auxv", t->pid);
	f = fopen(path, "re");
	while (f && fread(&entry, sizeof(entry), 1, f) == 1)
		if (entry.a_type == AT_ENTRY)
			*address = entry.a_un.a_val;
	if (f)
		fclose(f);
	if (!*address)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: its entry point isn't known", t->name);
	return 0;
}
