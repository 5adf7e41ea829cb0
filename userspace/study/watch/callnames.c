// SPDX-License-Identifier: GPL-2.0
#include "callnames.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/freestanding.h"
#include "gocode.h"

void callnames_begin(struct callnames *names, const struct goprocess *process)
{
	*names = (struct callnames){.process = process, .n = CALLKIND_FUNCTION};
	snprintf(names->list[CALLKIND_OTHERS].name, sizeof(names->list[0].name),
		 "(others)");
}

void callnames_end(struct callnames *names)
{
	symbols_close(names->symbols);
	free(names->known);
	tdestroy(names->places, free);
	*names = (struct callnames){0};
}

const char *callnames_go(const struct callnames *names, uint64_t address)
{
	const struct gofunction *f;

	if (!names->process->image)
		return NULL;
	f = goimage_at(names->process->image, address - names->process->bias);
	return f ? f->name : NULL;
}

/*
 * The C function's name, from one that cgo has made of it: "_cgo_1a2b3c_Cfunc_name",
 * or "C2func" where errno is asked for, and "main._Cfunc_name" on Go's side.
 */
static const char *without_cgo(const char *name)
{
	static const char *const marks[] = {"_Cfunc_", "_C2func_"};
	const char *at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		at = strstr(name, marks[i]);
		if (at)
			return at + strlen(marks[i]);
	}
	return NULL;
}

void callnames_libraries(struct callnames *names)
{
	struct error none = {0};
	uint64_t entry;

	if (names->symbols || names->symbols_failed)
		return;
	entry = names->process->image->link_text + names->process->bias;
	names->symbols =
		symbols_open(names->process->pid, "program", entry, &none);
	names->symbols_failed = !names->symbols;
}

/* A function of some other file, as its symbols have it. */
static const char *of_library(struct callnames *names, uint64_t address)
{
	callnames_libraries(names);
	return names->symbols ? symbols_function(names->symbols, address)
			      : NULL;
}

const char *callnames_function(struct callnames *names, uint64_t address)
{
	const char *name = callnames_go(names, address)
				   ?: of_library(names, address);

	return name ?: "[unknown]";
}

static void find_name(struct callnames *names, const struct bpf_call *call,
		      struct callname *found)
{
	const char *wrapper = callnames_go(names, call->fn);
	const char *caller =
		call->caller ? callnames_go(names, call->caller - 1) : NULL;
	const char *name = NULL;

	*found = (struct callname){.runtimes = false};
	if (caller)
		snprintf(found->caller, sizeof(found->caller), "%s", caller);
	if (wrapper)
		name = without_cgo(wrapper);
	/* A stripped file has names of Go's functions only. */
	if (!name && caller)
		name = without_cgo(caller);
	found->runtimes = !name && caller && !strcmp(caller, "runtime.main");
	if (!name)
		name = wrapper ?: of_library(names, call->fn);
	if (name && *name != '[')
		snprintf(found->name, sizeof(found->name), "%s", name);
	else
		snprintf(found->name, sizeof(found->name), "%s+0x%llx",
			 name ?: "[unknown]", (unsigned long long)call->fn);
}

static unsigned int kind_of_name(struct callnames *names,
				 const struct callname *found)
{
	size_t i;

	for (i = CALLKIND_FUNCTION; i < names->n; i++)
		if (!strcmp(names->list[i].name, found->name))
			return (unsigned int)i;
	if (names->n == CALLKINDS)
		return CALLKIND_OTHERS;
	names->list[names->n] = *found;
	return (unsigned int)names->n++;
}

unsigned int callnames_kind(struct callnames *names,
			    const struct bpf_call *call)
{
	struct callname found;
	struct known_call *known;
	size_t i;

	for (i = 0; i < names->nknown; i++)
		if (!memcmp(&names->known[i].call, call, sizeof(*call)))
			return names->known[i].kind;
	find_name(names, call, &found);
	known = realloc(names->known, (names->nknown + 1) * sizeof(*known));
	if (!known)
		return CALLKIND_OTHERS;
	names->known = known;
	known[names->nknown].call = *call;
	known[names->nknown].kind = kind_of_name(names, &found);
	return known[names->nknown++].kind;
}

/* The runtime's functions between a goroutine and C, Go 1.19 to 1.27. */
static bool is_path(const char *name)
{
	static const char *const begins[] = {
		"runtime.cgocall",	"runtime.asmcgocall",
		"runtime.entersyscall", "runtime.reentersyscall",
		"runtime.exitsyscall",	"runtime.casgstatus",
		"runtime.save",		"gosave_systemstack_switch",
		"runtime.cgocallback",	"runtime.wirep",
		"runtime.getcallerfp",	"runtime.getfp",
	};
	size_t i;

	if (without_cgo(name))
		return true;
	for (i = 0; i < ARRAY_SIZE(begins); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

/*
 * An interrupt shows the instruction that waits. What a call leaves unfinished when it
 * returns, such as its last store to thread-local storage, is waited for by the caller's
 * next two instructions: with calls of 30 ns in a loop one sample of eleven is there.
 */
static bool is_on_path(const struct callnames *names, uint64_t address)
{
	const struct goimage *image = names->process->image;
	const char *name = callnames_go(names, address);
	const struct gofunction *called;

	if (!name)
		return false;
	if (is_path(name))
		return true;
	called = gocode_called(image, address - names->process->bias);
	return called && without_cgo(called->name);
}

/* An address in Go, and what is known of it. */
struct known_place {
	uint64_t address;
	bool on_path;
};

static int by_address(const void *a, const void *b)
{
	const struct known_place *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The samples' addresses come again with each reading, and finding out reads the file. */
bool callnames_on_path(struct callnames *names, uint64_t address)
{
	struct known_place found = {.address = address}, *kept, **known;

	known = tfind(&found, &names->places, by_address);
	if (known)
		return (*known)->on_path;
	found.on_path = is_on_path(names, address);
	kept = malloc(sizeof(*kept));
	if (kept) {
		*kept = found;
		if (!tsearch(kept, &names->places, by_address))
			free(kept);
	}
	return found.on_path;
}

unsigned int callnames_sample_kind(struct callnames *names,
				   const struct bpf_sample_key *key)
{
	switch ((enum bpf_state)key->state) {
	case BPF_IN_C:
		return callnames_kind(names, &key->call);
	case BPF_SYSTEM:
		return CALLKIND_SYSTEM;
	case BPF_GO:
		return callnames_on_path(names, key->ip) ? CALLKIND_PATH
							 : CALLKIND_GO;
	case BPF_NO_GO:
	case BPF_STATES:
	default:
		return CALLKIND_OUTSIDE;
	}
}
