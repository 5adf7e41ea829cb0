/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_CALLNAMES_H
#define SWC_WATCH_CALLNAMES_H

#include "bpfshared.h"
#include "goprocess.h"
#include "slices.h"
#include "symbols.h"

/*
 * The kernel counts by address. Here each address gets a name: of the C function that
 * a call is of, or of what Go does elsewhere.
 */

/* Kinds of time: some of Go's, then a kind for each C function. */
enum callkind {
	CALLKIND_OUTSIDE, /* threads that Go doesn't know, or C's own */
	CALLKIND_GO,	  /* goroutines */
	CALLKIND_PATH,	  /* on the way into C and back */
	CALLKIND_SYSTEM,  /* the runtime on threads' own stacks */
	CALLKIND_OTHERS,  /* C functions for which there was no room */
	CALLKIND_FUNCTION,
	CALLKINDS = SLICES_KINDS
};

struct callname {
	char name[96];
	char caller[96]; /* the function of Go that calls it; "": not known */
	bool runtimes;	 /* the runtime calls it for itself */
};

struct callnames {
	const struct goprocess *process;
	struct symbols *symbols; /* of libraries; read when they are needed */
	bool symbols_failed;
	struct callname list[CALLKINDS]; /* by kind */
	size_t n;			 /* kinds in use */
	struct known_call {
		struct bpf_call call;
		unsigned int kind;
	} *known;
	size_t nknown;
	void *places; /* a tree of addresses in Go: are they on the path? */
};

void callnames_begin(struct callnames *names, const struct goprocess *process);
void callnames_end(struct callnames *names);

/* callnames_kind() - of a call to C. */
unsigned int callnames_kind(struct callnames *names,
			    const struct bpf_call *call);

/* callnames_sample_kind() - of a sample. */
unsigned int callnames_sample_kind(struct callnames *names,
				   const struct bpf_sample_key *key);

/*
 * callnames_libraries() - read the symbols of all other files, which takes a process
 * that still runs.
 */
void callnames_libraries(struct callnames *names);

/* callnames_function() - any function; the string lasts until the next call. */
const char *callnames_function(struct callnames *names, uint64_t address);

/*
 * callnames_on_path() - is @address in a function of Go's on the way into C and back, or
 * in the instructions that a caller has after it for any function of its kind?
 */
bool callnames_on_path(struct callnames *names, uint64_t address);

/* callnames_go() - the function of Go's file that holds @address, or NULL. */
const char *callnames_go(const struct callnames *names, uint64_t address);

#endif
