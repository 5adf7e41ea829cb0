// SPDX-License-Identifier: GPL-2.0
#include "lowerturns.h"

#include <stdlib.h>

#include "engine/turns.h"

/* The branches back of all turns but the last, which leads on. */
static void carry_back(struct lower_state *l, const struct swc_turns *t)
{
	uint32_t turn, i = swc_turns_branch(t);

	for (turn = 1; turn < t->count; turn++, i += t->length) {
		if (l->s->ops[i].flags & SWC_OPF_TAKEN)
			continue;
		l->note = l->s->notes[i];
		lower_count_more(l, LOWER_LOOP, -1);
	}
}

int lower_turns(struct lower_state *l)
{
	struct swc_turns *turns = NULL;
	struct swc_error refused = {0};
	struct swc_program program;
	struct swc_proof proof;
	void *workspace;
	uint32_t i, n;

	if (!l->report->count[LOWER_LOOP])
		return 0;
	if (sequence_verify(l->s, l->caps, &proof, &program, &workspace,
			    &refused, l->err))
		return -1;
	turns = malloc(swc_turns_bytes(&proof));
	if (turns) {
		n = swc_turns_find(&proof, turns);
		for (i = 0; i < n; i++)
			carry_back(l, &turns[i]);
	}
	free(workspace);
	if (!turns)
		return error_set(l->err, EXIT_IMPOSSIBLE,
				 "%s: no memory for its loops", l->s->path);
	free(turns);
	return 0;
}
