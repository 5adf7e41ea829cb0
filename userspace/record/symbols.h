/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_SYMBOLS_H
#define SWC_RECORD_SYMBOLS_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/*
 * The symbols of a live process: of the program, its libraries and the vDSO, at
 * the addresses where they are loaded. Only what the files themselves hold is
 * used, the very files that the process maps (mapped.h); separate debug files
 * are not looked for, on disk or elsewhere.
 */
struct symbols;

/* A loaded file. */
struct symbols_module {
	uint64_t start;
	uint64_t end;
	const char *name; /* without its directory */
	bool program;	  /* the program itself, not a library */
};

/**
 * symbols_open() - read the symbols of a stopped process
 * @pid: the process
 * @program: its name, for messages
 * @entry: its entry point; the file that holds it is the program, all others
 * 	are libraries
 *
 * Return: NULL with @err set when there is nothing to read.
 */
struct symbols *symbols_open(pid_t pid, const char *program, uint64_t entry,
			     struct error *err);
void symbols_close(struct symbols *symbols);

/*
 * symbols_find() - the address of a function or variable, the first of its name;
 * naming.h finds what a user means.
 */
bool symbols_find(const struct symbols *symbols, const char *name,
		  uint64_t *address);

/* symbols_stripped() - has the program itself no symbols but dynamic ones? */
bool symbols_stripped(const struct symbols *symbols);

/* symbols_unread() - why a file couldn't be read, the first such; or NULL. */
const char *symbols_unread(const struct symbols *symbols);

/* symbols_executable() - does the process have code there now, of a file or not? */
bool symbols_executable(const struct symbols *symbols, uint64_t address);

/*
 * symbols_function() - the function at @address, C++ and Rust as their sources
 * spell it, or its file: "[libc.so.6]", or "[unknown]". The string lasts until the next call or symbols_close().
 */
const char *symbols_function(struct symbols *symbols, uint64_t address);

/*
 * symbols_bytes() - the bytes that the file that is loaded at @address holds
 * for that place, @n at most. Return: how many bytes, 0: no file's.
 */
size_t symbols_bytes(const struct symbols *symbols, uint64_t address,
		     void *bytes, size_t n);

/* symbols_module() - the loaded files, by number. Return: false past the end.*/
bool symbols_module(const struct symbols *symbols, size_t index,
		    struct symbols_module *module);

/* symbols_module_handle() - the same for libdwfl, NULL past the end. */
Dwfl_Module *symbols_module_handle(const struct symbols *symbols, size_t index);

/* symbols_module_at() - the one that is loaded at @address, or NULL. */
Dwfl_Module *symbols_module_at(const struct symbols *symbols, uint64_t address);

/*
 * symbols_segment() - the program's loadable segments, by number. Return: false
 * past the end.
 */
struct symbols_segment {
	uint64_t start;
	uint64_t end;
	bool writable;
	bool executable;
};

bool symbols_segment(const struct symbols *symbols, size_t index,
		     struct symbols_segment *segment);

/* symbols_is_go() - was the program built by the Go toolchain? */
bool symbols_is_go(const struct symbols *symbols);

/* symbols_dwarf() - the program's own DWARF, or NULL: it was stripped. */
Dwarf *symbols_dwarf(const struct symbols *symbols);

/*
 * symbols_tls_offset() - where the program's thread-local variable @name is,
 * relative to the thread pointer (FS base). Return: false when it has none.
 */
bool symbols_tls_offset(const struct symbols *symbols, const char *name,
			int64_t *offset);

/* symbols_tls_bytes() - about how many bytes lie below the thread pointer. */
uint64_t symbols_tls_bytes(const struct symbols *symbols);

#endif
