// SPDX-License-Identifier: GPL-2.0
#include "versions.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studies.h"

static int is_version(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) &&
	       strspn(entry->d_name, "0123456789.") == strlen(entry->d_name);
}

/* As versions are ordered: 1.9 comes before 1.19. */
static int by_version(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

int versions_find(struct versions *v, const char *programs, struct error *err)
{
	struct dirent **list;
	char path[PATH_MAX];
	int i, n = scandir(programs, &list, is_version, by_version);

	*v = (struct versions){.n = 0};
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/goprobe", programs,
			 list[i]->d_name);
		if (!access(path, X_OK) && v->n < CLAIM_VERSIONS)
			snprintf(v->names[v->n++], sizeof(v->names[0]), "%.15s",
				 list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	if (v->n)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%s: no goprobe of any version of Go: "
			 "scripts/claims-programs builds them",
			 programs);
}

static bool of_program(const struct operand *o)
{
	return study_row(o->study)->scenario || o->study == STUDY_PROGRAM;
}

static bool can_be_spread(const struct claim *c)
{
	bool program = false;
	size_t i;

	for (i = 0; i < c->ncases; i++) {
		const struct quantity *q = &c->cases[i].quantity;

		if (q->of.go[0] || q->minus.go[0] || q->over.go[0])
			return false;
		program |= of_program(&q->of);
	}
	return program && !c->cannot[0];
}

static void name_version(struct operand *o, const char *version)
{
	if (of_program(o))
		snprintf(o->go, sizeof(o->go), "%s", version);
}

static void take_version(struct claim_case *c, const struct claim_case *of,
			 const char *version)
{
	*c = *of;
	snprintf(c->go, sizeof(c->go), "%s", version);
	snprintf(c->name, sizeof(c->name), "Go %s%s%.*s", version,
		 of->name[0] ? ": " : "", (int)sizeof(c->name) - 32, of->name);
	name_version(&c->quantity.of, version);
	if (c->quantity.has_minus)
		name_version(&c->quantity.minus, version);
	if (c->quantity.has_over)
		name_version(&c->quantity.over, version);
}

static int spread(const struct versions *v, struct claim *c, struct error *err)
{
	size_t n = c->ncases * v->n, i, k;
	struct claim_case *cases;

	if (n > CLAIM_CASES)
		return error_set(err, EXIT_USAGE,
				 "%s: %zu cases of %zu versions of Go are more "
				 "than %d: leave some out",
				 c->id, c->ncases, v->n, CLAIM_CASES);
	cases = calloc(n, sizeof(*cases));
	if (!cases)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory for claims");
	for (i = 0; i < v->n; i++)
		for (k = 0; k < c->ncases; k++)
			take_version(&cases[i * c->ncases + k], &c->cases[k],
				     v->names[i]);
	free(c->cases);
	c->cases = cases;
	c->ncases = n;
	c->nversions = v->n;
	return 0;
}

int versions_spread(const struct versions *v, struct claimfile *file,
		    struct error *err)
{
	size_t i;

	for (i = 0; i < file->n; i++)
		if (can_be_spread(&file->claims[i]) &&
		    spread(v, &file->claims[i], err))
			return -1;
	return 0;
}

int versions_read(struct claimfile *file, const char *path,
		  const char *programs, struct error *err)
{
	struct versions versions;

	if (claimfile_read(file, path, err))
		return -1;
	if (!programs || (!versions_find(&versions, programs, err) &&
			  !versions_spread(&versions, file, err)))
		return 0;
	claimfile_free(file);
	return -1;
}
