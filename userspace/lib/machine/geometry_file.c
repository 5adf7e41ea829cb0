// SPDX-License-Identifier: GPL-2.0
#include "geometry_file.h"

#include <stdio.h>

#include "engine/freestanding.h"
#include "yamlfile.h"

/*
 * Limits of what somebody can mean. The largest cache so far is 1152 MiB of L3,
 * the largest TLB has 4096 entries.
 */
#define MAX_KIB	    (4u << 20)
#define MAX_WAYS    1024u
#define MAX_ENTRIES (1u << 20)
#define MIN_LINE    16u
#define MAX_LINE    4096u
#define LINE	    64u /* unless the file tells another */

struct file_cache {
	uint32_t kib;
	uint32_t ways;
	uint32_t line_bytes;
	enum geometry_answer inclusive;
	enum geometry_answer hashed;
	enum geometry_policy policy;
};

struct file_caches {
	struct file_cache *l1d, *l1i, *l2, *l3;
};

struct file_tlb {
	uint32_t level;
	uint32_t entries;
	uint32_t ways;
	enum geometry_tlb_kind kind;
	uint32_t pages;
	enum geometry_policy policy;
};

struct file_geometry {
	char *vendor;
	struct file_caches *caches;
	struct file_tlb *tlbs;
	uint32_t tlbs_count;
};

static const cyaml_strval_t answers[] = {
	{"yes", GEOMETRY_YES},
	{"no", GEOMETRY_NO},
};

static const cyaml_strval_t policies[] = {
	{"lru", GEOMETRY_LRU},
	{"plru", GEOMETRY_PLRU},
	{"random", GEOMETRY_RANDOM},
};

static const cyaml_strval_t kinds[] = {
	{"data", GEOMETRY_TLB_DATA},	   {"code", GEOMETRY_TLB_CODE},
	{"unified", GEOMETRY_TLB_UNIFIED}, {"load", GEOMETRY_TLB_LOAD},
	{"store", GEOMETRY_TLB_STORE},
};

static const cyaml_strval_t pages[] = {
	{"4k", GEOMETRY_4K},
	{"2m", GEOMETRY_2M},
	{"4m", GEOMETRY_4M},
	{"1g", GEOMETRY_1G},
};

#define ENUM(key, flags, type, names)                                         \
	CYAML_FIELD_ENUM(#key, CYAML_FLAG_STRICT | (flags), type, key, names, \
			 ARRAY_SIZE(names))
#define OPTIONAL CYAML_FLAG_OPTIONAL

static const cyaml_schema_field_t cache_fields[] = {
	CYAML_FIELD_UINT("kib", CYAML_FLAG_DEFAULT, struct file_cache, kib),
	CYAML_FIELD_UINT("ways", OPTIONAL, struct file_cache, ways),
	CYAML_FIELD_UINT("line_bytes", OPTIONAL, struct file_cache, line_bytes),
	ENUM(inclusive, OPTIONAL, struct file_cache, answers),
	ENUM(hashed, OPTIONAL, struct file_cache, answers),
	ENUM(policy, OPTIONAL, struct file_cache, policies),
	CYAML_FIELD_END,
};

#define CACHE(key)                                                   \
	CYAML_FIELD_MAPPING_PTR(#key, CYAML_FLAG_POINTER | OPTIONAL, \
				struct file_caches, key, cache_fields)

static const cyaml_schema_field_t caches_fields[] = {
	CACHE(l1d), CACHE(l1i), CACHE(l2), CACHE(l3), CYAML_FIELD_END,
};

static const cyaml_schema_field_t tlb_fields[] = {
	CYAML_FIELD_UINT("level", CYAML_FLAG_DEFAULT, struct file_tlb, level),
	CYAML_FIELD_UINT("entries", CYAML_FLAG_DEFAULT, struct file_tlb,
			 entries),
	CYAML_FIELD_UINT("ways", OPTIONAL, struct file_tlb, ways),
	ENUM(kind, CYAML_FLAG_DEFAULT, struct file_tlb, kinds),
	CYAML_FIELD_FLAGS("pages", CYAML_FLAG_STRICT | OPTIONAL,
			  struct file_tlb, pages, pages, ARRAY_SIZE(pages)),
	ENUM(policy, OPTIONAL, struct file_tlb, policies),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t tlb_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct file_tlb, tlb_fields),
};

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR("vendor", CYAML_FLAG_POINTER | OPTIONAL,
			       struct file_geometry, vendor, 0,
			       sizeof(((struct geometry *)0)->vendor) - 1),
	CYAML_FIELD_MAPPING_PTR("caches", CYAML_FLAG_POINTER | OPTIONAL,
				struct file_geometry, caches, caches_fields),
	CYAML_FIELD_SEQUENCE("tlbs", CYAML_FLAG_POINTER | OPTIONAL,
			     struct file_geometry, tlbs, &tlb_schema, 0,
			     GEOMETRY_TLBS),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_geometry, fields),
};

/* Where values are looked for, to tell their line. */
struct place {
	const struct yamlfile *file;
	const yaml_node_t *node;
	struct error *err;
};

/* Is a number in its range? A @least of 0 lets it be left out. */
static int check_number(const struct place *p, const char *key, uint32_t value,
			uint32_t least, uint32_t most)
{
	if (value >= least && value <= most)
		return 0;
	return error_set(p->err, EXIT_USAGE,
			 "%s:%zu: %s: %u: a number from %u to %u is needed",
			 p->file->path,
			 yamlfile_line(yamlfile_key(p->file, p->node, key)),
			 key, value, least ? least : 1, most);
}

static int complain(const struct place *p, const char *key, const char *what)
{
	return error_set(p->err, EXIT_USAGE, "%s:%zu: %s", p->file->path,
			 yamlfile_line(yamlfile_key(p->file, p->node, key)),
			 what);
}

static int take_cache(struct geometry_cache *out, const struct file_cache *in,
		      const struct place *p)
{
	uint32_t line = in->line_bytes ? in->line_bytes : LINE;
	uint64_t bytes = in->kib * 1024ull;
	char what[128];

	if (check_number(p, "kib", in->kib, 1, MAX_KIB) ||
	    check_number(p, "ways", in->ways, 0, MAX_WAYS) ||
	    check_number(p, "line_bytes", line, MIN_LINE, MAX_LINE))
		return -1;
	if (line & (line - 1))
		return complain(p, "line_bytes",
				"line_bytes: a power of two is needed");
	snprintf(what, sizeof(what),
		 "%u KiB aren't a whole number of sets of %u ways of %u bytes",
		 in->kib, in->ways, line);
	if (in->ways && bytes % (in->ways * line))
		return complain(p, "ways", what);
	*out = (struct geometry_cache){
		.source = GEOMETRY_FILE,
		.bytes = bytes,
		.line_bytes = line,
		.ways = in->ways,
		.sets = in->ways ? bytes / line / in->ways : 0,
		.inclusive = in->inclusive,
		.hashed = in->hashed,
		.policy = in->policy,
	};
	if (in->ways)
		out->fully_associative = out->sets == 1 ? GEOMETRY_YES
							: GEOMETRY_NO;
	return 0;
}

static int take_tlb(struct geometry *g, const struct file_tlb *in,
		    const struct place *p)
{
	struct geometry_tlb tlb = {
		.level = in->level,
		.kind = in->kind,
		.pages = in->pages ? in->pages : GEOMETRY_4K,
		.entries = in->entries,
		.ways = in->ways,
		.policy = in->policy,
		.source = GEOMETRY_FILE,
	};
	char what[128];

	if (check_number(p, "level", in->level, 1, 2) ||
	    check_number(p, "entries", in->entries, 1, MAX_ENTRIES) ||
	    check_number(p, "ways", in->ways, 0, in->entries))
		return -1;
	snprintf(what, sizeof(what),
		 "%u entries aren't a whole number of sets of %u ways",
		 in->entries, in->ways);
	if (in->ways && in->entries % in->ways)
		return complain(p, "ways", what);
	geometry_add_tlb(g, &tlb);
	return 0;
}

static int take_caches(struct geometry *g, const struct file_caches *in,
		       const struct place *caches)
{
	const struct file_cache *const list[GEOMETRY_CACHES] = {
		[GEOMETRY_L1D] = in->l1d,
		[GEOMETRY_L1I] = in->l1i,
		[GEOMETRY_L2] = in->l2,
		[GEOMETRY_L3] = in->l3,
	};
	struct place p = *caches;
	enum geometry_level level;

	for (level = 0; level < GEOMETRY_CACHES; level++) {
		p.node = yamlfile_key(p.file, caches->node,
				      geometry_level_name(level));
		if (list[level] &&
		    take_cache(&g->cache[level], list[level], &p))
			return -1;
	}
	return 0;
}

static int take(struct geometry *g, const struct file_geometry *in,
		const struct yamlfile *file, struct error *err)
{
	const yaml_node_t *top = yamlfile_top(file), *list;
	struct place p = {.file = file, .err = err};
	uint32_t i;

	snprintf(g->vendor, sizeof(g->vendor), "%s",
		 in->vendor ? in->vendor : "");
	p.node = yamlfile_key(file, top, "caches");
	if (in->caches && take_caches(g, in->caches, &p))
		return -1;
	list = yamlfile_key(file, top, "tlbs");
	for (i = 0; i < in->tlbs_count; i++) {
		p.node = yamlfile_entry(file, list, i);
		if (take_tlb(g, &in->tlbs[i], &p))
			return -1;
	}
	if (!g->ntlbs)
		snprintf(g->tlb_why, sizeof(g->tlb_why),
			 "the file describes no TLB");
	return 0;
}

int geometry_of_file(struct geometry *g, const char *path, struct error *err)
{
	struct yamlfile file;
	void *data;
	int rc = -1;

	*g = (struct geometry){0};
	if (yamlfile_open(&file, path, err))
		return -1;
	if (!yamlfile_load(&file, &schema, &data, err)) {
		rc = take(g, data, &file, err);
		yamlfile_free(&schema, data);
	}
	yamlfile_close(&file);
	return rc;
}
