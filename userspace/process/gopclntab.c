// SPDX-License-Identifier: GPL-2.0
#include "gopclntab.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

/* runtime.pcHeader; the magic changed last with Go 1.20. */
struct pcheader {
	uint32_t magic;
	uint8_t pad[2];
	uint8_t min_code;
	uint8_t pointer_bytes;
	uint64_t nfunctions;
	uint64_t nfiles;
	uint64_t text; /* unused since Go 1.26 */
	uint64_t names;
	uint64_t units;
	uint64_t files;
	uint64_t pcs;
	uint64_t functions;
};

#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u

/* runtime.moduledata.text: behind pcHeader, six slices, and three words. */
#define MODULE_TEXT (22 * sizeof(uint64_t))

/* More than the largest program has. */
#define MAX_FUNCTIONS 4000000u

static bool is_header(const struct pcheader *h)
{
	return (h->magic == MAGIC_1_18 || h->magic == MAGIC_1_20) &&
	       !h->pad[0] && !h->pad[1] && h->min_code == 1 &&
	       h->pointer_bytes == 8 && h->nfunctions &&
	       h->nfunctions < MAX_FUNCTIONS && h->names < h->functions;
}

/* A part of the file that is loaded, word by word. */
struct words {
	uint64_t address;
	const uint64_t *list;
	size_t n;
};

static bool segment_words(Elf *elf, size_t i, struct words *words)
{
	GElf_Phdr header;
	Elf_Data *data;

	if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
		return false;
	data = elf_getdata_rawchunk(elf, (int64_t)header.p_offset,
				    header.p_filesz, ELF_T_XWORD);
	if (!data)
		return false;
	*words = (struct words){.address = header.p_vaddr,
				.list = data->d_buf,
				.n = data->d_size / sizeof(uint64_t)};
	/* The table and what points to it are aligned to words. */
	return !(header.p_vaddr % sizeof(uint64_t));
}

/* The table's section has several names, and a linker of C's may drop it: look. */
static uint64_t find_table(const struct goimage *image, struct pcheader *header)
{
	struct words words;
	size_t n = 0, i, k;

	elf_getphdrnum(image->elf, &n);
	for (i = 0; i < n; i++) {
		if (!segment_words(image->elf, i, &words))
			continue;
		for (k = 0; k + sizeof(*header) / 8 <= words.n; k++) {
			memcpy(header, &words.list[k], sizeof(*header));
			if (is_header(header))
				return words.address + k * sizeof(uint64_t);
		}
	}
	return 0;
}

/* In a file that may be loaded anywhere a pointer is in a relocation. */
static bool next_relative(Elf *elf, Elf_Scn **scn, size_t *i, GElf_Rela *rela)
{
	GElf_Shdr header;
	Elf_Data *data;

	for (; *scn; *scn = elf_nextscn(elf, *scn), *i = 0) {
		if (!gelf_getshdr(*scn, &header) || header.sh_type != SHT_RELA)
			continue;
		data = elf_getdata(*scn, NULL);
		while (data && *i < header.sh_size / header.sh_entsize)
			if (gelf_getrela(data, (int)(*i)++, rela) &&
			    GELF_R_TYPE(rela->r_info) == R_X86_64_RELATIVE)
				return true;
	}
	return false;
}

/* The word at @place, if a relocation sets it, or 0. */
static uint64_t relocated(Elf *elf, uint64_t place)
{
	Elf_Scn *scn = elf_nextscn(elf, NULL);
	GElf_Rela rela;
	size_t i = 0;

	while (next_relative(elf, &scn, &i, &rela))
		if (rela.r_offset == place)
			return (uint64_t)rela.r_addend;
	return 0;
}

/* The address that functions' offsets count from: the table's module holds it. */
static uint64_t find_text(const struct goimage *image, uint64_t table)
{
	Elf_Scn *scn = elf_nextscn(image->elf, NULL);
	uint64_t text = 0;
	struct words words;
	size_t n = 0, i, k = 0;
	GElf_Rela rela;

	while (next_relative(image->elf, &scn, &k, &rela))
		if ((uint64_t)rela.r_addend == table &&
		    (text = relocated(image->elf, rela.r_offset + MODULE_TEXT)))
			return text;
	elf_getphdrnum(image->elf, &n);
	for (i = 0; i < n; i++) {
		if (!segment_words(image->elf, i, &words))
			continue;
		for (k = 0; k + MODULE_TEXT / 8 < words.n; k++)
			if (words.list[k] == table &&
			    goimage_read(image, words.list[k + MODULE_TEXT / 8],
					 &text, 1))
				return words.list[k + MODULE_TEXT / 8];
	}
	return 0;
}

/* The functions' names and starts, from what lies between the two parts. */
static bool read_functions(struct goimage *image, uint64_t table,
			   const struct pcheader *h, uint64_t text)
{
	struct {
		uint32_t entry;
		uint32_t data;
	} *index;
	size_t bytes = h->functions - h->names, n = h->nfunctions, i;
	int32_t name;
	bool good;

	index = calloc(n + 1, sizeof(*index));
	image->names = malloc(bytes + 1);
	image->functions = calloc(n, sizeof(*image->functions));
	good = index && image->names && image->functions &&
	       goimage_read(image, table + h->functions, index,
			    n * sizeof(*index) + sizeof(index->entry)) &&
	       goimage_read(image, table + h->names, image->names, bytes);
	if (good)
		image->names[bytes] = '\0';
	for (i = 0; good && i < n; i++) {
		good = goimage_read(image,
				    table + h->functions + index[i].data + 4,
				    &name, sizeof(name)) &&
		       name >= 0 && (size_t)name < bytes;
		image->functions[i] = (struct gofunction){
			.start = text + index[i].entry,
			.end = text + index[i + 1].entry,
			.name = image->names + (good ? name : 0),
		};
	}
	image->nfunctions = good ? n : 0;
	free(index);
	return good;
}

int gopclntab_read(struct goimage *image, const char *name, struct error *err)
{
	struct pcheader header;
	uint64_t table, text;

	free(image->functions);
	image->functions = NULL;
	image->nfunctions = 0;
	table = find_table(image, &header);
	text = table ? find_text(image, table) : 0;
	if (!text || !read_functions(image, table, &header, text))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: stripped, and its .gopclntab can't be "
				 "read: build it without -ldflags=-s",
				 name);
	return 0;
}
