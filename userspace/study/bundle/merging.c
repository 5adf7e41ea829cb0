// SPDX-License-Identifier: GPL-2.0
#include "merging.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "outfile.h"
#include "result.h"
#include "resultjson.h"

/* "GenuineIntel" is intel, "KVMKVMKVM" kvm; another name is itself in small letters. */
static const struct {
	const char *says;
	const char *name;
} short_names[] = {
	{"GenuineIntel", "intel"},  {"AuthenticAMD", "amd"},
	{"KVMKVMKVM", "kvm"},	    {"Microsoft Hv", "hyperv"},
	{"VMwareVMware", "vmware"}, {"XenVMMXenVMM", "xen"},
	{"none", "metal"},
};

static void add_word(char *text, size_t bytes, const char *word)
{
	size_t used = strlen(text), i;
	char *c;

	for (i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++) {
		if (!strcmp(word, short_names[i].says))
			word = short_names[i].name;
	}
	snprintf(text + used, bytes - used, "%s%s", used ? "-" : "", word);
	for (c = text + used; *c; c++)
		*c = isalnum((unsigned char)*c) || *c == '-'
			     ? (char)tolower((unsigned char)*c)
			     : '-';
}

static const char *word(const struct bundle *b, enum bundle_part part,
			const char *key)
{
	const char *found = result_word(result_of_json(b->parts[part]), key);

	return found ? found : "unknown";
}

static void describe(struct merged *one, const struct bundle *b)
{
	char signature[32];

	snprintf(signature, sizeof(signature), "%.5s",
		 word(b, BUNDLE_DOCTOR, "provenance.cpu_signature"));
	add_word(one->machine, sizeof(one->machine),
		 word(b, BUNDLE_DOCTOR, "geometry.vendor"));
	add_word(one->machine, sizeof(one->machine), signature);
	add_word(one->machine, sizeof(one->machine),
		 word(b, BUNDLE_DOCTOR, "provenance.hypervisor"));
	snprintf(one->go, sizeof(one->go), "%s",
		 word(b, BUNDLE_RECORD, "provenance.go"));
}

/* A folder that isn't there yet: of the machine's name, or of that with a number. */
static int make_folder(const char *output, struct merged *one,
		       struct error *err)
{
	char number[16] = "", path[sizeof(one->folder)];
	unsigned int i;

	for (i = 2; i < 1000; i++) {
		snprintf(path, sizeof(path), "%s/%s%s", output, one->machine,
			 number);
		if (!mkdir(path, 0777)) {
			memcpy(one->folder, path, sizeof(path));
			return 0;
		}
		if (errno != EEXIST)
			break;
		snprintf(number, sizeof(number), "-%u", i);
	}
	return error_set(err, EXIT_USAGE,
			 "%s: cannot make it: %s: is %s there?", path,
			 strerror(errno), output);
}

static int put_claims(const void *claims, FILE *to)
{
	return result_write(claims, to);
}

/* Claims are published as they were judged here; the bundle is kept, so that others can do so, too. */
static int put_parts(struct merged *one, const struct bundle *b,
		     struct error *err)
{
	char path[sizeof(one->folder) + 32];

	snprintf(path, sizeof(path), "%s/claims.json", one->folder);
	if (outfile_write(path, put_claims, one->found.claims, err))
		return -1;
	snprintf(path, sizeof(path), "%s/bundle.json", one->folder);
	return bundle_write(b, path, err);
}

int merging_add(struct merging *m, const char *path, struct error *err)
{
	struct merged *one = &m->list[m->n++];
	struct error why = {0};
	struct bundle b;
	int rc = 0;

	*one = (struct merged){.path = path};
	one->accepted = !bundle_read(&b, path, &why) &&
			!crosscheck(&b, path, &m->check, &one->found, &why);
	if (one->accepted) {
		describe(one, &b);
		if (m->output && (make_folder(m->output, one, err) ||
				  put_parts(one, &b, err)))
			rc = -1;
	} else {
		m->refused++;
		one->found.claims = NULL;
		snprintf(one->why, sizeof(one->why), "%s", why.text);
	}
	bundle_free(&b);
	return rc;
}

void merging_free(struct merging *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		result_free(m->list[i].found.claims);
	m->n = 0;
}
