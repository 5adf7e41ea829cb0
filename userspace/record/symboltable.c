// SPDX-License-Identifier: GPL-2.0
#include "symboltable.h"

#include <gelf.h>
#include <stdio.h>
#include <string.h>

/* The longest name that is split from its version; C++ has longer ones, without. */
#define MAX_NAME 1024

/* The versions of the dynamic symbols, for a file that has no other symbols. */
struct versions {
	Elf *elf;
	Elf_Data *of_symbols; /* NULL: versions are in the names, or none */
	Elf_Data *defined;
	GElf_Shdr header; /* of the latter */
};

static void find_versions(Elf *elf, struct versions *v)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	*v = (struct versions){.elf = elf};
	while (elf && (section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		if (header.sh_type == SHT_SYMTAB) {
			v->of_symbols = NULL;
			return;
		}
		if (header.sh_type == SHT_GNU_versym)
			v->of_symbols = elf_getdata(section, NULL);
		if (header.sh_type == SHT_GNU_verdef) {
			v->defined = elf_getdata(section, NULL);
			v->header = header;
		}
	}
}

/* The name of a version by its number, which the file defines, or "". */
static const char *version_name(const struct versions *v, GElf_Versym number)
{
	GElf_Verdaux auxiliary;
	GElf_Verdef definition;
	const char *name;
	int at = 0;

	while (v->defined && gelf_getverdef(v->defined, at, &definition)) {
		if (definition.vd_ndx == number &&
		    gelf_getverdaux(v->defined, at + (int)definition.vd_aux,
				    &auxiliary)) {
			name = elf_strptr(v->elf, v->header.sh_link,
					  auxiliary.vda_name);
			return name ? name : "";
		}
		if (!definition.vd_next)
			break;
		at += (int)definition.vd_next;
	}
	return "";
}

/*
 * Finds a version in .dynsym, where the linker has put them into a section of
 * their own.
 */
static void look_up_version(const struct versions *v, int index,
			    struct symboltable_entry *entry)
{
	GElf_Versym version;

	if (!v->of_symbols || !gelf_getversym(v->of_symbols, index, &version))
		return;
	entry->superseded = version & 0x8000;
	/* 0 is local, 1 the file itself. */
	if ((version & 0x7fff) > 1)
		entry->version = version_name(v, version & 0x7fff);
}

/*
 * Finds a version in .symtab, where the linker has put them into the names:
 * "f@V1", "f@@V2".
 */
static void split_version(struct symboltable_entry *entry, char *copy)
{
	const char *at = strchr(entry->name, '@');

	if (!at || at == entry->name || at - entry->name >= MAX_NAME)
		return;
	snprintf(copy, MAX_NAME, "%.*s", (int)(at - entry->name), entry->name);
	entry->name = copy;
	entry->superseded = at[1] != '@';
	entry->version = at + strspn(at, "@");
}

void symboltable_walk(Dwfl_Module *module,
		      void (*visit)(void *data,
				    const struct symboltable_entry *entry),
		      void *data)
{
	int n = dwfl_module_getsymtab(module), i;
	const char *file = NULL;
	struct versions versions;
	char copy[MAX_NAME];
	GElf_Addr bias;

	find_versions(dwfl_module_getelf(module, &bias), &versions);
	for (i = 1; i < n; i++) {
		struct symboltable_entry entry = {.version = ""};
		GElf_Sym symbol;

		entry.name = dwfl_module_getsym_info(
			module, i, &symbol, &entry.address, NULL, NULL, NULL);
		if (!entry.name || !*entry.name)
			continue;
		entry.type = GELF_ST_TYPE(symbol.st_info);
		entry.local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
		if (entry.type == STT_FILE)
			file = entry.name;
		if (entry.type == STT_FILE || entry.type == STT_SECTION ||
		    symbol.st_shndx == SHN_UNDEF)
			continue;
		entry.file = entry.local ? file : NULL;
		look_up_version(&versions, i, &entry);
		split_version(&entry, copy);
		visit(data, &entry);
	}
}
