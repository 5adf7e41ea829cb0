// SPDX-License-Identifier: GPL-2.0
#include "expect.h"

#include <string.h>

#include "yamlfile.h"

static const struct judged_claim *find(const struct judging *judging,
				       const char *id)
{
	size_t i;

	for (i = 0; i < judging->n; i++)
		if (!strcmp(judging->claims[i].claim->id, id))
			return &judging->claims[i];
	return NULL;
}

/* Keys of a result that are none of the expectations are left alone. */
static int check_one(const struct yamlfile *f, const yaml_node_t *node,
		     const struct judging *judging, struct error *err)
{
	const char *words[VERDICTS + 1] = {NULL};
	const struct judged_claim *found;
	unsigned int i, verdict = 0;
	char id[CLAIM_ID] = "";

	for (i = 0; i < VERDICTS; i++)
		words[i] = verdict_name(i);
	if (yamlfile_text(f, node, "id", id, sizeof(id), err) ||
	    yamlfile_word(f, node, "verdict", words, &verdict, err))
		return -1;
	if (!id[0] || !yamlfile_get(f, node, "verdict"))
		return error_set(err, EXIT_USAGE,
				 "%s:%zu: id and verdict are needed", f->path,
				 yamlfile_line(node));
	found = find(judging, id);
	if (found && found->judgement.verdict == verdict)
		return 0;
	return error_set(err, EXIT_CHECK_FAILED,
			 "%s: %s is expected, but it is %s: look at the "
			 "claim's why",
			 id, verdict_name(verdict),
			 found ? verdict_name(found->judgement.verdict)
			       : "not among the claims");
}

int expect_check(const char *path, const struct judging *judging,
		 struct error *err)
{
	const yaml_node_t *list;
	struct yamlfile f;
	size_t i, n = 0;
	int rc;

	if (yamlfile_open(&f, path, err))
		return -1;
	rc = yamlfile_list(&f, yamlfile_top(&f), "claims", CLAIMFILE_MAX, &list,
			   &n, err);
	if (!rc && !list)
		rc = error_set(err, EXIT_USAGE, "%s:1: claims: it is missing",
			       path);
	for (i = 0; !rc && i < n; i++)
		rc = check_one(&f, yamlfile_entry(&f, list, i), judging, err);
	yamlfile_close(&f);
	return rc;
}
