// SPDX-License-Identifier: GPL-2.0
#include "programfacts.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The runtime's variable with the bytes that a new goroutine's stack has. */
#define STACK_VARIABLE "runtime.startingStackSize"

static int add_name(struct programfacts_name **list, size_t *n,
		    const char *name)
{
	struct programfacts_name *grown = *list;

	/* Room for twice as many whenever a power of two is reached. */
	if (!(*n & (*n - 1)))
		grown = realloc(*list, (*n ? 2 * *n : 1) * sizeof(**list));
	if (!grown)
		return -1;
	*list = grown;
	grown[(*n)++].name = name;
	return 0;
}

/* The 4 bytes that the file has for a variable; 0: it has none. */
static uint32_t initial(Elf *elf, const GElf_Sym *symbol)
{
	Elf_Scn *section = elf_getscn(elf, symbol->st_shndx);
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
	uint32_t value = 0;
	GElf_Shdr header;
	uint64_t offset;

	if (!data || !data->d_buf || !gelf_getshdr(section, &header))
		return 0;
	offset = symbol->st_value - header.sh_addr;
	if (symbol->st_value < header.sh_addr ||
	    offset + sizeof(value) > data->d_size)
		return 0;
	memcpy(&value, (const char *)data->d_buf + offset, sizeof(value));
	return value;
}

static int take_symbols(struct programfacts *facts, Elf_Scn *section,
			const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;
	const char *name;
	int i;

	for (i = 1; data && gelf_getsym(data, i, &symbol); i++) {
		name = elf_strptr(facts->elf, header->sh_link, symbol.st_name);
		if (!name || !*name || symbol.st_shndx == SHN_UNDEF ||
		    GELF_ST_TYPE(symbol.st_info) > STT_FUNC)
			continue;
		if (!strcmp(name, STACK_VARIABLE))
			facts->stack_bytes = initial(facts->elf, &symbol);
		if (add_name(&facts->symbols, &facts->nsymbols, name))
			return -1;
	}
	return 0;
}

static int take_sections(struct programfacts *facts)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	const char *name;
	size_t names;

	if (elf_getshdrstrndx(facts->elf, &names))
		return 0;
	while ((section = elf_nextscn(facts->elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(facts->elf, names, header.sh_name);
		if (name && *name &&
		    add_name(&facts->sections, &facts->nsections, name))
			return -1;
		if (header.sh_type == SHT_SYMTAB &&
		    take_symbols(facts, section, &header))
			return -1;
	}
	return 0;
}

int programfacts_collect(struct programfacts *facts, const char *path,
			 struct error *err)
{
	struct error no_dwarf = {0};

	*facts = (struct programfacts){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (facts->fd < 0)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
				 strerror(errno));
	elf_version(EV_CURRENT);
	facts->elf = elf_begin(facts->fd, ELF_C_READ_MMAP, NULL);
	if (!facts->elf || elf_kind(facts->elf) != ELF_K_ELF) {
		programfacts_free(facts);
		return error_set(err, EXIT_USAGE,
				 "%s: no ELF file: name a program", path);
	}
	if (take_sections(facts)) {
		programfacts_free(facts);
		return error_set(err, EXIT_IMPOSSIBLE, "%s: no memory", path);
	}
	facts->dwarf = dwarf_begin_elf(facts->elf, DWARF_C_READ, NULL);
	golayout_load(&facts->layout, facts->dwarf, path, &no_dwarf);
	return 0;
}

void programfacts_free(struct programfacts *facts)
{
	golayout_free(&facts->layout);
	if (facts->dwarf)
		dwarf_end(facts->dwarf);
	if (facts->elf)
		elf_end(facts->elf);
	if (facts->fd >= 0)
		close(facts->fd);
	free(facts->symbols);
	free(facts->sections);
	*facts = (struct programfacts){.fd = -1};
}

static const struct record name_record = {
	.fields = FIELDS({MEMBER("name", programfacts_name, name)}),
};

static const struct record member_record = {
	.fields = FIELDS({MEMBER("name", gofield, name)},
			 {MEMBER("bytes", gofield, size)}),
};

static const char *type_name(unsigned int id)
{
	static const char *const names[GOTYPES] = {
		[GOTYPE_G] = "g",
		[GOTYPE_M] = "m",
		[GOTYPE_P] = "p",
		[GOTYPE_SCHED] = "sched",
	};

	return names[id];
}

static const struct record type_record = {
	.fields = FIELDS(
		{INDEX("name", type_name)}, {MEMBER("bytes", gotype, size)},
		{ROWS("members", gotype, fields, nfields, &member_record)}),
};

GETTER(bool, is_stripped, !DATA(programfacts)->nsymbols);

const struct record programfacts_record = {
	.fields = FIELDS(
		{BOOL_OF("stripped", is_stripped)},
		{MEMBER("goroutine_stack_bytes", programfacts, stack_bytes),
		 KNOWN},
		{ROWS("sections", programfacts, sections, nsections,
		      &name_record)},
		{ROWS_ALL("types", programfacts, layout.types, &type_record)},
		{ROWS("symbols", programfacts, symbols, nsymbols,
		      &name_record)}),
};
