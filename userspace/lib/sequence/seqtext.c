// SPDX-License-Identifier: GPL-2.0
#include "seqtext.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/optable.h"
#include "seqwords.h"

#define BLANK	   " \t\r\n"
#define MAX_TOKENS 16

/* One line being read. */
struct line {
	struct sequence *s;
	unsigned int number;
	char *token[MAX_TOKENS];
	int n;
	int at;
	uint32_t function;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static int bad(struct line *l,
						     const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return error_set(l->err, EXIT_USAGE, "%s:%u: %s; see docs/sequence.md",
			 l->s->path, l->number, what);
}

static int parse_number(struct line *l, const char *text, long min, long max,
			long *value)
{
	/* The base isn't 0, which would read 010 as 8. */
	int base = strpbrk(text, "xX") ? 16 : 10;
	char *end;

	errno = 0;
	*value = strtol(text, &end, base);
	if (errno || end == text || *end)
		return bad(l, "\"%s\" is not a number", text);
	if (*value < min || *value > max)
		return bad(l, "%s is not between %ld and %ld", text, min, max);
	return 0;
}

static int parse_vector(struct line *l, const char *text, uint8_t *reg)
{
	long number;

	if (strncmp(text, "xmm", 3))
		return bad(l, "\"%s\" is not a vector register", text);
	if (parse_number(l, text + 3, 0, 15, &number))
		return -1;
	*reg = number;
	return 0;
}

static int parse_register(struct line *l, const char *text, uint8_t *reg)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(seqwords_registers); i++) {
		if (!strcmp(text, seqwords_registers[i])) {
			*reg = i;
			return 0;
		}
	}
	return bad(l, "\"%s\" is not a general register", text);
}

/* "region+offset", the offset in bytes. */
static int parse_place(struct line *l, char *text, uint32_t *region,
		       uint32_t *offset)
{
	char *plus = strchr(text, '+');
	long number = 0;
	int found;

	if (plus) {
		*plus = '\0';
		if (parse_number(l, plus + 1, 0, 0xffffffffL, &number))
			return -1;
	}
	found = names_find(&l->s->region_names, text);
	if (found < 0)
		return bad(l, "no region \"%s\" is declared above", text);
	*region = found;
	*offset = number;
	return 0;
}

/* "rax,rcx,rdx" to a mask. */
static int parse_register_set(struct line *l, char *text, uint32_t *mask)
{
	uint8_t reg = 0;
	char *word;

	while ((word = strsep(&text, ","))) {
		if (parse_register(l, word, &reg))
			return -1;
		*mask |= 1u << reg;
	}
	return 0;
}

static const char *next(struct line *l)
{
	return l->at < l->n ? l->token[l->at] : NULL;
}

static char *take(struct line *l)
{
	return l->at < l->n ? l->token[l->at++] : NULL;
}

/*
 * "page.line" or "page.line+byte": where the recorded instruction lay, hexadecimal and
 * decimal.
 */
static int parse_code(struct line *l, const char *text, uint32_t *code)
{
	unsigned long page, line = 64, byte = 0;
	bool exact = false;
	char *end;

	page = strtoul(text, &end, 16);
	if (isxdigit((unsigned char)text[0]) && *end == '.' &&
	    isdigit((unsigned char)end[1]))
		line = strtoul(end + 1, &end, 10);
	if (*end == '+' && isdigit((unsigned char)end[1])) {
		byte = strtoul(end + 1, &end, 10);
		exact = true;
	}
	if (*end || page >= SWC_CODE_PAGES || line > 63 || byte > 63)
		return bad(l,
			   "\"%s\" is not a place of code as in code=1f.63 or "
			   "code=1f.63+5",
			   text);
	*code = exact ? SWC_CODE_AT(page, line * 64 + byte)
		      : SWC_CODE(page, line);
	return 0;
}

static int parse_key(struct line *l, char *token, struct swc_op *op)
{
	uint32_t traits = swc_op_traits(op->kind)->traits;
	char *value = strchr(token, '=');
	uint32_t region;

	if (!value)
		return bad(l, "\"%s\" is not expected here", token);
	*value++ = '\0';
	if (!strcmp(token, "dst"))
		return traits & SWC_VECTOR_DST
			       ? parse_vector(l, value, &op->dst)
			       : parse_register(l, value, &op->dst);
	if (!strcmp(token, "src"))
		return traits & SWC_VECTOR_SRC
			       ? parse_vector(l, value, &op->src)
			       : parse_register(l, value, &op->src);
	if (!strcmp(token, "base"))
		return parse_register(l, value, &op->base);
	if (!strcmp(token, "index"))
		return parse_register(l, value, &op->index);
	if (!strcmp(token, "code"))
		return parse_code(l, value, &op->code);
	if (!strcmp(token, "from") && (traits & SWC_HAS_FROM)) {
		if (parse_place(l, value, &region, &op->from))
			return -1;
		if (op->from > SWC_FROM_OFFSET(~0u))
			return bad(l, "%#x is outside its region", op->from);
		op->from |= SWC_FROM(region, 0);
		return 0;
	}
	return bad(l, "unknown key \"%s\"", token);
}

static int parse_mark(struct line *l, struct swc_op *op)
{
	const char *name = take(l);
	int index;

	if (!name)
		return bad(l, "mark needs a phase name");
	index = names_add(&l->s->marks, name);
	if (index < 0)
		return error_set(l->err, EXIT_IMPOSSIBLE, "out of memory");
	op->imm = index;
	return 0;
}

static int parse_immediate(struct line *l, struct swc_op *op)
{
	enum swc_imm imm = swc_op_traits(op->kind)->imm;
	char *text;
	long number;

	if (imm == SWC_IMM_INDEX)
		return parse_mark(l, op);
	text = take(l);
	if (!text)
		return bad(l, "%s needs a number",
			   swc_op_traits(op->kind)->name);
	if (imm == SWC_IMM_REGISTERS)
		return parse_register_set(l, text, &op->imm);
	if (parse_number(l, text, -0x80000000L, 0xffffffffL, &number))
		return -1;
	op->imm = number;
	return 0;
}

static int parse_memory(struct line *l, struct swc_op *op)
{
	char *text = take(l);
	uint32_t region;

	if (!text)
		return bad(l, "%s needs region+offset",
			   swc_op_traits(op->kind)->name);
	if (op->kind == SWC_OP_SWITCH && !strcmp(text, "back")) {
		op->flags |= SWC_OPF_BACK;
		return 0;
	}
	if (parse_place(l, text, &region, &op->offset))
		return -1;
	op->region = region;
	return 0;
}

/*
 * The defaults of what isn't written: eight bytes, rax as result, rcx as a
 * needed source.
 */
static void set_defaults(struct swc_op *op, uint32_t traits)
{
	bool sixteen = swc_op_traits(op->kind)->sizes & 16;

	if (traits & SWC_HAS_SIZE)
		op->size = sixteen ? 16 : 8;
	/* Numbers 0 and 1 are xmm0 and xmm1, too. */
	if (traits & SWC_HAS_DST)
		op->dst = SWC_REG_RAX;
	if (traits & SWC_HAS_SRC)
		op->src = SWC_REG_RCX;
}

/* "taken", "next", "indirect", "due": which way it goes. */
static int parse_way(struct line *l, struct swc_op *op)
{
	const struct seqwords_way *way =
		next(l) ? seqwords_way_called(op->kind, next(l)) : NULL;

	if (way)
		op->flags |= way->flag;
	else if (op->kind != SWC_OP_BRANCH)
		return 0;
	else if (!next(l) || strcmp(next(l), NOT_TAKEN))
		return bad(l, "branch needs \"taken\" or \"" NOT_TAKEN "\"");
	take(l);
	return 0;
}

static int parse_operands(struct line *l, struct swc_op *op,
			  const struct swc_op_traits *t)
{
	uint32_t traits = t->traits;
	long number;

	set_defaults(op, traits);
	if ((traits & SWC_HAS_MEM) && parse_memory(l, op))
		return -1;
	if (t->imm != SWC_IMM_NONE && parse_immediate(l, op))
		return -1;
	if ((traits & SWC_HAS_SIZE) && next(l) &&
	    isdigit((unsigned char)next(l)[0])) {
		if (parse_number(l, take(l), 1, 64, &number))
			return -1;
		op->size = number;
	}
	if (parse_way(l, op))
		return -1;
	while (next(l)) {
		if (parse_key(l, take(l), op))
			return -1;
	}
	return 0;
}

static enum swc_op_kind find_kind(const char *name)
{
	const struct swc_op_traits *t;
	enum swc_op_kind kind;

	for (kind = 0; kind < SWC_OP_KINDS; kind++) {
		t = swc_op_traits(kind);
		if (t && !strcmp(t->name, name))
			return kind;
	}
	return 0;
}

static int parse_op(struct line *l)
{
	struct sequence_note note = {.function = l->function,
				     .line = l->number};
	const struct swc_op_traits *traits;
	struct swc_op op;
	const struct seqwords_prefix *prefix = NULL;
	uint8_t flags = 0;

	while (next(l) && (prefix = seqwords_prefix_called(next(l))) &&
	       !(flags & prefix->flag)) {
		flags |= prefix->flag;
		take(l);
	}
	if (!next(l))
		return bad(l, "%s what?", l->token[l->n - 1]);
	op = sequence_op(find_kind(next(l)));
	if (!op.kind)
		return bad(l, "unknown operation \"%s\"", next(l));
	take(l);
	traits = swc_op_traits(op.kind);
	prefix = seqwords_prefix_of(flags & ~traits->flags);
	if (prefix)
		return bad(l, "%s can't be %s", traits->name, prefix->means);
	op.flags |= flags;
	if (parse_operands(l, &op, traits))
		return -1;
	return sequence_append(l->s, &op, note, l->err);
}

static int parse_region(struct line *l)
{
	const char *name = take(l), *pages = take(l);
	long number;

	if (!name || !pages || next(l))
		return bad(l, "region needs a name and a number of pages");
	if (!isalpha((unsigned char)name[0]) || strpbrk(name, "+=," BLANK))
		return bad(l, "\"%s\" is no name for a region", name);
	if (parse_number(l, pages, 1, SWC_MAX_PAGES, &number))
		return -1;
	if (names_find(&l->s->region_names, name) >= 0)
		return bad(l, "region \"%s\" is declared already", name);
	return sequence_region(l->s, name, number, l->err) < 0 ? -1 : 0;
}

static int parse_not_replayed(struct line *l)
{
	const char *count = take(l), *what = take(l);
	long number;
	int kind;

	if (!count || !what || next(l))
		return bad(l, NOT_REPLAYED " needs a number and what it is of");
	if (parse_number(l, count, 1, SWC_MAX_OPS, &number))
		return -1;
	kind = notreplayed_find(what);
	if (kind < 0)
		return bad(l, "\"%s\" is none of what isn't replayed", what);
	l->s->not_replayed.count[kind] = number;
	return 0;
}

static int parse_line(struct line *l)
{
	char *place;
	int index;

	if (!strcmp(next(l), NOT_REPLAYED)) {
		take(l);
		return parse_not_replayed(l);
	}
	if (!strcmp(next(l), "region")) {
		take(l);
		return parse_region(l);
	}
	if (!strcmp(next(l), "entry")) {
		take(l);
		place = take(l);
		if (!place || next(l))
			return bad(l, "entry needs region+offset");
		return parse_place(l, place, &l->s->entry_region,
				   &l->s->entry_offset);
	}
	if (!strcmp(next(l), TOUCH_ONLY)) {
		take(l);
		l->s->touch_only = true;
		return next(l) ? bad(l, "\"%s\" is not expected here", next(l))
			       : 0;
	}
	if (!strcmp(next(l), "fn")) {
		take(l);
		if (!next(l))
			return bad(l, "fn needs a function's name");
		index = names_add(&l->s->functions, take(l));
		if (index < 0)
			return error_set(l->err, EXIT_IMPOSSIBLE,
					 "out of memory");
		l->function = index;
		return next(l) ? bad(l, "\"%s\" is not expected here", next(l))
			       : 0;
	}
	return parse_op(l);
}

/* Split in place; a word in quotes may hold blanks, # begins a comment. */
static int split(struct line *l, char *text)
{
	char *p = text + strspn(text, BLANK);

	l->n = 0;
	l->at = 0;
	while (*p && *p != '#') {
		if (l->n == MAX_TOKENS)
			return bad(l, "more than %d words", MAX_TOKENS);
		if (*p == '"') {
			l->token[l->n++] = ++p;
			p = strchr(p, '"');
			if (!p)
				return bad(l, "the quote doesn't end");
		} else {
			l->token[l->n++] = p;
			p += strcspn(p, BLANK "\"");
			if (*p == '"')
				return bad(l, "a quote inside a word");
		}
		if (*p)
			*p++ = '\0';
		p += strspn(p, BLANK);
	}
	return 0;
}

int seqtext_read(struct sequence *s, FILE *in, const char *path,
		 struct error *err)
{
	struct line l = {.s = s, .err = err};
	size_t capacity = 0;
	char *text = NULL;
	ssize_t length;
	int rc;

	rc = sequence_init(s, path, err);
	while (!rc && (length = getline(&text, &capacity, in)) >= 0) {
		l.number++;
		if (strlen(text) != (size_t)length)
			rc = bad(&l, "a NUL byte");
		else
			rc = split(&l, text);
		if (!rc && l.n)
			rc = parse_line(&l);
	}
	if (!rc && ferror(in))
		rc = error_set(err, EXIT_USAGE, "%s: cannot read: %s", path,
			       strerror(errno));
	free(text);
	if (rc)
		sequence_free(s);
	return rc;
}

/* The name is put in quotes; one from DWARF may hold some itself, as struct tags do. */
static void put_name(FILE *f, const char *name)
{
	fputc('"', f);
	for (; *name; name++)
		fputc(*name == '"' ? '\'' : *name == '\n' ? ' ' : *name, f);
	fputc('"', f);
}

static void put_registers(FILE *f, uint32_t mask)
{
	const char *separator = " ";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seqwords_registers); i++) {
		if (!(mask & (1u << i)))
			continue;
		fprintf(f, "%s%s", separator, seqwords_registers[i]);
		separator = ",";
	}
}

static void put_key(FILE *f, const char *key, uint8_t reg, bool vector)
{
	if (reg == SWC_REG_NONE)
		return;
	if (vector)
		fprintf(f, " %s=xmm%u", key, reg);
	else
		fprintf(f, " %s=%s", key, seqwords_registers[reg & 15]);
}

static void put_immediate(FILE *f, const struct sequence *s,
			  const struct swc_op *op)
{
	switch ((enum swc_imm)swc_op_traits(op->kind)->imm) {
	case SWC_IMM_NONE:
		break;
	case SWC_IMM_INDEX:
		fputc(' ', f);
		put_name(f, s->marks.list[op->imm]);
		break;
	case SWC_IMM_REGISTERS:
		put_registers(f, op->imm);
		break;
	case SWC_IMM_COMPONENTS:
		fprintf(f, " %#x", op->imm);
		break;
	case SWC_IMM_COUNT:
	case SWC_IMM_STEP:
	case SWC_IMM_ALIGNMENT:
	case SWC_IMM_BYTES:
		fprintf(f, " %d", (int)op->imm);
		break;
	}
}

static void put_op(FILE *f, const struct sequence *s, const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	const struct seqwords_way *way = seqwords_way_of(op);
	const struct seqwords_prefix *prefix;
	uint8_t flags = op->flags;

	while ((prefix = seqwords_prefix_of(flags))) {
		fprintf(f, "%s ", prefix->word);
		flags &= ~prefix->flag;
	}
	fputs(t->name, f);
	if (op->kind == SWC_OP_SWITCH && (op->flags & SWC_OPF_BACK))
		fprintf(f, " back");
	else if (t->traits & SWC_HAS_MEM)
		fprintf(f, " %s+%#x", s->region_names.list[op->region],
			op->offset);
	put_immediate(f, s, op);
	if (t->traits & SWC_HAS_SIZE)
		fprintf(f, " %u", op->size);
	if (way)
		fprintf(f, " %s", way->word);
	else if (op->kind == SWC_OP_BRANCH)
		fprintf(f, " " NOT_TAKEN);
	put_key(f, "dst", op->dst, t->traits & SWC_VECTOR_DST);
	put_key(f, "src", op->src, t->traits & SWC_VECTOR_SRC);
	put_key(f, "base", op->base, false);
	put_key(f, "index", op->index, false);
	if (t->traits & SWC_HAS_FROM)
		fprintf(f, " from=%s+%#x",
			s->region_names.list[SWC_FROM_REGION(op->from)],
			SWC_FROM_OFFSET(op->from));
	if (op->code)
		fprintf(f, " code=%x.%u", SWC_CODE_PAGE(op->code) - 1,
			SWC_CODE_LINE(op->code) % 64);
	if (SWC_CODE_EXACT(op->code))
		fprintf(f, "+%u", op->code % 64);
}

void seqtext_line(const struct sequence *s, const struct swc_op *op, char *line,
		  size_t bytes)
{
	FILE *f = fmemopen(line, bytes, "w");

	line[0] = '\0';
	if (!f)
		return;
	put_op(f, s, op);
	fclose(f);
	line[bytes - 1] = '\0';
}

static void put_not_replayed(FILE *f, const struct notreplayed *n)
{
	enum notreplayed_kind kind;

	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++) {
		if (!n->count[kind])
			continue;
		fprintf(f, NOT_REPLAYED " %zu ", n->count[kind]);
		put_name(f, notreplayed_what(kind));
		fputc('\n', f);
	}
}

int seqtext_write(const struct sequence *s, FILE *out)
{
	uint32_t function = 0;
	size_t i;

	if (s->touch_only)
		fprintf(out, "%s\n", TOUCH_ONLY);
	put_not_replayed(out, &s->not_replayed);
	for (i = 0; i < s->region_names.n; i++)
		fprintf(out, "region %s %u\n", s->region_names.list[i],
			s->regions[i].pages);
	if (s->entry_region != SWC_NO_REGION)
		fprintf(out, "entry %s+%#x\n",
			s->region_names.list[s->entry_region], s->entry_offset);
	for (i = 0; i < s->nops; i++) {
		if (s->notes[i].function != function) {
			function = s->notes[i].function;
			fputs("fn ", out);
			put_name(out, s->functions.list[function]);
			fputc('\n', out);
		}
		put_op(out, s, &s->ops[i]);
		fputc('\n', out);
	}
	return ferror(out) ? -1 : 0;
}
