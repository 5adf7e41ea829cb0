// SPDX-License-Identifier: GPL-2.0
#include "namesearch.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "cxxname.h"
#include "symboltable.h"

void namesearch_free(struct namesearch *s)
{
	while (s->n)
		free(s->list[--s->n].name);
	free(s->list);
	s->list = NULL;
}

bool namesearch_is_code(int type)
{
	/* NOTYPE is assembly that doesn't say what it is. */
	return type == STT_FUNC || type == STT_NOTYPE || type == STT_GNU_IFUNC;
}

static void add(struct namesearch *s, const struct symboltable_entry *entry,
		char *name)
{
	struct candidate *list;

	list = realloc(s->list, (s->n + 1) * sizeof(*list));
	if (list)
		s->list = list;
	s->failed |= !list || !name;
	if (s->failed) {
		free(name);
		return;
	}
	list[s->n++] = (struct candidate){
		.address = entry->address,
		.module = s->module,
		.name = name,
		.file = entry->file,
		.type = entry->type,
		.local = entry->local,
		.superseded = entry->superseded,
	};
}

/*
 * "ns::f(int)" may be asked for by that name, and by "ns::f". Return: its name,
 * or NULL.
 */
static char *match_mangled(const struct namesearch *s, const char *symbol)
{
	char *whole = cxxname(symbol, true), *bare = NULL;

	if (whole && strcmp(whole, s->name))
		bare = cxxname(symbol, false);
	if (whole && strcmp(whole, s->name) &&
	    (!bare || strcmp(bare, s->name))) {
		free(whole);
		whole = NULL;
	}
	free(bare);
	return whole;
}

static void consider(void *data, const struct symboltable_entry *entry)
{
	struct namesearch *s = data;
	char *name;

	if (s->mangled) {
		name = namesearch_is_code(entry->type)
			       ? match_mangled(s, entry->name)
			       : NULL;
		if (name)
			add(s, entry, name);
		return;
	}
	if (strncmp(entry->name, s->name, s->name_bytes) ||
	    entry->name[s->name_bytes] ||
	    (s->version && strcmp(entry->version, s->version)))
		return;
	if (namesearch_is_code(entry->type))
		add(s, entry, strdup(s->name));
	else
		s->object = true;
}

static void collect(struct namesearch *s, bool mangled)
{
	Dwfl_Module *module;

	s->mangled = mangled;
	for (s->module = 0;
	     (module = symbols_module_handle(s->symbols, s->module));
	     s->module++)
		symboltable_walk(module, consider, s);
}

const char *namesearch_module_name(const struct namesearch *s, size_t index)
{
	struct symbols_module module;

	return symbols_module(s->symbols, index, &module) ? module.name : "";
}

/* A global symbol doesn't say its source; DWARF may. */
static void find_sources(struct namesearch *s)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->list[i].file)
			continue;
		unit = dwfl_module_addrdie(
			symbols_module_handle(s->symbols, s->list[i].module),
			s->list[i].address, &bias);
		s->list[i].file = unit ? dwarf_diename(unit) : NULL;
	}
}

bool namesearch_is_named(const struct namesearch *s, const char *name)
{
	const char *base = basename(name);

	return (strlen(name) == s->file_bytes &&
		!memcmp(name, s->file, s->file_bytes)) ||
	       (strlen(base) == s->file_bytes &&
		!memcmp(base, s->file, s->file_bytes));
}

static bool in_file(const struct namesearch *s, const struct candidate *c)
{
	return (c->file && namesearch_is_named(s, c->file)) ||
	       namesearch_is_named(s, namesearch_module_name(s, c->module));
}

bool namesearch_is_program(const struct namesearch *s,
			   const struct candidate *c)
{
	struct symbols_module module;

	return symbols_module(s->symbols, c->module, &module) && module.program;
}

/* Keep the candidates that @wanted is true of. */
static void keep(struct namesearch *s,
		 bool (*wanted)(const struct namesearch *s,
				const struct candidate *c))
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (wanted(s, &s->list[i]))
			s->list[n++] = s->list[i];
		else
			free(s->list[i].name);
	}
	s->n = n;
}

static bool is_default(const struct namesearch *s, const struct candidate *c)
{
	(void)s;
	return !c->superseded;
}

static bool is_global(const struct namesearch *s, const struct candidate *c)
{
	(void)s;
	return !c->local;
}

/* Are there some that @preferred is true of? */
static bool any(const struct namesearch *s,
		bool (*preferred)(const struct namesearch *s,
				  const struct candidate *c))
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (preferred(s, &s->list[i]))
			return true;
	return false;
}

static bool all(const struct namesearch *s,
		bool (*wanted)(const struct namesearch *s,
			       const struct candidate *c))
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!wanted(s, &s->list[i]))
			return false;
	return true;
}

/* Several names of one address count once. */
static void drop_aliases(struct namesearch *s)
{
	size_t i, k, n = 0;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < n && s->list[k].address != s->list[i].address;
		     k++)
			;
		if (k == n)
			s->list[n++] = s->list[i];
		else
			free(s->list[i].name);
	}
	s->n = n;
}

/* Drop the candidates that aren't meant, as far as that is known. */
static void choose(struct namesearch *s)
{
	if (!s->version && any(s, is_default))
		keep(s, is_default);
	drop_aliases(s);
	if (s->n > 1 || s->file)
		find_sources(s);
	if (s->file)
		keep(s, in_file);
	/* The program's own definition first, as the dynamic linker has it. */
	if (s->n > 1 && !s->file && all(s, is_global) &&
	    any(s, namesearch_is_program))
		keep(s, namesearch_is_program);
	/*
	 * FILE named a loaded file: keep its global functions, since local ones
	 * are named by their sources.
	 */
	if (s->n > 1 && s->file && any(s, is_global) &&
	    namesearch_is_named(s,
				namesearch_module_name(s, s->list[0].module)))
		keep(s, is_global);
}

uint64_t namesearch_link_address(const struct namesearch *s,
				 const struct candidate *c)
{
	GElf_Addr bias = 0;

	dwfl_module_getelf(symbols_module_handle(s->symbols, c->module), &bias);
	return c->address - bias;
}

static void split_version(struct namesearch *s)
{
	const char *at = strchr(s->name, '@');

	s->version = NULL;
	s->name_bytes = strlen(s->name);
	if (!at || at == s->name)
		return;
	s->name_bytes = (size_t)(at - s->name);
	s->version = at + strspn(at, "@");
}

bool namesearch_split_file(struct namesearch *s, const char *text)
{
	const char *colon = text;

	while ((colon = strchr(colon, ':')) && colon[1] == ':')
		colon += strspn(colon, ":");
	if (!colon || colon == text || !colon[1])
		return false;
	s->file = text;
	s->file_bytes = (size_t)(colon - text);
	s->name = colon + 1;
	return true;
}

int namesearch_run(struct namesearch *s, const char *program, struct error *err)
{
	split_version(s);
	collect(s, false);
	if (!s->n)
		collect(s, true);
	if (s->failed) {
		namesearch_free(s);
		return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
				 program);
	}
	choose(s);
	return 0;
}
