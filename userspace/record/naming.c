// SPDX-License-Identifier: GPL-2.0
#include "naming.h"

#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxxname.h"
#include "namesearch.h"
#include "nearest.h"
#include "symboltable.h"

/* So many fit into a message. */
#define SHOWN_CANDIDATES 5

static int ask(const struct namesearch *s, const char *program,
	       struct error *err)
{
	char text[384] = "";
	size_t used = 0, i;

	for (i = 0; i < s->n && i < SHOWN_CANDIDATES; i++) {
		const struct candidate *c = &s->list[i];
		const char *module = namesearch_module_name(s, c->module);
		bool library = !namesearch_is_program(s, c);

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%.48s:%.80s (%s%s0x%" PRIx64 ")",
					 i ? ", " : "",
					 c->file ? basename(c->file) : module,
					 c->name, library ? module : "",
					 library ? ":" : "",
					 namesearch_link_address(s, c));
		if (used >= sizeof(text))
			break;
	}
	return error_set(
		err, EXIT_USAGE,
		"%s: %zu functions are called %.64s; choose one of: %s",
		program, s->n, s->name, text);
}

static int take(const struct namesearch *s, const char *program,
		uint64_t *address, struct error *err)
{
	if (s->n > 1)
		return ask(s, program, err);
	if (s->list[0].type == STT_GNU_IFUNC)
		return error_set(
			err, EXIT_USAGE,
			"%s: %s is chosen when the program starts; name the implementation, which nm lists as t",
			program, s->name);
	*address = s->list[0].address;
	return 0;
}

/* Return: 1 @address is set, 0 none has the name, -1 with @err set. */
static int look_up(struct namesearch *s, const char *program, uint64_t *address,
		   struct error *err)
{
	int result = 0;

	if (namesearch_run(s, program, err))
		return -1;
	if (s->n)
		result = take(s, program, address, err) ? -1 : 1;
	namesearch_free(s);
	return result;
}

/* The segment's flags where @address is loaded. */
static bool is_executable(Dwfl_Module *module, uint64_t address)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	GElf_Phdr header;
	size_t n, i;

	if (!elf || elf_getphdrnum(elf, &n))
		return false;
	for (i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, &header) &&
		    header.p_type == PT_LOAD && (header.p_flags & PF_X) &&
		    address >= bias + header.p_vaddr &&
		    address - bias - header.p_vaddr < header.p_memsz)
			return true;
	return false;
}

/* May a breakpoint be there, and a call begin? */
static int check_address(const struct namesearch *s, const char *text,
			 const char *program, uint64_t address,
			 struct error *err)
{
	Dwfl_Module *module = symbols_module_at(s->symbols, address);
	const char *name;
	GElf_Off offset = 0;
	GElf_Sym symbol = {0};

	if (!module) {
		if (symbols_executable(s->symbols, address))
			return 0; /* code that was made at run time */
		return error_set(
			err, EXIT_USAGE,
			"%s: no code at %s; give the address that nm shows, of a library as FILE:0x...",
			program, text);
	}
	if (!is_executable(module, address))
		return error_set(err, EXIT_USAGE,
				 "%s: %s is no code; check the address with nm",
				 program, text);
	name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL,
				    NULL, NULL);
	if (name && offset && offset < symbol.st_size)
		return error_set(
			err, EXIT_USAGE,
			"%s: %s is %" PRIu64
			" bytes into %.128s; name its first instruction",
			program, text, (uint64_t)offset, name);
	return 0;
}

/* An address as nm shows it, of @s->file or the program; or one in memory. */
static int by_address(struct namesearch *s, const char *text,
		      const char *program, uint64_t value, uint64_t *address,
		      struct error *err)
{
	struct symbols_module module;
	Dwfl_Module *handle;
	GElf_Addr bias;
	size_t i;

	*address = value;
	for (i = 0; symbols_module(s->symbols, i, &module); i++) {
		handle = symbols_module_handle(s->symbols, i);
		if (s->file ? !namesearch_is_named(s, module.name)
			    : !module.program ||
				      symbols_module_at(s->symbols, value) ||
				      symbols_executable(s->symbols, value))
			continue;
		if (dwfl_module_getelf(handle, &bias))
			*address = value + bias;
		return check_address(s, text, program, *address, err);
	}
	if (s->file)
		return error_set(
			err, EXIT_USAGE,
			"%s: no file %.*s is loaded; see /proc/PID/maps",
			program, (int)s->file_bytes, s->file);
	return check_address(s, text, program, *address, err);
}

static bool parse_address(const char *text, uint64_t *value)
{
	char *end;

	if (strncmp(text, "0x", 2) || !text[2])
		return false;
	*value = strtoull(text, &end, 16);
	return !*end;
}

/* A name isn't there: these may have been meant. */
struct offers {
	struct nearest nearest;
	size_t bytes;	    /* of the wanted name */
	char qualified[64]; /* "main.nop" where "nop" is wanted; or empty */
};

static bool is_qualified(const char *name, const char *wanted, size_t bytes)
{
	size_t n = strlen(name);

	return n > bytes + 1 && !strcmp(name + n - bytes, wanted) &&
	       (name[n - bytes - 1] == '.' || name[n - bytes - 1] == ':');
}

static void offer(void *data, const struct symboltable_entry *entry)
{
	struct offers *o = data;
	char *plain;
	const char *name;
	size_t n;

	if (!namesearch_is_code(entry->type))
		return;
	plain = cxxname(entry->name, false);
	name = plain ? plain : entry->name;
	n = strlen(name);
	/* A Go user mostly means the program's own package. */
	if ((!*o->qualified || !strncmp(name, "main.", 5)) &&
	    n < sizeof(o->qualified) &&
	    is_qualified(name, o->nearest.wanted, o->bytes))
		memcpy(o->qualified, name, n + 1);
	/* The others are far by their lengths alone. */
	if (n <= 2 * o->bytes && 2 * n >= o->bytes)
		nearest_offer(&o->nearest, name);
	free(plain);
}

static int unknown(const struct namesearch *s, const char *text,
		   const char *program, struct error *err)
{
	struct offers offers = {.nearest.wanted = s->name,
				.bytes = strlen(s->name)};
	const char *unread = symbols_unread(s->symbols);
	char near[3 * NEAREST_BYTES + 64];
	Dwfl_Module *module;
	size_t i;

	if (s->object)
		return error_set(
			err, EXIT_USAGE,
			"%s: %s is no function; check the name with nm",
			program, text);
	if (unread)
		return error_set(
			err, EXIT_USAGE,
			"%s: no function %s in the files that can be read; %s",
			program, text, unread);
	if (symbols_stripped(s->symbols))
		return error_set(
			err, EXIT_USAGE,
			"%s: no function %s: stripped binary; build it without strip, -s and -ldflags=-s, or give an address",
			program, text);
	for (i = 0; (module = symbols_module_handle(s->symbols, i)); i++)
		symboltable_walk(module, offer, &offers);
	nearest_print(&offers.nearest, near, sizeof(near));
	if (*offers.qualified)
		snprintf(near, sizeof(near), "; did you mean %s?",
			 offers.qualified);
	return error_set(
		err, EXIT_USAGE,
		"%s: no function %s%s%s check the name with nm, name the program itself, not a wrapper, or, if a library that is opened later has it, the process with --pid when it is open",
		program, text, near, *near ? "" : ";");
}

int naming_find(const struct symbols *symbols, const char *text,
		const char *program, uint64_t *address, struct error *err)
{
	struct namesearch s = {.symbols = symbols, .name = text};
	uint64_t value;
	int found;

	if (parse_address(text, &value))
		return by_address(&s, text, program, value, address, err);
	found = look_up(&s, program, address, err);
	if (!found && namesearch_split_file(&s, text)) {
		if (parse_address(s.name, &value))
			return by_address(&s, text, program, value, address,
					  err);
		found = look_up(&s, program, address, err);
	}
	if (!found)
		unknown(&s, text, program, err);
	return found > 0 ? 0 : -1;
}
