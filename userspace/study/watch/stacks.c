// SPDX-License-Identifier: GPL-2.0
#include "stacks.h"

#include <stdlib.h>
#include <string.h>

/* Fill a stack with copies of its functions' names, outermost first. */
static bool name_frames(struct callnames *names, struct watch_stack *stack,
			const struct bpf_stack_key *key)
{
	size_t n = 0, i;

	while (n < BPF_FRAMES && key->frames[n])
		n++;
	stack->names = calloc(n, sizeof(*stack->names));
	if (!stack->names)
		return false;
	for (i = n; i--;) {
		/* A return address may lie behind its function's end. */
		bool exact = !i || (i == 1 && key->state == BPF_IN_C);
		uint64_t address = key->frames[i] - !exact;
		const char *name;

		/* The C function itself was executing. */
		if (!i && n > 1 && key->state == BPF_IN_C &&
		    !strcmp(callnames_function(names, key->frames[0]),
			    stack->names[stack->n - 1]))
			continue;
		name = callnames_function(names, address);
		stack->names[stack->n] = strdup(name);
		if (!stack->names[stack->n++])
			return false;
	}
	return true;
}

static const char *kind_of(struct callnames *names,
			   const struct bpf_stack_key *key)
{
	switch ((enum bpf_state)key->state) {
	case BPF_IN_C:
		return "c";
	case BPF_SYSTEM:
		return "runtime";
	case BPF_GO:
		return callnames_on_path(names, key->frames[0]) ? "path" : "go";
	case BPF_NO_GO:
	case BPF_STATES:
	default:
		return "outside";
	}
}

static bool is_same(const struct watch_stack *a, const struct watch_stack *b)
{
	size_t i;

	if (a->n != b->n || a->kind != b->kind || a->kernel != b->kernel)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->names[i], b->names[i]))
			return false;
	return true;
}

static void free_names(struct watch_stack *stack)
{
	while (stack->n)
		free(stack->names[--stack->n]);
	free(stack->names);
}

struct making {
	struct session *session;
	bool failed;
};

static void add_stack(void *data, const void *key, const void *value)
{
	const struct bpf_stack_key *of = key;
	struct making *making = data;
	struct watch *w = making->session->watch;
	struct watch_stack stack = {.samples = *(const uint64_t *)value,
				    .kernel = of->kernel},
			   *list;

	if (making->failed)
		return;
	list = realloc(w->stacks, (w->nstacks + 1) * sizeof(*list));
	if (list)
		w->stacks = list;
	if (!list || !name_frames(making->session->names, &stack, of)) {
		free_names(&stack);
		making->failed = true;
		return;
	}
	stack.kind = kind_of(making->session->names, of);
	w->stacks[w->nstacks++] = stack;
}

/* By names, so that the same functions at other addresses come together. */
static int by_names(const void *a, const void *b)
{
	const struct watch_stack *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);
	size_t i;

	for (i = 0; !order && i < x->n && i < y->n; i++)
		order = strcmp(x->names[i], y->names[i]);
	if (!order && x->n != y->n)
		order = x->n < y->n ? -1 : 1;
	return order ?: (int)x->kernel - (int)y->kernel;
}

static int by_samples(const void *a, const void *b)
{
	const struct watch_stack *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples < y->samples ? 1 : -1;
	return by_names(a, b);
}

static void merge(struct watch *w)
{
	size_t n = 0, i;

	qsort(w->stacks, w->nstacks, sizeof(*w->stacks), by_names);
	for (i = 0; i < w->nstacks; i++) {
		if (n && is_same(&w->stacks[n - 1], &w->stacks[i])) {
			w->stacks[n - 1].samples += w->stacks[i].samples;
			free_names(&w->stacks[i]);
		} else {
			w->stacks[n++] = w->stacks[i];
		}
	}
	w->nstacks = n;
	qsort(w->stacks, n, sizeof(*w->stacks), by_samples);
}

int stacks_make(struct session *s, struct error *err)
{
	struct making making = {.session = s};

	probes_each(s->probes, PROBES_STACKS, add_stack, &making);
	if (making.failed)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "sample: out of memory for the stacks");
	if (s->watch->nstacks)
		merge(s->watch);
	return 0;
}

void stacks_free(struct watch *w)
{
	while (w->nstacks)
		free_names(&w->stacks[--w->nstacks]);
	free(w->stacks);
	w->stacks = NULL;
}
