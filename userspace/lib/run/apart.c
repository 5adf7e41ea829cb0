// SPDX-License-Identifier: GPL-2.0
#include "apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/draw.h"

extern char **environ;

/* The socket's number in the other process; its standard streams stay. */
#define SOCKET 3

enum what { START, READY, TAKE, CLEAR, END };

/* The question; the shared bytes follow it. */
struct request {
	enum what what;
	unsigned int group;
	struct run_round round;
};

/* The answer; the shared bytes follow it, and then @rows rows. */
struct answer {
	int rc;
	size_t rows;
	struct error err;
};

/* Whoever is gone must not take this one along by SIGPIPE. */
static int put(int socket, const void *from, size_t bytes)
{
	const char *p = from;
	ssize_t n;

	for (; bytes; p += n, bytes -= n) {
		n = send(socket, p, bytes, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return -1;
	}
	return 0;
}

static int get(int socket, void *to, size_t bytes)
{
	char *p = to;
	ssize_t n;

	for (; bytes; p += n, bytes -= n) {
		n = recv(socket, p, bytes, 0);
		if (n < 0 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n <= 0)
			return -1;
	}
	return 0;
}

static int put_shared(int socket, const struct run_apart *o)
{
	size_t i;

	for (i = 0; i < o->nshared; i++) {
		if (put(socket, o->shared[i].at, o->shared[i].bytes))
			return -1;
	}
	return 0;
}

static int get_shared(int socket, const struct run_apart *o)
{
	size_t i;

	for (i = 0; i < o->nshared; i++) {
		if (get(socket, o->shared[i].at, o->shared[i].bytes))
			return -1;
	}
	return 0;
}

/* From whatever seed, 1 or 2, too. SplitMix64: Steele et al., OOPSLA 2014. */
static uint64_t mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15ull;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint32_t apart_padding(uint64_t seed, unsigned int process)
{
	return mix(mix(seed) + process) % (APART_PADDING_BYTES + 1);
}

/* This environment, and @padding: NAME=, and as many bytes as were drawn. */
static char **environment(char *padding)
{
	char **list, **to;
	size_t n = 0;

	while (environ[n])
		n++;
	to = list = calloc(n + 2, sizeof(*list));
	if (!list)
		return NULL;
	for (n = 0; environ[n]; n++) {
		if (strncmp(environ[n], APART_PADDING "=",
			    strlen(APART_PADDING "=")))
			*to++ = environ[n];
	}
	*to = padding;
	return list;
}

/* The command's words, and which descriptor it serves. */
static char **words(const struct run_apart *o)
{
	static char option[] = "--" APART_OPTION "=3";
	size_t n = 0;
	char **list;

	while (o->arguments[n])
		n++;
	list = calloc(n + 4, sizeof(*list));
	if (!list)
		return NULL;
	list[0] = (char *)"switchcost";
	list[1] = (char *)o->verb;
	list[2] = option;
	memcpy(list + 3, o->arguments, n * sizeof(*list));
	return list;
}

static int spawn(struct apart *a, int socket)
{
	uint32_t bytes = apart_padding(a->seed, a->process);
	char padding[sizeof(APART_PADDING "=") + APART_PADDING_BYTES];
	char **argv = words(a->options), **env = environment(padding);
	posix_spawn_file_actions_t actions;
	int failed = ENOMEM;

	snprintf(padding, sizeof(padding), APART_PADDING "=");
	memset(padding + strlen(padding), 'x', bytes);
	padding[sizeof(APART_PADDING) + bytes] = '\0';
	if (argv && env && !posix_spawn_file_actions_init(&actions)) {
		posix_spawn_file_actions_adddup2(&actions, socket, SOCKET);
		failed = posix_spawn(&a->pid, "/proc/self/exe", &actions, NULL,
				     argv, env);
		posix_spawn_file_actions_destroy(&actions);
	}
	free(argv);
	free(env);
	if (failed)
		a->pid = 0;
	return failed;
}

/* It said nothing any more: what became of it? */
static int died(struct apart *a, struct error *err)
{
	int status = 0;
	pid_t got = waitpid(a->pid, &status, 0);

	a->pid = 0;
	if (got > 0 && WIFSIGNALED(status))
		return error_set(err, EXIT_USAGE,
				 "process %u of the run died of signal %d (%s) "
				 "while it measured: run it again",
				 a->process, WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	return error_set(err, EXIT_USAGE,
			 "process %u of the run ended with code %d while it "
			 "measured: did its input change? run it again",
			 a->process, got > 0 ? WEXITSTATUS(status) : -1);
}

static int take_rows(struct apart *a, size_t rows, struct run_table *table,
		     struct error *err)
{
	struct run_sample some[256];
	size_t i, n;

	for (; rows; rows -= n) {
		n = rows < 256 ? rows : 256;
		if (get(a->socket, some, n * sizeof(*some)))
			return died(a, err);
		for (i = 0; i < n; i++) {
			if (run_table_add(table, some[i].arm, some[i].unit,
					  some[i].ticks, some[i].flags, err))
				return -1;
		}
	}
	return 0;
}

static int ask(struct apart *a, const struct request *request,
	       struct run_table *table, struct error *err)
{
	struct answer answer;

	if (put(a->socket, request, sizeof(*request)) ||
	    put_shared(a->socket, a->options) ||
	    get(a->socket, &answer, sizeof(answer)) ||
	    get_shared(a->socket, a->options))
		return died(a, err);
	if (answer.rc && answer.err.text[0])
		error_set(err, answer.err.code, "%s", answer.err.text);
	if (answer.rows && take_rows(a, answer.rows, table, err))
		return -1;
	return answer.rc;
}

static void end(void *context)
{
	const struct request request = {.what = END};
	struct apart *a = context;
	struct error err = {0};

	if (a->pid)
		ask(a, &request, NULL, &err);
	close(a->socket);
	a->socket = -1;
	/* Collected already if it died. */
	while (a->pid && waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
		;
	a->pid = 0;
}

static int start(void *context, struct error *err)
{
	const struct request request = {.what = START};
	struct apart *a = context;
	int sockets[2], failed, rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cannot start a process: %s", strerror(errno));
	a->socket = sockets[0];
	failed = spawn(a, sockets[1]);
	a->process++;
	close(sockets[1]);
	if (failed) {
		close(a->socket);
		return error_set(err, EXIT_IMPOSSIBLE,
				 "cannot start a process: %s",
				 strerror(failed));
	}
	rc = ask(a, &request, NULL, err);
	if (rc)
		end(a);
	return rc;
}

static int ready(void *context, const struct run_round *round,
		 struct error *err)
{
	const struct request request = {.what = READY, .round = *round};

	return ask(context, &request, NULL, err);
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	const struct request request = {
		.what = TAKE, .group = group, .round = *round};

	return ask(context, &request, table, err);
}

static void clear(void *context)
{
	const struct request request = {.what = CLEAR};
	struct apart *a = context;
	struct error err = {0};

	if (a->pid)
		ask(a, &request, NULL, &err);
}

struct run_source apart_source(struct apart *apart)
{
	return (struct run_source){start, ready, take, clear, end, apart};
}

static int answer_one(const struct run_source *s, const struct request *request,
		      struct run_table *table, struct error *err)
{
	switch (request->what) {
	case START:
		return s->start ? s->start(s->context, err) : 0;
	case READY:
		return s->ready ? s->ready(s->context, &request->round, err)
				: 0;
	case TAKE:
		return s->take(s->context, &request->round, request->group,
			       table, err);
	case CLEAR:
		if (s->clear)
			s->clear(s->context);
		return 0;
	case END:
		if (s->end)
			s->end(s->context);
		return 0;
	}
	return error_set(err, EXIT_USAGE, "no such request");
}

void apart_serve(const struct run_source *source, const struct run_apart *o)
{
	struct run_table table = {.rows = NULL};
	bool started = false;
	struct request request;

	/* Whoever asks is interrupted too, and ends this process when the round is done. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	/* It isn't for the programs that the source starts. */
	fcntl(o->served, F_SETFD, FD_CLOEXEC);
	while (!get(o->served, &request, sizeof(request)) &&
	       !get_shared(o->served, o)) {
		struct answer answer = {.rc = 0};

		table.n = 0;
		/* Whoever couldn't start has nothing to end. */
		if (request.what != END || started)
			answer.rc = answer_one(source, &request, &table,
					       &answer.err);
		answer.rows = table.n;
		if (request.what == START)
			started = !answer.rc;
		if (request.what == END)
			started = false;
		if (put(o->served, &answer, sizeof(answer)) ||
		    put_shared(o->served, o) ||
		    put(o->served, table.rows, table.n * sizeof(*table.rows)))
			break;
	}
	/* Whoever asked is gone: nothing that was started may stay. */
	if (started && source->end)
		source->end(source->context);
	run_table_free(&table);
	exit(EXIT_DONE);
}
