// SPDX-License-Identifier: GPL-2.0
#include "goimage.h"

#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "gocode.h"
#include "golayout.h"
#include "gopclntab.h"

#define PAGE 4096ull

/* The header of a section by its name. */
static Elf_Scn *section(Elf *elf, const char *name, GElf_Shdr *header)
{
	Elf_Scn *scn = NULL;
	const char *its;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, header))
			continue;
		its = elf_strptr(elf, names, header->sh_name);
		if (its && !strcmp(its, name))
			return scn;
	}
	return NULL;
}

/*
 * The section that every Go linker since 1.18 writes: a magic, flags in byte 15, of
 * which bit 1 says that the version follows at byte 32, its length as a varint first
 * (debug/buildinfo).
 */
static bool read_version(Elf *elf, char *version, size_t bytes)
{
	static const char magic[] = "\xff Go buildinf:";
	GElf_Shdr header;
	Elf_Scn *scn = section(elf, ".go.buildinfo", &header);
	Elf_Data *data = scn ? elf_rawdata(scn, NULL) : NULL;
	const char *all;
	size_t n;

	*version = '\0';
	if (!data || data->d_size < 34 ||
	    memcmp(data->d_buf, magic, sizeof(magic) - 1))
		return false;
	all = data->d_buf;
	if (!(all[15] & 2))
		return true; /* an older Go, whose offsets may still be known */
	n = (unsigned char)all[32];
	if (n < bytes && n < 128 && data->d_size >= 33 + n) {
		memcpy(version, all + 33, n);
		version[n] = '\0';
	}
	return true;
}

bool goimage_is_go(int fd)
{
	char version[48];
	Elf *elf;
	bool is;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	is = elf && elf_kind(elf) == ELF_K_ELF &&
	     read_version(elf, version, sizeof(version));
	elf_end(elf);
	return is;
}

static void read_segments(struct goimage *image)
{
	GElf_Phdr header;
	size_t n = 0, i;

	image->link_start = image->link_text = UINT64_MAX;
	elf_getphdrnum(image->elf, &n);
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(image->elf, (int)i, &header) ||
		    header.p_type != PT_LOAD)
			continue;
		if (header.p_vaddr < image->link_start)
			image->link_start = header.p_vaddr & ~(PAGE - 1);
		if (header.p_flags & PF_X && header.p_vaddr < image->link_text)
			image->link_text = header.p_vaddr;
	}
}

/* The segment that is loaded from the file at @address, and @size bytes on. */
static bool find_segment(const struct goimage *image, uint64_t address,
			 size_t size, GElf_Phdr *header)
{
	size_t n = 0, i;

	elf_getphdrnum(image->elf, &n);
	for (i = 0; i < n; i++)
		if (gelf_getphdr(image->elf, (int)i, header) &&
		    header->p_type == PT_LOAD && address >= header->p_vaddr &&
		    address + size <= header->p_vaddr + header->p_filesz)
			return true;
	return false;
}

uint64_t goimage_file_offset(const struct goimage *image, uint64_t address)
{
	GElf_Phdr header;

	return find_segment(image, address, 1, &header)
		       ? address - header.p_vaddr + header.p_offset
		       : 0;
}

bool goimage_read(const struct goimage *image, uint64_t address, void *bytes,
		  size_t size)
{
	GElf_Phdr header;

	return find_segment(image, address, size, &header) &&
	       pread(image->fd, bytes, size,
		     (off_t)(address - header.p_vaddr + header.p_offset)) ==
		       (ssize_t)size;
}

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
	Elf_Scn *scn = section(image->elf, ".symtab", &header);
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

int goimage_open(struct goimage *image, int fd, const char *name,
		 struct error *err)
{
	struct stat st;

	*image = (struct goimage){.fd = fd};
	elf_version(EV_CURRENT);
	image->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF ||
	    !read_version(image->elf, image->version, sizeof(image->version)))
		return error_set(err, EXIT_USAGE,
				 "%s: not a Go program: name one that is",
				 name);
	if (!fstat(fd, &st))
		image->inode = st.st_ino;
	read_segments(image);
	if (read_symbols(image, name, err) ||
	    (image->stripped && (gopclntab_read(image, name, err) ||
				 gocode_variables(image, name, err))))
		return -1;
	if (read_offsets(image, name, err))
		return -1;
	return gocode_argument(image, name, err);
}

void goimage_close(struct goimage *image)
{
	if (image->dwarf)
		dwarf_end(image->dwarf);
	elf_end(image->elf);
	free(image->functions);
	free(image->names);
	if (image->fd >= 0)
		close(image->fd);
	*image = (struct goimage){.fd = -1};
}

const struct gofunction *goimage_function(const struct goimage *image,
					  const char *name)
{
	size_t i;

	for (i = 0; i < image->nfunctions; i++)
		if (!strcmp(image->functions[i].name, name))
			return &image->functions[i];
	return NULL;
}

const struct gofunction *goimage_at(const struct goimage *image,
				    uint64_t address)
{
	size_t low = 0, high = image->nfunctions, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (image->functions[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Several symbols may begin at one address. */
	if (!low || address >= image->functions[low - 1].end)
		return NULL;
	return &image->functions[low - 1];
}
