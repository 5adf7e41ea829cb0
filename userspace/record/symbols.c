// SPDX-License-Identifier: GPL-2.0
#include "symbols.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxxname.h"
#include "mapped.h"

struct symbols {
	pid_t pid;
	Dwfl *dwfl;
	Dwfl_Module *program;
	Dwfl_Module **modules;
	size_t nmodules;
	struct error unread; /* why a file's symbols are missing, the first */
	char *spelled;	     /* for symbols_function(), as is: */
	char unnamed[128];
};

/*
 * Separate debug files are not searched for: libdwfl's own search may ask a
 * debuginfod server on the network.
 */
static int no_debuginfo(Dwfl_Module *module, void **userdata, const char *name,
			Dwarf_Addr base, const char *file, const char *link,
			GElf_Word crc, char **debuginfo)
{
	(void)module, (void)userdata, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)debuginfo;
	return -1;
}

/*
 * The file that the process maps at @base. Libdwfl by itself would open the path
 * as the recorder sees it, which may be another file.
 */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name,
		    Dwarf_Addr base, char **file, Elf **elf)
{
	struct symbols *symbols = *userdata;
	struct mapped mapped;
	int fd = -1;

	/* The vDSO is a piece of memory. */
	if (*name != '/')
		return dwfl_linux_proc_find_elf(module, userdata, name, base,
						file, elf);
	if (!mapped_find(&mapped, symbols->pid, base))
		fd = mapped_open(&mapped, symbols->pid, &symbols->unread);
	mapped_free(&mapped);
	if (fd < 0)
		return -1;
	*file = strdup(name);
	if (*file)
		mapped_undeleted(*file);
	return fd;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = no_debuginfo,
};

static int add_module(Dwfl_Module *module, void **userdata, const char *name,
		      Dwarf_Addr start, void *arg)
{
	struct symbols *symbols = arg;
	Dwfl_Module **modules;

	(void)name, (void)start;
	*userdata = symbols;
	modules = realloc(symbols->modules,
			  (symbols->nmodules + 1) * sizeof(Dwfl_Module *));
	if (!modules)
		return DWARF_CB_ABORT;
	symbols->modules = modules;
	modules[symbols->nmodules++] = module;
	return DWARF_CB_OK;
}

/*
 * Open all files, the program's first. The process may run: it could unmap one.
 * Return: 0, or -1: there is none for the program itself.
 */
static int read_files(struct symbols *symbols)
{
	GElf_Addr bias;
	size_t i;

	if (!dwfl_module_getelf(symbols->program, &bias))
		return -1;
	for (i = 0; i < symbols->nmodules; i++)
		dwfl_module_getelf(symbols->modules[i], &bias);
	return 0;
}

struct symbols *symbols_open(pid_t pid, const char *program, uint64_t entry,
			     struct error *err)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory", program);
		return NULL;
	}
	symbols->pid = pid;
	symbols->dwfl = dwfl_begin(&callbacks);
	if (!symbols->dwfl || dwfl_linux_proc_report(symbols->dwfl, pid) ||
	    dwfl_report_end(symbols->dwfl, NULL, NULL) ||
	    dwfl_getmodules(symbols->dwfl, add_module, symbols, 0)) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: cannot read symbols: %s",
			  program, dwfl_errmsg(-1));
		goto fail;
	}
	symbols->program = dwfl_addrmodule(symbols->dwfl, entry);
	if (!symbols->program) {
		error_set(err, EXIT_IMPOSSIBLE,
			  "%s: no file at its entry point 0x%llx", program,
			  (unsigned long long)entry);
		goto fail;
	}
	if (read_files(symbols)) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: %s", program,
			  *symbols->unread.text ? symbols->unread.text
						: dwfl_errmsg(-1));
		goto fail;
	}
	return symbols;
fail:
	symbols_close(symbols);
	return NULL;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	if (symbols->dwfl)
		dwfl_end(symbols->dwfl);
	free(symbols->modules);
	free(symbols->spelled);
	free(symbols);
}

static bool find_in(Dwfl_Module *module, const char *name, GElf_Sym *symbol,
		    uint64_t *address)
{
	int n = dwfl_module_getsymtab(module), i;
	GElf_Addr value;
	GElf_Word section;

	for (i = 1; i < n; i++) {
		const char *found = dwfl_module_getsym_info(
			module, i, symbol, &value, &section, NULL, NULL);

		if (found && symbol->st_shndx != SHN_UNDEF &&
		    !strcmp(found, name)) {
			*address = value;
			return true;
		}
	}
	return false;
}

static bool find(const struct symbols *symbols, const char *name,
		 GElf_Sym *symbol, uint64_t *address)
{
	size_t i;

	if (find_in(symbols->program, name, symbol, address))
		return true;
	for (i = 0; i < symbols->nmodules; i++)
		if (find_in(symbols->modules[i], name, symbol, address))
			return true;
	return false;
}

bool symbols_find(const struct symbols *symbols, const char *name,
		  uint64_t *address)
{
	GElf_Sym symbol;

	return find(symbols, name, &symbol, address);
}

bool symbols_stripped(const struct symbols *symbols)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(symbols->program, &bias);

	while (elf && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) &&
		    header.sh_type == SHT_SYMTAB)
			return false;
	return true;
}

static const char *file_name(Dwfl_Module *module, uint64_t *start,
			     uint64_t *end)
{
	const char *main_file = NULL, *name, *slash;
	Dwarf_Addr low = 0, high = 0;

	name = dwfl_module_info(module, NULL, &low, &high, NULL, NULL,
				&main_file, NULL);
	if (main_file)
		name = main_file;
	if (start)
		*start = low;
	if (end)
		*end = high;
	if (!name)
		return "unknown";
	/* The vDSO has no file, and a number of the process in its name. */
	if (!strncmp(name, "[vdso", 5))
		return "vdso";
	slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

Dwfl_Module *symbols_module_handle(const struct symbols *symbols, size_t index)
{
	return index < symbols->nmodules ? symbols->modules[index] : NULL;
}

Dwfl_Module *symbols_module_at(const struct symbols *symbols, uint64_t address)
{
	return dwfl_addrmodule(symbols->dwfl, address);
}

bool symbols_executable(const struct symbols *symbols, uint64_t address)
{
	struct mapped mapped;
	bool executable = !mapped_find(&mapped, symbols->pid, address) &&
			  mapped.executable;

	mapped_free(&mapped);
	return executable;
}

const char *symbols_unread(const struct symbols *symbols)
{
	return *symbols->unread.text ? symbols->unread.text : NULL;
}

const char *symbols_function(struct symbols *symbols, uint64_t address)
{
	Dwfl_Module *module = dwfl_addrmodule(symbols->dwfl, address);
	const char *name = NULL;
	GElf_Off offset;
	GElf_Sym symbol;

	if (module)
		name = dwfl_module_addrinfo(module, address, &offset, &symbol,
					    NULL, NULL, NULL);
	free(symbols->spelled);
	symbols->spelled = name ? cxxname(name, true) : NULL;
	if (name)
		return symbols->spelled ? symbols->spelled : name;
	snprintf(symbols->unnamed, sizeof(symbols->unnamed), "[%s]",
		 module ? file_name(module, NULL, NULL) : "unknown");
	return symbols->unnamed;
}

/* The @index-th program header of a type. */
static bool program_header(Dwfl_Module *module, GElf_Word type, size_t index,
			   GElf_Phdr *header, GElf_Addr *bias)
{
	Elf *elf = dwfl_module_getelf(module, bias);
	size_t n, i;

	if (!elf || elf_getphdrnum(elf, &n))
		return false;
	for (i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, header) &&
		    header->p_type == type && !index--)
			return true;
	return false;
}

size_t symbols_bytes(const struct symbols *symbols, uint64_t address,
		     void *bytes, size_t n)
{
	Dwfl_Module *module = dwfl_addrmodule(symbols->dwfl, address);
	GElf_Addr bias;
	GElf_Phdr header;
	const char *image;
	size_t size, i;

	if (!module)
		return 0;
	for (i = 0; program_header(module, PT_LOAD, i, &header, &bias); i++) {
		uint64_t offset = address - bias - header.p_vaddr;

		if (address < bias + header.p_vaddr ||
		    offset >= header.p_filesz)
			continue;
		image = elf_rawfile(dwfl_module_getelf(module, &bias), &size);
		if (n > header.p_filesz - offset)
			n = header.p_filesz - offset;
		if (!image || header.p_offset + offset + n > size)
			return 0;
		memcpy(bytes, image + header.p_offset + offset, n);
		return n;
	}
	return 0;
}

/* The end of a file in memory: zeroed data follows what is mapped from it. */
static uint64_t memory_end(Dwfl_Module *module)
{
	GElf_Phdr header;
	uint64_t end = 0;
	GElf_Addr bias;
	size_t i;

	for (i = 0; program_header(module, PT_LOAD, i, &header, &bias); i++)
		if (bias + header.p_vaddr + header.p_memsz > end)
			end = bias + header.p_vaddr + header.p_memsz;
	return end;
}

bool symbols_module(const struct symbols *symbols, size_t index,
		    struct symbols_module *module)
{
	uint64_t end;

	if (index >= symbols->nmodules)
		return false;
	module->name = file_name(symbols->modules[index], &module->start,
				 &module->end);
	end = memory_end(symbols->modules[index]);
	if (end > module->end)
		module->end = end;
	module->program = symbols->modules[index] == symbols->program;
	return true;
}

bool symbols_segment(const struct symbols *symbols, size_t index,
		     struct symbols_segment *segment)
{
	GElf_Phdr header;
	GElf_Addr bias;

	if (!program_header(symbols->program, PT_LOAD, index, &header, &bias))
		return false;
	*segment = (struct symbols_segment){
		.start = bias + header.p_vaddr,
		.end = bias + header.p_vaddr + header.p_memsz,
		.writable = header.p_flags & PF_W,
		.executable = header.p_flags & PF_X,
	};
	return true;
}

bool symbols_is_go(const struct symbols *symbols)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(symbols->program, &bias);
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	const char *name;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		/* Both survive stripping. */
		if (name && (!strcmp(name, ".go.buildinfo") ||
			     !strcmp(name, ".gopclntab")))
			return true;
	}
	return false;
}

Dwarf *symbols_dwarf(const struct symbols *symbols)
{
	Dwarf_Addr bias;

	return dwfl_module_getdwarf(symbols->program, &bias);
}

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return alignment ? (value + alignment - 1) / alignment * alignment
			 : value;
}

bool symbols_tls_offset(const struct symbols *symbols, const char *name,
			int64_t *offset)
{
	GElf_Phdr header;
	GElf_Addr bias;
	GElf_Sym symbol;
	uint64_t address;

	if (!program_header(symbols->program, PT_TLS, 0, &header, &bias) ||
	    !find_in(symbols->program, name, &symbol, &address) ||
	    GELF_ST_TYPE(symbol.st_info) != STT_TLS)
		return false;
	/* The program's block ends at the thread pointer (TLS variant II). */
	*offset = (int64_t)(symbol.st_value -
			    align_up(header.p_memsz, header.p_align));
	return true;
}

uint64_t symbols_tls_bytes(const struct symbols *symbols)
{
	uint64_t bytes = 0;
	GElf_Phdr header;
	GElf_Addr bias;
	size_t i;

	for (i = 0; i < symbols->nmodules; i++)
		if (program_header(symbols->modules[i], PT_TLS, 0, &header,
				   &bias))
			bytes = align_up(bytes + header.p_memsz,
					 header.p_align);
	return align_up(bytes, 64);
}
