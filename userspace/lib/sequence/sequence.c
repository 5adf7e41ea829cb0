// SPDX-License-Identifier: GPL-2.0
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

#include "engine/optable.h"

static int no_memory(const struct sequence *s, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
			 s->path ? s->path : "sequence");
}

int sequence_init(struct sequence *s, const char *path, struct error *err)
{
	*s = (struct sequence){.entry_region = SWC_NO_REGION};
	s->path = strdup(path);
	if (!s->path || names_add(&s->functions, "") < 0)
		return no_memory(s, err);
	return 0;
}

static void names_free(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

void sequence_free(struct sequence *s)
{
	names_free(&s->region_names);
	names_free(&s->marks);
	names_free(&s->functions);
	free(s->regions);
	free(s->touches);
	free(s->places);
	free(s->notes);
	free(s->ops);
	free(s->path);
	*s = (struct sequence){0};
}

struct swc_op sequence_op(enum swc_op_kind kind)
{
	return (struct swc_op){
		.kind = kind,
		.dst = SWC_REG_NONE,
		.src = SWC_REG_NONE,
		.base = SWC_REG_NONE,
		.index = SWC_REG_NONE,
	};
}

static int grow(struct sequence *s)
{
	size_t capacity = s->capacity ? 2 * s->capacity : 256;
	struct sequence_note *notes;
	struct swc_op *ops;

	ops = reallocarray(s->ops, capacity, sizeof(*ops));
	if (!ops)
		return -1;
	s->ops = ops;
	notes = reallocarray(s->notes, capacity, sizeof(*notes));
	if (!notes)
		return -1;
	s->notes = notes;
	s->capacity = capacity;
	return 0;
}

int sequence_append(struct sequence *s, const struct swc_op *op,
		    struct sequence_note note, struct error *err)
{
	if (s->nops == s->capacity && grow(s))
		return no_memory(s, err);
	s->ops[s->nops] = *op;
	s->notes[s->nops] = note;
	s->nops++;
	return 0;
}

int names_find(const struct names *names, const char *text)
{
	size_t i;

	for (i = 0; i < names->n; i++) {
		if (!strcmp(names->list[i], text))
			return i;
	}
	return -1;
}

int names_add(struct names *names, const char *text)
{
	int found = names_find(names, text);
	char **list;

	if (found >= 0)
		return found;
	list = reallocarray(names->list, names->n + 1, sizeof(*list));
	if (!list)
		return -1;
	names->list = list;
	list[names->n] = strdup(text);
	if (!list[names->n])
		return -1;
	return names->n++;
}

int sequence_region(struct sequence *s, const char *name, uint32_t pages,
		    struct error *err)
{
	size_t n = s->region_names.n;
	struct swc_region *regions;

	if (names_find(&s->region_names, name) >= 0)
		return error_set(err, EXIT_USAGE,
				 "%s: region %s exists already: rename one",
				 s->path, name);
	if (n >= SWC_MAX_REGIONS)
		return error_set(err, EXIT_USAGE,
				 "%s: region %s: more than %u regions", s->path,
				 name, SWC_MAX_REGIONS);
	regions = reallocarray(s->regions, n + 1, sizeof(*regions));
	if (!regions)
		return no_memory(s, err);
	s->regions = regions;
	regions[n] = (struct swc_region){.pages = pages};
	if (names_add(&s->region_names, name) < 0)
		return no_memory(s, err);
	return n;
}

static int copy_names(struct names *to, const struct names *from)
{
	size_t i;

	for (i = to->n; i < from->n; i++) {
		if (names_add(to, from->list[i]) < 0)
			return -1;
	}
	return 0;
}

static int copy_frame(struct sequence *s, const struct sequence *other,
		      const uint32_t *more, struct error *err)
{
	size_t i;

	if (copy_names(&s->marks, &other->marks) ||
	    copy_names(&s->functions, &other->functions))
		return no_memory(s, err);
	for (i = 0; i < other->region_names.n; i++) {
		if (sequence_region(s, other->region_names.list[i],
				    other->regions[i].pages +
					    (more ? more[i] : 0),
				    err) < 0)
			return -1;
	}
	if (other->places) {
		s->places =
			calloc(other->region_names.n + 1, sizeof(*s->places));
		if (!s->places)
			return no_memory(s, err);
		memcpy(s->places, other->places,
		       other->region_names.n * sizeof(*s->places));
	}
	s->entry_region = other->entry_region;
	s->entry_offset = other->entry_offset;
	if (more && s->entry_region != SWC_NO_REGION)
		s->entry_offset += more[s->entry_region] * SWC_PAGE_BYTES;
	return 0;
}

int sequence_like(struct sequence *s, const struct sequence *other,
		  const uint32_t *more, struct error *err)
{
	if (sequence_init(s, other->path, err))
		return -1;
	if (!copy_frame(s, other, more, err))
		return 0;
	sequence_free(s);
	return -1;
}

struct swc_program sequence_program(const struct sequence *s)
{
	return (struct swc_program){
		.ops = s->ops,
		.regions = s->regions,
		.nops = s->nops < SWC_MAX_OPS ? s->nops : SWC_MAX_OPS + 1,
		.nregions = s->region_names.n,
		.entry_region = s->entry_region,
		.entry_offset = s->entry_offset,
		.open_end = s->open_end,
	};
}

struct swc_load sequence_load(const struct sequence *s)
{
	struct swc_program p = sequence_program(s);

	return (struct swc_load){
		.ops = (uintptr_t)p.ops,
		.regions = (uintptr_t)p.regions,
		.nops = p.nops,
		.nregions = p.nregions,
		.entry_region = p.entry_region,
		.entry_offset = p.entry_offset,
		.flags = p.open_end ? SWC_LOAD_OPEN_END : 0,
	};
}

int sequence_refusal(const struct sequence *s, const struct swc_error *refused,
		     struct error *err)
{
	const struct swc_op_traits *traits;
	const struct sequence_note *note;

	/* Another kernel would accept it. */
	if (refused->code == SWC_ERR_CODE_PAGES)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: %s", s->path,
				 swc_error_text(refused->code));
	if (refused->op >= s->nops)
		return error_set(err, EXIT_USAGE, "%s: %s", s->path,
				 swc_error_text(refused->code));
	traits = swc_op_traits(s->ops[refused->op].kind);
	note = &s->notes[refused->op];
	return error_set(err, EXIT_USAGE, "%s:%u: op %u (%s): %s", s->path,
			 note->line, refused->op, traits ? traits->name : "?",
			 swc_error_text(refused->code));
}

/* Asks the verifier; with @unproved, as swc_verify_unproved(). */
static int ask(const struct sequence *s, const struct swc_caps *caps,
	       struct swc_proof *proof, struct swc_program *program,
	       void **workspace, uint8_t *unproved, struct swc_error *refused,
	       struct error *err)
{
	uint64_t bytes;

	*program = sequence_program(s);
	bytes = swc_verify_bytes(program, refused);
	if (!bytes)
		return sequence_refusal(s, refused, err);
	*workspace = malloc(bytes);
	if (!*workspace)
		return no_memory(s, err);
	if (!swc_verify_unproved(program, caps, *workspace, proof, unproved,
				 refused))
		return 0;
	free(*workspace);
	*workspace = NULL;
	return sequence_refusal(s, refused, err);
}

int sequence_verify(const struct sequence *s, const struct swc_caps *caps,
		    struct swc_proof *proof, struct swc_program *program,
		    void **workspace, struct swc_error *refused,
		    struct error *err)
{
	return ask(s, caps, proof, program, workspace, NULL, refused, err);
}

int sequence_prove(const struct sequence *s, const struct swc_caps *caps,
		   uint8_t *unproved, struct swc_error *refused,
		   struct error *err)
{
	struct swc_program program;
	struct swc_proof proof;
	void *workspace;

	if (ask(s, caps, &proof, &program, &workspace, unproved, refused, err))
		return -1;
	free(workspace);
	return 0;
}

static void give_up(struct swc_op *op)
{
	if (op->kind == SWC_OP_AIM)
		op->src = SWC_REG_NONE;
	if (op->kind != SWC_OP_DIV) {
		/* RSP's value is known: it needs no proof. */
		if (op->base == SWC_REG_RSP)
			return;
		op->base = op->index;
		op->index = SWC_REG_NONE;
		return;
	}
	op->kind = SWC_OP_CHAIN;
	op->size = 0;
	op->src = SWC_REG_NONE;
	op->dst = SWC_REG_RAX;
	op->imm = SEQUENCE_DIVISION_CYCLES;
}

bool sequence_is_unproved(const uint8_t *unproved, size_t bit)
{
	return unproved[bit / 8] & (1u << (bit % 8));
}

size_t sequence_give_up(struct sequence *s, const uint8_t *unproved)
{
	bool index, rest;
	size_t i, n = 0;

	for (i = 0; i < s->nops; i++) {
		index = sequence_is_unproved(unproved, SWC_UNPROVED_INDEX(i));
		rest = sequence_is_unproved(unproved, SWC_UNPROVED(i));
		if (index)
			s->ops[i].index = SWC_REG_NONE;
		if (rest)
			give_up(&s->ops[i]);
		n += index + rest;
	}
	return n;
}
