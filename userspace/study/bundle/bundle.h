/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_BUNDLE_H
#define SWC_BUNDLE_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * A bundle is one file that somebody sends to have a machine's figures published: what
 * verbs printed on it, as far as others can see from it that it is right (held.h).
 *
 *	{"bundle": 2,
 *	 "parts": {"doctor": {...}, "record": {...}, "sequence": "...", ...},
 *	 "digests": {"doctor": "0123456789abcdef", ...},
 *	 "hash": "..."}
 *
 * A digest is FNV-1a of the part's JSON, without blanks, its keys sorted, and all digits of
 * its numbers; the hash is that of the rest. Both find damage and carelessness, and
 * authenticate nothing: crosscheck.h computes again what the parts hold.
 */

/* More than that is more than a machine's figures take, bytes. */
#define BUNDLE_MOST 200000u

/* The parts, in the order in which they are measured. */
enum bundle_part {
	BUNDLE_DOCTOR,
	BUNDLE_RECORD,
	BUNDLE_SEQUENCE, /* a text: what was lowered of the recording */
	BUNDLE_REPLAY,
	BUNDLE_CLAIMS,
	BUNDLE_PARTS,
};

/* bundle_part_name() - "doctor", as in the file. */
const char *bundle_part_name(unsigned int part);

/**
 * struct bundle - one
 * @parts: of each verb; NULL: there is none
 */
struct bundle {
	json_t *parts[BUNDLE_PARTS];
};

/* bundle_digest() - of a part, or of anything. */
uint64_t bundle_digest(const json_t *json);

/* bundle_json() - the file's content. Return: to be freed by json_decref(); NULL. */
json_t *bundle_json(const struct bundle *bundle);

/* bundle_bytes() - of the file. Return: 0: no memory. */
size_t bundle_bytes(const struct bundle *bundle);

/* bundle_write() - Return: 0, or -1 with @err set: also if it is too large. */
int bundle_write(const struct bundle *bundle, const char *path,
		 struct error *err);

/*
 * bundle_take() - the parts of a file's content, if hash and digests are theirs.
 * bundle_read() - likewise of a file. bundle_free() in any case. Return: 0, or -1 with
 * @err set: EXIT_USAGE for what is no bundle, EXIT_CHECK_FAILED for what was changed.
 */
int bundle_take(struct bundle *bundle, const json_t *json, const char *path,
		struct error *err);
int bundle_read(struct bundle *bundle, const char *path, struct error *err);
void bundle_free(struct bundle *bundle);

#endif
