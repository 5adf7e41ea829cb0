// SPDX-License-Identifier: GPL-2.0
#include "bundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fnv.h"
#include "outfile.h"

#define FORMAT 2

const char *bundle_part_name(unsigned int part)
{
	static const char *const names[] = {
		[BUNDLE_DOCTOR] = "doctor",	[BUNDLE_RECORD] = "record",
		[BUNDLE_SEQUENCE] = "sequence", [BUNDLE_REPLAY] = "replay",
		[BUNDLE_CLAIMS] = "claims",
	};

	return names[part];
}

static int add_bytes(const char *bytes, size_t n, void *hash)
{
	*(uint64_t *)hash = fnv1a(*(uint64_t *)hash, bytes, n);
	return 0;
}

uint64_t bundle_digest(const json_t *json)
{
	uint64_t hash = FNV_BASIS;

	json_dump_callback(json, add_bytes, &hash,
			   JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY |
				   JSON_REAL_PRECISION(17));
	return hash;
}

static json_t *digest_text(const json_t *json)
{
	return json_sprintf("%016" PRIx64, bundle_digest(json));
}

json_t *bundle_json(const struct bundle *bundle)
{
	json_t *parts = json_object(), *digests = json_object(), *all;
	unsigned int i;

	for (i = 0; i < BUNDLE_PARTS; i++) {
		if (!bundle->parts[i])
			continue;
		json_object_set(parts, bundle_part_name(i), bundle->parts[i]);
		json_object_set_new(digests, bundle_part_name(i),
				    digest_text(bundle->parts[i]));
	}
	all = json_pack("{s:i, s:o, s:o}", "bundle", FORMAT, "parts", parts,
			"digests", digests);
	json_object_set_new(all, "hash", digest_text(all));
	return all;
}

static int put_text(const void *text, FILE *to)
{
	return fputs(text, to) == EOF || fputc('\n', to) == EOF;
}

static char *text_of(const struct bundle *bundle)
{
	json_t *all = bundle_json(bundle);
	char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(10));

	json_decref(all);
	return text;
}

size_t bundle_bytes(const struct bundle *bundle)
{
	char *text = text_of(bundle);
	size_t n = text ? strlen(text) : 0;

	free(text);
	return n;
}

int bundle_write(const struct bundle *bundle, const char *path,
		 struct error *err)
{
	char *text = text_of(bundle);
	int rc = -1;

	if (!text)
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	else if (strlen(text) > BUNDLE_MOST)
		error_set(err, EXIT_USAGE,
			  "%s: would have %zu bytes, more than %u: take "
			  "fewer claims (--catalogue)",
			  path, strlen(text), BUNDLE_MOST);
	else
		rc = outfile_write(path, put_text, text, err);
	free(text);
	return rc;
}

static int refuse(const char *path, const char *what, struct error *err)
{
	return error_set(err, EXIT_CHECK_FAILED,
			 "%s: %s: the file was damaged or changed: ask for it "
			 "again",
			 path, what);
}

/* Is @text the digest of @json? */
static bool is_digest(const json_t *text, const json_t *json)
{
	json_t *digest = digest_text(json);
	bool equal = json_equal(text, digest);

	json_decref(digest);
	return equal;
}

static int check_hash(const json_t *json, const char *path, struct error *err)
{
	json_t *rest = json_copy((json_t *)json);
	bool right;

	json_object_del(rest, "hash");
	right = is_digest(json_object_get(json, "hash"), rest);
	json_decref(rest);
	return right ? 0 : refuse(path, "its hash isn't that of the file", err);
}

static int take_part(struct bundle *bundle, unsigned int i, const json_t *json,
		     const char *path, struct error *err)
{
	const char *name = bundle_part_name(i);
	json_t *part = json_object_get(json_object_get(json, "parts"), name);
	char what[80];

	if (i == BUNDLE_SEQUENCE ? !json_is_string(part)
				 : !json_is_object(part))
		return error_set(err, EXIT_USAGE,
				 "%s: has no %s: contribute it "
				 "again",
				 path, name);
	if (!is_digest(json_object_get(json_object_get(json, "digests"), name),
		       part)) {
		snprintf(what, sizeof(what),
			 "the digest of %s isn't that part's", name);
		return refuse(path, what, err);
	}
	bundle->parts[i] = json_incref(part);
	return 0;
}

int bundle_take(struct bundle *bundle, const json_t *json, const char *path,
		struct error *err)
{
	unsigned int i;

	*bundle = (struct bundle){.parts = {NULL}};
	if (json_integer_value(json_object_get(json, "bundle")) != FORMAT)
		return error_set(err, EXIT_USAGE,
				 "%s: no bundle of this format: give what "
				 "switchcost contribute wrote",
				 path);
	if (json_object_size(json) != 4 ||
	    json_object_size(json_object_get(json, "parts")) != BUNDLE_PARTS ||
	    json_object_size(json_object_get(json, "digests")) != BUNDLE_PARTS)
		return refuse(path, "it has more or less than a bundle has",
			      err);
	if (check_hash(json, path, err))
		return -1;
	for (i = 0; i < BUNDLE_PARTS; i++) {
		if (take_part(bundle, i, json, path, err))
			return -1;
	}
	return 0;
}

int bundle_read(struct bundle *bundle, const char *path, struct error *err)
{
	json_error_t where;
	json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	int rc;

	*bundle = (struct bundle){.parts = {NULL}};
	if (!json)
		return error_set(err, EXIT_USAGE, "%s:%d: %s: give a bundle",
				 path, where.line, where.text);
	rc = bundle_take(bundle, json, path, err);
	json_decref(json);
	return rc;
}

void bundle_free(struct bundle *bundle)
{
	unsigned int i;

	for (i = 0; i < BUNDLE_PARTS; i++)
		json_decref(bundle->parts[i]);
	*bundle = (struct bundle){.parts = {NULL}};
}
