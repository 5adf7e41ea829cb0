// SPDX-License-Identifier: GPL-2.0
#include "geometry_measured.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "outfile.h"

#define FOLDER	    "switchcost"
#define MAX_ENTRIES (1u << 20)

/* Relative folders are to be ignored (XDG Base Directory Specification). */
static int folder(char *path, size_t size, struct error *err)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n;

	if (cache && *cache == '/')
		n = snprintf(path, size, "%s", cache);
	else if (home && *home == '/')
		n = snprintf(path, size, "%s/.cache", home);
	else
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no place for what was measured: set HOME or "
				 "XDG_CACHE_HOME to a folder");
	if (n < 0 || (size_t)n >= size)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "the cache folder's name is too long: set "
				 "XDG_CACHE_HOME to a shorter one");
	return 0;
}

static int file_name(char *path, size_t size, const struct machine *machine,
		     struct error *err)
{
	size_t n;

	if (folder(path, size, err))
		return -1;
	n = strlen(path);
	if ((size_t)snprintf(path + n, size - n, "/" FOLDER "/tlb-%s",
			     machine->signature) < size - n)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "the cache folder's name is too long: set "
			 "XDG_CACHE_HOME to a shorter one");
}

/* The folders that lead to a file: as the specification has it, for the user alone. */
static int make_folders(char *path, struct error *err)
{
	char *slash;
	int rc;

	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = mkdir(path, 0700);
		*slash = '/';
		if (rc && errno != EEXIST)
			return error_set(
				err, EXIT_IMPOSSIBLE,
				"%s: its folder can't be made: %s; set "
				"XDG_CACHE_HOME to another",
				path, strerror(errno));
	}
	return 0;
}

static void write_file(FILE *f, const struct geometry_measured *m,
		       const struct machine *machine)
{
	unsigned int i;

	fprintf(f,
		"# Entries of the data TLBs as doctor --tlb found them: level, "
		"entries, from, to\n"
		"signature %s\nmicrocode %s\nhypervisor %s\n# %s\n",
		machine->signature, machine->microcode, machine->hypervisor,
		machine->date);
	for (i = 0; i < GEOMETRY_MEASURED_LEVELS; i++) {
		if (m->level[i].known)
			fprintf(f, "level %u %.1f %.1f %.1f\n", i + 1,
				m->level[i].entries, m->level[i].lo,
				m->level[i].hi);
	}
}

int geometry_measured_save(const struct geometry_measured *m,
			   const struct machine *machine, char *path,
			   size_t size, struct error *err)
{
	struct outfile out;

	if (file_name(path, size, machine, err) || make_folders(path, err) ||
	    outfile_open(&out, path, err))
		return -1;
	write_file(out.stream, m, machine);
	return outfile_commit(&out, err);
}

/**
 * struct reader - a file being read
 * @m: filled
 * @machine: that it must be of
 * @other: the first thing that is another than the machine's, or NULL
 * @told: a bit for each key that the machine must match, set if the file has it
 * @levels: that the file has
 */
struct reader {
	struct geometry_measured *m;
	const struct machine *machine;
	const char *other;
	unsigned int told;
	unsigned int levels;
};

static bool take_level(struct reader *r, const char *text)
{
	double entries, lo, hi;
	unsigned int level;
	char rest;

	if (sscanf(text, "%u %lf %lf %lf%c", &level, &entries, &lo, &hi,
		   &rest) != 4 ||
	    level < 1 || level > GEOMETRY_MEASURED_LEVELS ||
	    !(lo >= 1 && lo <= entries && entries <= hi && hi <= MAX_ENTRIES))
		return false;
	r->m->level[level - 1].known = true;
	r->m->level[level - 1].entries = entries;
	r->m->level[level - 1].lo = lo;
	r->m->level[level - 1].hi = hi;
	r->levels++;
	return true;
}

static bool take_line(struct reader *r, char *line)
{
	const struct machine *machine = r->machine;
	const struct {
		const char *key;
		const char *value;
	} must[] = {
		{"signature", machine->signature},
		{"microcode", machine->microcode},
		{"hypervisor", machine->hypervisor},
	};
	char *value = line + strcspn(line, " ");
	unsigned int i;

	if (*line == '#')
		return true;
	if (!*value)
		return false;
	*value++ = '\0';
	if (!strcmp(line, "level"))
		return take_level(r, value);
	for (i = 0; i < 3; i++) {
		if (strcmp(line, must[i].key))
			continue;
		r->told |= 1u << i;
		if (strcmp(value, must[i].value) && !r->other)
			r->other = must[i].key;
		return true;
	}
	return false;
}

/* Return: as geometry_measured_load(). */
static int read_file(struct reader *r, FILE *f, const char *path, char *why,
		     size_t size)
{
	char line[256];
	size_t number = 0, n;

	while (fgets(line, sizeof(line), f)) {
		number++;
		n = strcspn(line, "\n");
		/* A line without an end was cut off, or is none of ours. */
		if (!line[n] || (line[n] = '\0', !take_line(r, line))) {
			snprintf(why, size,
				 "%s:%zu: isn't understood, and ignored: "
				 "measure again (doctor --tlb)",
				 path, number);
			return -1;
		}
	}
	if (ferror(f) || r->told != 7 || !r->levels) {
		snprintf(why, size,
			 "%s: isn't complete, and ignored: measure again "
			 "(doctor --tlb)",
			 path);
		return -1;
	}
	if (!r->other)
		return 1;
	snprintf(why, size,
		 "%s: measured with another %s: measure again "
		 "(doctor --tlb)",
		 path, r->other);
	return 0;
}

int geometry_measured_load(struct geometry_measured *m,
			   const struct machine *machine, char *why,
			   size_t size)
{
	struct reader r = {.m = m, .machine = machine};
	struct error err = {0};
	char path[512];
	FILE *f;
	int rc;

	*m = (struct geometry_measured){0};
	*why = '\0';
	if (file_name(path, sizeof(path), machine, &err) ||
	    !(f = fopen(path, "re"))) {
		snprintf(why, size, "not measured here (doctor --tlb)");
		return 0;
	}
	rc = read_file(&r, f, path, why, size);
	if (rc != 1)
		*m = (struct geometry_measured){0};
	fclose(f);
	return rc;
}

/* Take a level's entries for 4 KiB away. Return: the kind that they were of. */
static enum geometry_tlb_kind take_away(struct geometry *g, unsigned int level)
{
	enum geometry_tlb_kind kind = GEOMETRY_TLB_DATA;
	struct geometry_tlb *t;
	uint32_t i, kept = 0;

	for (i = 0; i < g->ntlbs; i++) {
		t = &g->tlb[i];
		if (t->level == level && t->pages & GEOMETRY_4K &&
		    geometry_tlb_serves(t, GEOMETRY_TLB_LOAD)) {
			kind = t->kind;
			t->pages &= ~GEOMETRY_4K;
		}
		if (t->pages)
			g->tlb[kept++] = *t;
	}
	g->ntlbs = kept;
	return kind;
}

bool geometry_measured_largest(struct geometry_measured *m,
			       const struct geometry_measured *before)
{
	bool any = false;
	size_t i;

	for (i = 0; i < GEOMETRY_MEASURED_LEVELS; i++) {
		if (!before->level[i].known ||
		    (m->level[i].known &&
		     before->level[i].lo <= m->level[i].hi))
			continue;
		m->level[i] = before->level[i];
		any = true;
	}
	return any;
}

void geometry_measured_apply(struct geometry *g,
			     const struct geometry_measured *m)
{
	struct geometry_tlb tlb = {.pages = GEOMETRY_4K,
				   .source = GEOMETRY_MEASURED};
	uint32_t reported;
	unsigned int i;

	for (i = 0; i < GEOMETRY_MEASURED_LEVELS; i++) {
		reported = geometry_tlb_entries(g, i + 1, GEOMETRY_TLB_LOAD,
						GEOMETRY_4K);
		if (!m->level[i].known ||
		    (reported >= m->level[i].lo && reported <= m->level[i].hi))
			continue;
		tlb.level = i + 1;
		tlb.kind = take_away(g, i + 1);
		tlb.entries = lround(m->level[i].entries);
		tlb.ways = tlb.entries;
		geometry_add_tlb(g, &tlb);
	}
}
