// SPDX-License-Identifier: GPL-2.0
#include "icicle.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleantext.h"

/* Pixels. */
#define WIDTH	     1000.0
#define MARGIN	     20.0
#define PLOT	     (WIDTH - 2 * MARGIN)
#define HEAD	     112.0 /* title, notes and legend */
#define ROW	     24.0  /* of boxes */
#define BAR_ROW	     19.0
#define BAR	     11.0
#define PANEL_HEAD   34.0
#define NAMES	     270.0 /* of the panels below */
#define VALUES	     190.0
#define BARS	     (PLOT - NAMES - VALUES)
#define FONT	     11.0
#define CHARACTER    6.3 /* of that font, on average, rather too much */
#define SMALLEST     0.3 /* box that is drawn */
#define LABEL_MARGIN 4.0

/* Whose code a function is, by the look of its name. */
enum origin { ORIGIN_RUNTIME, ORIGIN_GO, ORIGIN_C, ORIGIN_PHASE, ORIGINS };

/*
 * Light enough for black letters on them; told apart by lightness, too (ColorBrewer
 * and Okabe and Ito's advice).
 */
static const struct {
	const char *fill;
	const char *edge;
	const char *text;
} looks[ORIGINS] = {
	[ORIGIN_RUNTIME] = {"#9ecae1", "#4f7f9b", "Go runtime"},
	[ORIGIN_GO] = {"#fee6b0", "#b08d3e", "other Go"},
	[ORIGIN_C] = {"#e7b5a5", "#9c5f4d", "C and others"},
	[ORIGIN_PHASE] = {"#dedede", "#8a8a8a", "phase, class"},
};

/**
 * struct drawing - an SVG being written
 * @f: where to
 * @p: of what
 * @widths: [path], cycles drawn
 * @total: cycles drawn in all
 * @depth: rows of boxes
 * @lowest, @highest: cycles on the panels' axis
 */
struct drawing {
	FILE *f;
	const struct prefix_profile *p;
	double *widths;
	double total;
	unsigned int depth;
	double lowest;
	double highest;
};

static bool is_phase(const struct prefix_profile *p, const char *name)
{
	return names_find(&p->sequence->marks, name) >= 0 ||
	       !strcmp(name, CALLPATH_UNNAMED);
}

static enum origin origin_of(const struct prefix_profile *p, const char *name)
{
	if (is_phase(p, name))
		return ORIGIN_PHASE;
	if (!strncmp(name, "runtime.", 8) || !strncmp(name, "runtime/", 8) ||
	    !strncmp(name, "internal/runtime", 16) ||
	    !strncmp(name, "gosave", 6) || !strncmp(name, "gogo", 4))
		return ORIGIN_RUNTIME;
	return strchr(name, '.') ? ORIGIN_GO : ORIGIN_C;
}

/* Characters that fit into @width pixels. */
static size_t room_for(double width)
{
	return fmax(width - 2 * LABEL_MARGIN, 0) / CHARACTER;
}

/* Bytes of the first @n characters of UTF-8, or of all. */
static size_t bytes_of(const char *text, size_t n)
{
	const char *c = text;

	while (*c && n) {
		c++;
		while ((*c & 0xc0) == 0x80)
			c++;
		n--;
	}
	return c - text;
}

/* @text where it has @width pixels: shortened, or nothing. */
static void put_label(const struct drawing *d, double x, double y, double width,
		      const char *text)
{
	size_t room = room_for(width), fits = bytes_of(text, room);
	bool whole = !text[fits];
	char *part;

	if (room < 3)
		return;
	part = strndup(text, whole ? fits : bytes_of(text, room - 1));
	if (!part)
		return;
	fprintf(d->f, "<text x=\"%.1f\" y=\"%.1f\">", x + LABEL_MARGIN, y);
	cleantext_xml(d->f, part);
	fprintf(d->f, "%s</text>\n", whole ? "" : "…");
	free(part);
}

/* A name with its cycles; where that is too long, less of it. */
static void put_name(const struct drawing *d, double x, double y, double width,
		     const char *name, double cycles)
{
	size_t room = room_for(width);
	const char *dot = strchr(name, '.');
	char label[256];

	snprintf(label, sizeof(label), "%s  %.1f", name, cycles);
	if (bytes_of(label, room) < strlen(label))
		snprintf(label, sizeof(label), "%s", name);
	/* The colour tells the package. */
	if (bytes_of(label, room) < strlen(label) && dot && dot[1])
		snprintf(label, sizeof(label), "%s", dot + 1);
	put_label(d, x, y, width, label);
}

/* A number for readers: with a minus sign, and no minus before zero. */
static const char *number(char text[32], double value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%.1f", fabs(value));
	snprintf(text, 32, "%s%s",
		 value < 0 && strcmp(digits, "0.0") ? "−" : "", digits);
	return text;
}

__attribute__((format(printf, 5, 6))) static void
put_text(const struct drawing *d, double x, double y, const char *class,
	 const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(d->f, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	cleantext_xml(d->f, text);
	fprintf(d->f, "</text>\n");
}

static void put_box(const struct drawing *d, double x, double y, double width,
		    double height, enum origin origin)
{
	fprintf(d->f,
		"<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
		"fill=\"%s\" stroke=\"%s\"/>\n",
		x, y, width, height, looks[origin].fill, looks[origin].edge);
}

/* How wide a path's box is, in pixels. */
static double box_width(const struct drawing *d, uint32_t path)
{
	return d->total > 0 ? d->widths[path] / d->total * PLOT : 0;
}

static void find_depth(struct drawing *d)
{
	unsigned int depth;
	uint32_t path;

	for (path = 0; path < d->p->paths.n; path++) {
		depth = callpath_depth(&d->p->paths, path) + 1;
		if (box_width(d, path) >= SMALLEST && depth > d->depth)
			d->depth = depth;
	}
}

/*
 * What is drawn of each path: what it does itself, which noise may make negative
 * where it is next to nothing, and its callees.
 */
static void find_widths(struct drawing *d)
{
	const struct callpaths *paths = &d->p->paths;
	uint32_t path = paths->n, parent;

	/* Callees come behind their callers. */
	while (path--) {
		d->widths[path] += fmax(d->p->self.list[path].cycles.mean, 0);
		parent = paths->list[path].parent;
		if (parent != CALLPATH_NONE)
			d->widths[parent] += d->widths[path];
		else
			d->total += d->widths[path];
	}
	find_depth(d);
}

static void put_tooltip(const struct drawing *d, uint32_t path)
{
	const struct prefix_part *self = &d->p->self.list[path];
	const struct prefix_part *within = &d->p->within.list[path];
	uint32_t at = path;

	fprintf(d->f, "<title>");
	cleantext_xml(d->f, self->name);
	for (at = d->p->paths.list[path].parent; at != CALLPATH_NONE;
	     at = d->p->paths.list[at].parent) {
		fprintf(d->f, "\n  in ");
		cleantext_xml(d->f, d->p->paths.list[at].name);
	}
	fprintf(d->f,
		"\nwith all it calls: %.2f cycles [%.2f, %.2f], %.1f %% "
		"[%.1f, %.1f]\nitself: %.2f cycles [%.2f, %.2f], %zu "
		"operations</title>\n",
		within->cycles.mean, within->cycles.lo, within->cycles.hi,
		within->share.mean * 100, within->share.lo * 100,
		within->share.hi * 100, self->cycles.mean, self->cycles.lo,
		self->cycles.hi, self->nops);
}

/* One path at @x, and all that it calls below it. */
static void put_path(const struct drawing *d, uint32_t path, double x)
{
	const struct callpaths *paths = &d->p->paths;
	double width = box_width(d, path);
	double y = HEAD + ROW * callpath_depth(paths, path);
	const struct prefix_part *within = &d->p->within.list[path];
	uint32_t child;

	if (width < SMALLEST)
		return;
	fprintf(d->f, "<g>\n");
	put_tooltip(d, path);
	put_box(d, x, y, width, ROW - 2, origin_of(d->p, within->name));
	put_name(d, x, y + ROW - 9, width, within->name, within->cycles.mean);
	fprintf(d->f, "</g>\n");
	for (child = path + 1; child < paths->n; child++) {
		if (paths->list[child].parent != path)
			continue;
		put_path(d, child, x);
		x += box_width(d, child);
	}
}

static void put_paths(const struct drawing *d)
{
	double x = MARGIN;
	uint32_t path;

	for (path = 0; path < d->p->paths.n; path++) {
		if (d->p->paths.list[path].parent != CALLPATH_NONE)
			continue;
		put_path(d, path, x);
		x += box_width(d, path);
	}
}

static void stretch_axis(struct drawing *d, const struct prefix_parts *parts)
{
	size_t i;

	for (i = 0; i < parts->n; i++) {
		d->lowest = fmin(d->lowest, parts->list[i].cycles.lo);
		d->highest = fmax(d->highest, parts->list[i].cycles.hi);
	}
}

static double on_axis(const struct drawing *d, double cycles)
{
	return MARGIN + NAMES +
	       (cycles - d->lowest) / (d->highest - d->lowest) * BARS;
}

/* 1, 2 or 5 times a power of ten, for five to twelve ticks. */
static double tick_distance(double range)
{
	double ten = pow(10, floor(log10(range / 5)));

	if (range / (5 * ten) >= 5)
		return 5 * ten;
	return range / (2 * ten) >= 5 ? 2 * ten : ten;
}

static void put_axis(const struct drawing *d, double top, double bottom)
{
	double step = tick_distance(d->highest - d->lowest), tick, x;

	for (tick = ceil(d->lowest / step) * step; tick <= d->highest;
	     tick += step) {
		x = on_axis(d, tick);
		fprintf(d->f,
			"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
			"y2=\"%.1f\" class=\"%s\"/>\n",
			x, top, x, bottom,
			fabs(tick) < step / 2 ? "zero" : "grid");
		put_text(d, x, top - 4, "tick", "%s%g",
			 tick < -step / 2 ? "−" : "",
			 fabs(tick) < step / 2 ? 0 : fabs(tick));
	}
}

/* A bar from zero, and its interval over it. */
static void put_bar(const struct drawing *d, const struct prefix_part *part,
		    enum origin origin, double y)
{
	const struct estimate *e = &part->cycles, *share = &part->share;
	double zero = on_axis(d, 0), end = on_axis(d, e->mean);
	double lo = on_axis(d, e->lo), hi = on_axis(d, e->hi);
	double middle = y + BAR_ROW / 2;
	char text[32];

	fprintf(d->f, "<g>\n<title>");
	cleantext_xml(d->f, part->name);
	fprintf(d->f,
		": %.2f cycles [%.2f, %.2f], %.1f %% [%.1f, %.1f], %zu "
		"operations</title>\n",
		e->mean, e->lo, e->hi, share->mean * 100, share->lo * 100,
		share->hi * 100, part->nops);
	put_box(d, fmin(zero, end), middle - BAR / 2, fabs(end - zero), BAR,
		origin);
	fprintf(d->f,
		"<path d=\"M%.1f %.1fH%.1fM%.1f %.1fv6M%.1f %.1fv6\" "
		"class=\"whisker\"/>\n",
		lo, middle, hi, lo, middle - 3, hi, middle - 3);
	put_label(d, MARGIN - LABEL_MARGIN, middle + 4, NAMES, part->name);
	put_text(d, WIDTH - MARGIN - 62, middle + 4, "value", "%s ± %.1f",
		 number(text, e->mean), estimate_half_width(e));
	put_text(d, WIDTH - MARGIN, middle + 4, "value", "%s %%",
		 number(text, share->mean * 100));
	fprintf(d->f, "</g>\n");
}

/* How many parts have any operation: the others aren't shown. */
static size_t filled(const struct prefix_parts *parts)
{
	size_t i, n = 0;

	for (i = 0; i < parts->n; i++)
		n += parts->list[i].nops != 0;
	return n;
}

/* Return: the height that a panel takes; one part alone tells nothing. */
static double panel_height(const struct prefix_parts *parts)
{
	size_t n = filled(parts);

	return n > 1 ? PANEL_HEAD + n * BAR_ROW : 0;
}

/* Return: where the next panel begins. */
static double put_panel(const struct drawing *d, const char *title,
			const struct prefix_parts *parts, double y)
{
	double bottom = y + panel_height(parts), bar = y + PANEL_HEAD;
	size_t i;

	if (bottom == y)
		return y;
	put_text(d, MARGIN, y + PANEL_HEAD - 8, "head", "%s", title);
	put_text(d, WIDTH - MARGIN - 62, y + PANEL_HEAD - 8, "value", "cycles");
	put_text(d, WIDTH - MARGIN, y + PANEL_HEAD - 8, "value", "share");
	put_axis(d, y + PANEL_HEAD - 4, bottom);
	for (i = 0; i < parts->n; i++) {
		if (!parts->list[i].nops)
			continue;
		put_bar(d, &parts->list[i],
			parts == &d->p->functions
				? origin_of(d->p, parts->list[i].name)
				: ORIGIN_PHASE,
			bar);
		bar += BAR_ROW;
	}
	return bottom;
}

static void put_style(const struct drawing *d, double height)
{
	fprintf(d->f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		"height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n"
		"<style>text { font: %.0fpx 'DejaVu Sans', Verdana, "
		"sans-serif; fill: #111 } rect { stroke-width: 0.6 } "
		".title { font-size: 15px; font-weight: bold } "
		".note { fill: #444 } .head { font-weight: bold } "
		".tick { text-anchor: middle; font-size: 9px; fill: #555 } "
		".value { text-anchor: end } "
		".grid { stroke: #ddd; stroke-width: 0.7 } "
		".zero { stroke: #555; stroke-width: 1 } "
		".whisker { stroke: #111; stroke-width: 1; fill: none }"
		"</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		WIDTH, height, WIDTH, height, FONT);
}

static void put_legend(const struct drawing *d, double y)
{
	enum origin origin;
	double x = MARGIN;

	for (origin = 0; origin < ORIGINS; origin++) {
		put_box(d, x, y - 9, 14, 10, origin);
		put_text(d, x + 19, y, "note", "%s", looks[origin].text);
		x += 42 + CHARACTER * strlen(looks[origin].text);
	}
	put_text(d, WIDTH - MARGIN, y, "value",
		 "call paths; width: core cycles, callees below");
}

static void put_head(const struct drawing *d, const struct icicle_notes *notes)
{
	const struct prefix_profile *p = d->p;
	const struct machine *m = &p->m.machine;
	const char *path = strrchr(p->sequence->path, '/');

	put_text(d, MARGIN, 28, "title", "%s: %.1f core cycles [%.1f, %.1f]",
		 path ? path + 1 : p->sequence->path, p->whole.mean,
		 p->whole.lo, p->whole.hi);
	put_text(d, MARGIN, 47, "note",
		 "%zu operations, each prefix measured %zu times; %s backend, "
		 "state %s; intervals of 95 %%",
		 p->sequence->nops, stats_kept(p->m.stats, p->m.arms.n),
		 notes->backend, notes->state);
	put_text(d, MARGIN, 62, "note",
		 "isolated: from when all before is complete to when all of it "
		 "is; the parts make up %.3f of the whole [%.3f, %.3f]",
		 p->closure.mean, p->closure.lo, p->closure.hi);
	put_text(d, MARGIN, 77, "note", "%s (%s), Linux %s, hypervisor %s, %s",
		 m->cpu, m->signature, m->kernel, m->hypervisor, m->date);
	put_legend(d, HEAD - 12);
}

void icicle_write(const struct prefix_profile *p,
		  const struct icicle_notes *notes, FILE *f)
{
	struct drawing d = {
		.f = f,
		.p = p,
		.widths = calloc(p->paths.n, sizeof(double)),
	};
	double y;

	if (!d.widths)
		return;
	find_widths(&d);
	stretch_axis(&d, &p->functions);
	stretch_axis(&d, &p->classes);
	stretch_axis(&d, &p->phases);
	y = HEAD + d.depth * ROW;
	put_style(&d, y + panel_height(&p->phases) +
			      panel_height(&p->functions) +
			      panel_height(&p->classes) + MARGIN);
	put_head(&d, notes);
	put_paths(&d);
	if (d.highest > d.lowest) {
		y = put_panel(&d, "phases", &p->phases, y);
		y = put_panel(&d, "functions, without callees", &p->functions,
			      y);
		put_panel(&d, "classes of operations", &p->classes, y);
	}
	fprintf(f, "</svg>\n");
	free(d.widths);
}
