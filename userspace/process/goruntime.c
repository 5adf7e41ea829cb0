// SPDX-License-Identifier: GPL-2.0
#include "goruntime.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "engine/freestanding.h"
#include "gocode.h"
#include "golayout.h"
#include "gopclntab.h"

/* The thread-local g lies in the program's own block, which ends at the pointer. */
static int64_t g_in_program(Elf *elf, uint64_t value)
{
	GElf_Phdr header;
	size_t n = 0, i;

	elf_getphdrnum(elf, &n);
	for (i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, &header) &&
		    header.p_type == PT_TLS && header.p_align)
			return (int64_t)value -
			       (int64_t)((header.p_memsz + header.p_align - 1) /
					 header.p_align * header.p_align);
	return -8;
}

/*
 * In a library, and in what was linked as one may be, the loader decides where the g
 * pointer is, and writes that to a word that a relocation names.
 */
static uint64_t g_by_loader(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	Elf_Data *data;
	GElf_Rela rela;
	size_t i;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA ||
		    !(header.sh_flags & SHF_ALLOC))
			continue;
		data = elf_getdata(scn, NULL);
		for (i = 0; data && i < header.sh_size / header.sh_entsize; i++)
			if (gelf_getrela(data, (int)i, &rela) &&
			    GELF_R_TYPE(rela.r_info) == R_X86_64_TPOFF64)
				return rela.r_offset;
	}
	return 0;
}

/* The words that begin with three of the dynamic linker's own (DT_PLTGOT). */
static uint64_t read_plt_got(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	Elf_Data *data;
	GElf_Dyn dyn;
	int i;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &header) ||
		    header.sh_type != SHT_DYNAMIC)
			continue;
		data = elf_getdata(scn, NULL);
		for (i = 0; data && gelf_getdyn(data, i, &dyn); i++)
			if (dyn.d_tag == DT_PLTGOT)
				return dyn.d_un.d_ptr;
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct gofunction *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Take a symbol for what it is. Return: false: no memory. */
static bool take_symbol(struct goimage *image, const GElf_Sym *symbol,
			const char *name, uint64_t *tlsg)
{
	struct gofunction *f;

	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_TLS:
		if (!strcmp(name, "runtime.tlsg"))
			*tlsg = symbol->st_value;
		return true;
	case STT_OBJECT:
		if (!strcmp(name, "runtime.allm"))
			image->allm = symbol->st_value;
		else if (!strcmp(name, "runtime.ncgocall"))
			image->dead_calls = symbol->st_value;
		return true;
	case STT_FUNC:
		if (!symbol->st_size || !symbol->st_value)
			return true;
		if (!(image->nfunctions & (image->nfunctions - 1))) {
			f = realloc(image->functions,
				    (image->nfunctions * 2 + 1) * sizeof(*f));
			if (!f)
				return false;
			image->functions = f;
		}
		image->functions[image->nfunctions++] = (struct gofunction){
			.start = symbol->st_value,
			.end = symbol->st_value + symbol->st_size,
			.name = name,
		};
		return true;
	default:
		return true;
	}
}

static int read_symbols(struct goimage *image, const char *name,
			struct error *err)
{
	uint64_t tlsg = UINT64_MAX;
	GElf_Shdr header;
	Elf_Scn *scn = goimage_section(image->elf, ".symtab", &header);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	GElf_Sym symbol;
	size_t i;

	for (i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
		const char *its;

		if (!gelf_getsym(data, (int)i, &symbol))
			continue;
		its = elf_strptr(image->elf, header.sh_link, symbol.st_name);
		if (its && !take_symbol(image, &symbol, its, &tlsg))
			return error_set(err, EXIT_IMPOSSIBLE,
					 "%s: out of memory for its symbols",
					 name);
	}
	qsort(image->functions, image->nfunctions, sizeof(*image->functions),
	      by_address);
	image->stripped = !image->allm;
	image->g_offset_at = g_by_loader(image->elf);
	image->plt_got = read_plt_got(image->elf);
	image->g_offset =
		g_in_program(image->elf, tlsg == UINT64_MAX ? 0 : tlsg);
	return 0;
}

/* The offsets that DWARF has. */
static bool read_dwarf(struct goimage *image, const char *name)
{
	const struct {
		enum gotype_id type;
		const char *field;
		uint32_t *offset;
	} wanted[] = {
		{GOTYPE_G, "m", &image->offsets.g_m},
		{GOTYPE_G, "sched.sp", &image->offsets.g_sp},
		{GOTYPE_G, "sched.bp", &image->offsets.g_bp},
		{GOTYPE_G, "stack.hi", &image->offsets.g_stack_high},
		{GOTYPE_M, "g0", &image->offsets.m_g0},
		{GOTYPE_M, "curg", &image->offsets.m_curg},
		{GOTYPE_M, "incgo", &image->offsets.m_incgo},
		{GOTYPE_M, "ncgo", &image->offsets.m_ncgo},
		{GOTYPE_M, "ncgocall", &image->offsets.m_ncgocall},
		{GOTYPE_M, "alllink", &image->offsets.m_alllink},
	};
	struct error none = {0};
	struct golayout layout;
	bool found;
	size_t i;

	image->dwarf = dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
	found = !golayout_load(&layout, image->dwarf, name, &none);
	for (i = 0; found && i < ARRAY_SIZE(wanted); i++)
		found = !golayout_offset(&layout, wanted[i].type,
					 wanted[i].field, wanted[i].offset,
					 &none);
	golayout_free(&layout);
	return found;
}

static int read_offsets(struct goimage *image, const char *name,
			struct error *err)
{
	image->offsets_from = "DWARF";
	if (read_dwarf(image, name))
		return 0;
	image->offsets_from = "code";
	return gocode_offsets(image, name, err);
}

int goruntime_open(struct goimage *image, int fd, const char *name,
		   struct error *err)
{
	if (goimage_begin(image, fd, name, err) ||
	    read_symbols(image, name, err) ||
	    (image->stripped && (gopclntab_read(image, name, err) ||
				 gocode_variables(image, name, err))))
		return -1;
	if (read_offsets(image, name, err))
		return -1;
	return gocode_argument(image, name, err);
}
