/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROCESS_GOIMAGE_H
#define SWC_PROCESS_GOIMAGE_H

#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * The file of a Go program, or of a library written in Go, describes the runtime in it.
 * All addresses are the file's own: where it is loaded isn't known here. So a program
 * can be read before it is started.
 */

/* Offsets that are read of a process, in bytes. */
struct gooffsets {
	uint32_t g_m;
	uint32_t g_sp; /* sched.sp: where the goroutine left its stack */
	uint32_t g_bp;
	uint32_t g_stack_high;
	uint32_t m_g0;
	uint32_t m_curg;
	uint32_t m_incgo;
	uint32_t m_ncgo;
	uint32_t m_ncgocall;
	uint32_t m_alllink;
	uint32_t fn; /* of its first argument, in asmcgocall's frame */
};

/* A function, of Go or of C. */
struct gofunction {
	uint64_t start;
	uint64_t end;
	const char *name; /* of the image's strings */
};

struct goimage {
	int fd;
	Elf *elf;
	Dwarf *dwarf;	  /* or NULL */
	char version[48]; /* "go1.26.8" */
	uint64_t inode;
	uint64_t link_start; /* lowest address that is loaded, of a page */
	uint64_t link_text;  /* lowest that is executable */
	uint64_t allm;	     /* of the runtime's variables */
	uint64_t dead_calls; /* runtime.ncgocall: calls of threads that ended */
	uint64_t plt_got;    /* words that the dynamic linker fills; 0: none */
	int64_t g_offset;    /* of the g pointer, from the thread pointer */
	uint64_t g_offset_at; /* else: where the loader writes it; 0: known */
	struct gooffsets offsets;
	const char *offsets_from;     /* "DWARF", "code" */
	bool stripped;		      /* no symbols: Go's own table is used */
	struct gofunction *functions; /* by address */
	size_t nfunctions;
	char *names; /* storage of functions' names, or NULL */
};

/**
 * goimage_begin() - read what the file says of itself: version, inode, segments
 * @image: filled; goimage_close() also after a failure
 * @fd: the file, which the image owns from now on
 * @name: of the file, for messages
 *
 * goruntime_open() does so, and reads the rest. Return: 0, or -1 with @err set: not of Go.
 */
int goimage_begin(struct goimage *image, int fd, const char *name,
		  struct error *err);
void goimage_close(struct goimage *image);

/* goimage_section() - a section by its name, with its header; NULL: there is none. */
Elf_Scn *goimage_section(Elf *elf, const char *name, GElf_Shdr *header);

/* goimage_is_go() - is there a Go runtime in the file? */
bool goimage_is_go(int fd);

/* goimage_function() - by its whole name, or NULL. */
const struct gofunction *goimage_function(const struct goimage *image,
					  const char *name);

/* goimage_at() - the function that holds @address of the file, or NULL. */
const struct gofunction *goimage_at(const struct goimage *image,
				    uint64_t address);

/* goimage_file_offset() - of the byte that is loaded at @address, for a uprobe; or 0. */
uint64_t goimage_file_offset(const struct goimage *image, uint64_t address);

/* goimage_read() - bytes of the file that are loaded at @address. */
bool goimage_read(const struct goimage *image, uint64_t address, void *bytes,
		  size_t n);

#endif
