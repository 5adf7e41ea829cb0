// SPDX-License-Identifier: GPL-2.0
#include "sysfspmu.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "pmu.h"
#include "sysfile.h"

/* The text being parsed: for messages, and to find the PMU's files. */
struct source {
	const char *text;
	const char *root;
	char pmu[64];
};

static bool get(const struct source *s, const char *kind, const char *name,
		char *value, size_t bytes)
{
	char path[512], full[512], text[256];

	snprintf(path, sizeof(path), PMU_DEVICES "/%s%s/%s", s->pmu, kind,
		 name);
	sysfile_path(full, sizeof(full), s->root, path);
	if (strchr(name, '/') || sysfile_read(full, text, sizeof(text)) < 0)
		return false;
	sysfile_value(text, value, bytes);
	return true;
}

/* Offer the names of what a folder holds. */
static void offer_folder(struct nearest *nearest, const char *root,
			 const char *path)
{
	char full[512];
	struct dirent *entry;
	DIR *dir;

	sysfile_path(full, sizeof(full), root, path);
	dir = opendir(full);
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name != '.')
			nearest_offer(nearest, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

static int no_pmu(const struct source *s, struct error *err)
{
	struct nearest nearest = {.wanted = s->pmu};
	char near[256];

	offer_folder(&nearest, s->root, PMU_DEVICES);
	nearest_print(&nearest, near, sizeof(near));
	return error_set(err, EXIT_USAGE,
			 "event \"%s\": no PMU \"%s\" in " PMU_DEVICES "%s",
			 s->text, s->pmu, near);
}

static int no_term(const struct source *s, const char *term, struct error *err)
{
	struct nearest nearest = {.wanted = term};
	char path[256], near[256];

	nearest_offer(&nearest, "config");
	nearest_offer(&nearest, "config1");
	nearest_offer(&nearest, "config2");
	snprintf(path, sizeof(path), PMU_DEVICES "/%s/format", s->pmu);
	offer_folder(&nearest, s->root, path);
	snprintf(path, sizeof(path), PMU_DEVICES "/%s/events", s->pmu);
	offer_folder(&nearest, s->root, path);
	nearest_print(&nearest, near, sizeof(near));
	return error_set(err, EXIT_USAGE,
			 "event \"%s\": PMU %s has neither a term nor an event "
			 "\"%s\"%s",
			 s->text, s->pmu, term, near);
}

static __u64 *find_config(struct swc_event *e, const char *name, size_t n)
{
	const struct {
		const char *name;
		__u64 *value;
	} all[] = {
		{"config", &e->config},
		{"config1", &e->config1},
		{"config2", &e->config2},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (strlen(all[i].name) == n && !memcmp(all[i].name, name, n))
			return all[i].value;
	}
	return NULL;
}

/*
 * Put @value where the format says, "config:0-7,32-35": its low bits into the
 * first range, and so on. Return: 0, or -1: malformed, or it doesn't fit.
 */
static int spread(struct swc_event *e, const char *format, uint64_t value)
{
	__u64 *config = find_config(e, format, strcspn(format, ":"));
	unsigned long lo, hi;
	char *end;

	format += strcspn(format, ":");
	while (config && (*format == ':' || *format == ',')) {
		lo = strtoul(format + 1, &end, 10);
		hi = *end == '-' ? strtoul(end + 1, &end, 10) : lo;
		if (end == format + 1 || hi > 63 || lo > hi)
			return -1;
		for (; lo <= hi; lo++, value >>= 1)
			*config |= (value & 1) << lo;
		format = end;
	}
	return !config || *format || value ? -1 : 0;
}

static int take_terms(struct swc_event *e, const struct source *s, char *terms,
		      bool nested, struct error *err);

static int take_term(struct swc_event *e, const struct source *s, char *term,
		     bool nested, struct error *err)
{
	char *sign = strchr(term, '='), *end = "", format[128], alias[256];
	unsigned long long value = 1;
	__u64 *config;

	if (sign) {
		*sign = '\0';
		errno = 0;
		value = strtoull(sign + 1, &end, 0);
		if (errno || end == sign + 1 || *end || sign[1] == '-')
			return error_set(err, EXIT_USAGE,
					 "event \"%s\": \"%s\" is no number",
					 s->text, sign + 1);
	}
	config = find_config(e, term, strlen(term));
	if (config) {
		*config |= value;
		return 0;
	}
	if (get(s, "/format", term, format, sizeof(format))) {
		if (!spread(e, format, value))
			return 0;
		return error_set(err, EXIT_USAGE,
				 "event \"%s\": %s=%#llx doesn't fit into %s",
				 s->text, term, value, format);
	}
	if (!sign && !nested && get(s, "/events", term, alias, sizeof(alias)))
		return take_terms(e, s, alias, true, err);
	return no_term(s, term, err);
}

/* @nested: they are those of a named event. */
static int take_terms(struct swc_event *e, const struct source *s, char *terms,
		      bool nested, struct error *err)
{
	char *term, *rest = NULL;

	for (term = strtok_r(terms, ",", &rest); term;
	     term = strtok_r(NULL, ",", &rest)) {
		if (take_term(e, s, term, nested, err))
			return -1;
	}
	return 0;
}

int sysfspmu_encode(struct swc_event *e, const char *text, const char *root,
		    struct error *err)
{
	struct source s = {.text = text, .root = root};
	size_t stem = strcspn(text, "/"), length = strlen(text);
	char type[32], terms[256];

	*e = (struct swc_event){0};
	if (!text[stem] || length < stem + 2 || text[length - 1] != '/')
		return error_set(err, EXIT_USAGE,
				 "event \"%s\": write it as PMU/TERM,.../",
				 text);
	snprintf(s.pmu, sizeof(s.pmu), "%.*s", (int)stem, text);
	snprintf(terms, sizeof(terms), "%.*s", (int)(length - stem - 2),
		 text + stem + 1);
	if (length - stem - 2 >= sizeof(terms) || stem >= sizeof(s.pmu))
		return error_set(err, EXIT_USAGE,
				 "event \"%.64s...\": too long", text);
	if (*s.pmu == '.' || !*s.pmu ||
	    !get(&s, "", "type", type, sizeof(type)))
		return no_pmu(&s, err);
	e->type = strtoul(type, NULL, 10);
	return take_terms(e, &s, terms, false, err);
}
