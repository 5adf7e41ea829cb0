// SPDX-License-Identifier: GPL-2.0
#include "goimage.h"

#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096ull

Elf_Scn *goimage_section(Elf *elf, const char *name, GElf_Shdr *header)
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
	Elf_Scn *scn = goimage_section(elf, ".go.buildinfo", &header);
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

int goimage_begin(struct goimage *image, int fd, const char *name,
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
	return 0;
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
