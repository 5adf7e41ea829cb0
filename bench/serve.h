/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_SERVE_H
#define SWC_BENCH_SERVE_H

#include <stdint.h>

/*
 * The protocol of docs/live.md, for a program in C or C++ whose calls can follow one
 * another. It needs the C library alone, so that a program under test holds little else
 * than its calls.
 */

#ifdef __cplusplus
extern "C" {
#endif

#define SERVE_MAX_CALLS	 1000000000u /* of one block */
#define SERVE_MAX_BLOCKS 64u	     /* of one request */

/* Exit codes, as all of this project's. */
enum { SERVE_DONE, SERVE_BAD = 2, SERVE_IMPOSSIBLE };

/**
 * struct serve_calls - what a program can be asked for
 * @name: of the program, for its messages
 * @context: of the functions below
 * @loop: makes @n calls, with nothing between them but the loop; NULL: @take does
 * @take: makes @m times @n calls, and says in @ticks how long each of the @m took; what is
 *	wrong it reports itself. Return: an exit code.
 */
struct serve_calls {
	const char *name;
	void *context;
	void (*loop)(uint32_t n);
	int (*take)(void *context, uint32_t n, uint32_t m, uint64_t *ticks);
};

/*
 * serve() - say "ready loop", and answer standard input's requests until it ends. Return:
 * an exit code; SERVE_BAD with one line on stderr: no such request.
 */
int serve(const struct serve_calls *calls);

/*
 * serve_program() - all that a program does which is there for its calls alone: by the
 * verb "run" it warms up, calls serve_mark(), and makes calls for ever, to be recorded; by
 * "serve" it warms up and answers requests. Return: an exit code.
 */
int serve_program(const struct serve_calls *calls, int argc, char **argv);

/* serve_mark() - does nothing: a recorder waits for it to be called. */
void serve_mark(void);

#ifdef __cplusplus
}
#endif

#endif
