// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE /* dl_iterate_phdr() */
#include <link.h>
#include <string.h>

/* The linker's table of what the program itself needs. */
struct table {
	const ElfW(Rela) * jumps;
	size_t bytes;
	const ElfW(Sym) * symbols;
	const char *strings;
};

static void **slot;
static void *unbound;

static void read_dynamic(struct table *table, const ElfW(Dyn) * entry)
{
	for (; entry->d_tag != DT_NULL; entry++) {
		switch (entry->d_tag) {
		case DT_JMPREL:
			table->jumps = (void *)entry->d_un.d_ptr;
			break;
		case DT_PLTRELSZ:
			table->bytes = entry->d_un.d_val;
			break;
		case DT_SYMTAB:
			table->symbols = (void *)entry->d_un.d_ptr;
			break;
		case DT_STRTAB:
			table->strings = (void *)entry->d_un.d_ptr;
			break;
		}
	}
}

/* dl_iterate_phdr() begins with the program itself: stop there. */
static int find_slot(struct dl_phdr_info *info, size_t size, void *unused)
{
	struct table table = {0};
	const ElfW(Rela) * r;
	const char *name;
	int i;

	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			read_dynamic(&table,
				     (void *)(info->dlpi_addr +
					      info->dlpi_phdr[i].p_vaddr));
	for (r = table.jumps; r < table.jumps + table.bytes / sizeof(*r); r++) {
		name = table.strings +
		       table.symbols[ELF64_R_SYM(r->r_info)].st_name;
		if (!strcmp(name, "gnu_get_libc_version"))
			slot = (void **)(info->dlpi_addr + r->r_offset);
	}
	(void)size;
	(void)unused;
	return 1;
}

/* Remember what the slot holds before the first call. Return: 0, or -1. */
int first_call_find(void)
{
	dl_iterate_phdr(find_slot, NULL);
	if (!slot)
		return -1;
	unbound = *slot;
	return 0;
}

/* After a call: did it bind the slot? */
int first_call_is_lazy(void)
{
	return *slot != unbound;
}

void first_call_unbind(void)
{
	*slot = unbound;
}
