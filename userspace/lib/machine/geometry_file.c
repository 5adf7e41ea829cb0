// SPDX-License-Identifier: GPL-2.0
#include "geometry_file.h"

#include <stdio.h>

#include "yamlfile.h"

/*
 * Nobody means more than this. The largest cache so far is 1152 MiB of L3, the
 * largest TLB has 4096 entries.
 */
#define MAX_KIB	    (4u << 20)
#define MAX_WAYS    1024u
#define MAX_ENTRIES (1u << 20)
#define MIN_LINE    16u
#define MAX_LINE    4096u

/* As bits of pages: GEOMETRY_4K is the first. */
static const char *const page_sizes[] = {"4k", "2m", "4m", "1g", NULL};
_Static_assert(GEOMETRY_4K == 1 << 0 && GEOMETRY_2M == 1 << 1 &&
		       GEOMETRY_4M == 1 << 2 && GEOMETRY_1G == 1 << 3,
	       "in the order of page_sizes");

/* One mapping of the file. */
struct part {
	const struct yamlfile *file;
	const yaml_node_t *node;
	struct error *err;
};

static int take_number(const struct part *p, const char *key, uint32_t least,
		       uint32_t most, uint32_t *value)
{
	return yamlfile_number(p->file, p->node, key, least, most, value,
			       p->err);
}

static int take_answer(const struct part *p, const char *key,
		       enum geometry_answer *answer)
{
	static const char *const words[] = {"no", "yes", NULL};
	unsigned int yes = 0;

	if (yamlfile_word(p->file, p->node, key, words, &yes, p->err))
		return -1;
	if (yamlfile_get(p->file, p->node, key))
		*answer = yes ? GEOMETRY_YES : GEOMETRY_NO;
	return 0;
}

static int take_policy(const struct part *p, enum geometry_policy *policy)
{
	const char *words[GEOMETRY_POLICIES];
	unsigned int i, found = 0;

	for (i = GEOMETRY_LRU; i < GEOMETRY_POLICIES; i++)
		words[i - GEOMETRY_LRU] = geometry_policy_name(i);
	words[i - GEOMETRY_LRU] = NULL;
	if (yamlfile_word(p->file, p->node, "policy", words, &found, p->err))
		return -1;
	if (yamlfile_get(p->file, p->node, "policy"))
		*policy = GEOMETRY_LRU + found;
	return 0;
}

static int take_kind(const struct part *p, enum geometry_tlb_kind *kind)
{
	const char *words[GEOMETRY_TLB_KINDS + 1] = {NULL};
	unsigned int i, found = 0;

	for (i = 0; i < GEOMETRY_TLB_KINDS; i++)
		words[i] = geometry_tlb_kind_name(i);
	if (yamlfile_word(p->file, p->node, "kind", words, &found, p->err))
		return -1;
	*kind = found;
	return 0;
}

/* How many sets there are, and whether there is but one. */
static int divide(struct geometry_cache *c, const struct part *p)
{
	if (c->line_bytes & (c->line_bytes - 1))
		return yamlfile_complain(p->file, p->node, "line_bytes", p->err,
					 "a power of two is needed");
	if (!c->ways)
		return 0;
	if (c->bytes % (c->ways * c->line_bytes))
		return yamlfile_complain(
			p->file, p->node, "ways", p->err,
			"%u KiB aren't a whole number of sets of so many ways "
			"of %u bytes",
			(uint32_t)(c->bytes >> 10), c->line_bytes);
	c->sets = c->bytes / c->line_bytes / c->ways;
	c->fully_associative = c->sets == 1 ? GEOMETRY_YES : GEOMETRY_NO;
	return 0;
}

static int take_cache(struct geometry_cache *out, const struct part *p)
{
	static const char *const keys[] = {"kib",	"ways",	  "line_bytes",
					   "inclusive", "hashed", "policy",
					   NULL};
	struct geometry_cache c = {.source = GEOMETRY_FILE, .line_bytes = 64};
	uint32_t kib = 0;

	if (yamlfile_keys(p->file, p->node, keys, 1, p->err) ||
	    take_number(p, "kib", 1, MAX_KIB, &kib) ||
	    take_number(p, "ways", 1, MAX_WAYS, &c.ways) ||
	    take_number(p, "line_bytes", MIN_LINE, MAX_LINE, &c.line_bytes) ||
	    take_answer(p, "inclusive", &c.inclusive) ||
	    take_answer(p, "hashed", &c.hashed) || take_policy(p, &c.policy))
		return -1;
	c.bytes = kib * 1024ull;
	if (divide(&c, p))
		return -1;
	*out = c;
	return 0;
}

static int take_caches(struct geometry *g, const struct part *caches)
{
	const char *keys[GEOMETRY_CACHES + 1] = {NULL};
	struct part p = *caches;
	enum geometry_level level;

	for (level = 0; level < GEOMETRY_CACHES; level++)
		keys[level] = geometry_level_name(level);
	if (yamlfile_keys(p.file, caches->node, keys, 0, p.err))
		return -1;
	for (level = 0; level < GEOMETRY_CACHES; level++) {
		p.node = yamlfile_get(p.file, caches->node, keys[level]);
		if (p.node && take_cache(&g->cache[level], &p))
			return -1;
	}
	return 0;
}

static int take_tlb(struct geometry *g, const struct part *p)
{
	static const char *const keys[] = {"level", "kind",   "entries", "ways",
					   "pages", "policy", NULL};
	struct geometry_tlb tlb = {.source = GEOMETRY_FILE};
	uint32_t level = 0, pages = GEOMETRY_4K;

	if (yamlfile_keys(p->file, p->node, keys, 3, p->err) ||
	    take_number(p, "level", 1, 2, &level) || take_kind(p, &tlb.kind) ||
	    take_number(p, "entries", 1, MAX_ENTRIES, &tlb.entries) ||
	    take_number(p, "ways", 1, tlb.entries, &tlb.ways) ||
	    yamlfile_words(p->file, p->node, "pages", page_sizes, &pages,
			   p->err) ||
	    take_policy(p, &tlb.policy))
		return -1;
	if (tlb.ways && tlb.entries % tlb.ways)
		return yamlfile_complain(p->file, p->node, "ways", p->err,
					 "%u entries aren't a whole number of "
					 "sets of so many ways",
					 tlb.entries);
	tlb.level = level;
	tlb.pages = pages;
	geometry_add_tlb(g, &tlb);
	return 0;
}

static int take_tlbs(struct geometry *g, const struct part *top)
{
	struct part p = *top;
	const yaml_node_t *list;
	size_t i, n;

	if (yamlfile_list(p.file, top->node, "tlbs", GEOMETRY_TLBS, &list, &n,
			  p.err))
		return -1;
	for (i = 0; i < n; i++) {
		p.node = yamlfile_entry(p.file, list, i);
		if (take_tlb(g, &p))
			return -1;
	}
	if (!n)
		snprintf(g->tlb_why, sizeof(g->tlb_why),
			 "the file describes no TLB");
	return 0;
}

static int take(struct geometry *g, const struct part *top)
{
	static const char *const keys[] = {"vendor", "caches", "tlbs", NULL};
	struct part caches = *top;

	if (yamlfile_keys(top->file, top->node, keys, 0, top->err) ||
	    yamlfile_text(top->file, top->node, "vendor", g->vendor,
			  sizeof(g->vendor), top->err))
		return -1;
	caches.node = yamlfile_get(top->file, top->node, "caches");
	if (caches.node && take_caches(g, &caches))
		return -1;
	return take_tlbs(g, top);
}

int geometry_of_file(struct geometry *g, const char *path, struct error *err)
{
	struct yamlfile file;
	struct part top = {.file = &file, .err = err};
	int rc;

	*g = (struct geometry){0};
	if (yamlfile_open(&file, path, err))
		return -1;
	top.node = yamlfile_top(&file);
	rc = take(g, &top);
	yamlfile_close(&file);
	return rc;
}
