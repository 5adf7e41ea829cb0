// SPDX-License-Identifier: GPL-2.0
#include "describe.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mdoc.h"
#include "resultschema.h"
#include "states.h"
#include "version.h"

static bool is_shown(const struct cli_option *o)
{
	return !(o->flags & OPTION_HIDDEN);
}

/* The argument of an alias is that of the option before it. */
static const struct cli_option *meaning(const struct cli_option *const *o)
{
	while ((*o)->flags & OPTION_ALIAS)
		o--;
	return *o;
}

static void man_item(const struct cli_option *o, const struct cli_option *means)
{
	bool optional = means->flags & OPTION_ARG_OPTIONAL;

	printf(".It ");
	if (o->letter)
		printf("Fl %c", o->letter);
	printf("%sFl \\-", o->letter ? " , " : "");
	mdoc_word(o->name);
	if (means->arg) {
		printf("%s Ns = Ns Ar ", optional ? " Ns Oo" : "");
		mdoc_word(means->arg);
		printf("%s", optional ? " Oc" : "");
	}
	putchar('\n');
}

static void man_options(const struct verb *v)
{
	const struct cli_option *list[CLI_MAX_OPTIONS];
	size_t n = cli_list_options(v->syntax, list), i;

	printf(".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (i = 0; i < n; i++) {
		if (!is_shown(list[i]))
			continue;
		man_item(list[i], meaning(&list[i]));
		if (list[i]->flags & OPTION_ALIAS) {
			printf("The same as\n.Fl \\-%s .\n",
			       meaning(&list[i])->name);
		} else {
			mdoc_text(list[i]->help, strlen(list[i]->help));
		}
	}
	printf(".El\n");
}

/* The text that --help has before "\v", and after it. */
static void man_description(const char *doc)
{
	size_t first = strcspn(doc, "\v");

	printf(".Sh DESCRIPTION\n");
	mdoc_text(doc, first);
	if (doc[first]) {
		printf(".Pp\n");
		mdoc_text(doc + first + 1, strlen(doc + first + 1));
	}
}

static int man(const struct verb *v)
{
	const char *c;

	printf(".\\\" Made by switchcost --describe man %s.\n.Dd ", v->name);
	printf("%s\n.Dt SWITCHCOST\\-", SWC_DAY);
	for (c = v->name; *c; c++)
		putchar(toupper((unsigned char)*c));
	printf(" 1\n.Os\n.Sh NAME\n.Nm switchcost\\-%s\n.Nd ", v->name);
	mdoc_text(v->summary, strlen(v->summary));
	printf(".Sh SYNOPSIS\n.Nm switchcost Cm %s\n.Op Ar option ...\n",
	       v->name);
	if (v->syntax->words) {
		printf(".Ar ");
		mdoc_word(v->syntax->words);
		putchar('\n');
	}
	man_description(v->syntax->doc);
	man_options(v);
	printf(".Sh EXIT STATUS\n"
	       "0: done.\n1: measured, but a check failed.\n"
	       "2: usage or bad input.\n3: not possible here.\n"
	       ".Sh SEE ALSO\n.Xr switchcost 1 ,\n.Xr switchcost\\-sequence 5 ,\n"
	       ".Xr switchcost\\-trace 5\n");
	return EXIT_DONE;
}

static int list(const struct verb *const *v, const struct verb *const *end)
{
	for (; v < end; v++) {
		printf(".It Cm %s\n", (*v)->name);
		mdoc_text((*v)->summary, strlen((*v)->summary));
	}
	return EXIT_DONE;
}

static int names(const struct verb *const *v, const struct verb *const *end,
		 bool with_results)
{
	for (; v < end; v++) {
		if (!with_results || (*v)->results[0])
			printf("%s\n", (*v)->name);
	}
	return EXIT_DONE;
}

static int schema(const struct verb *v)
{
	char title[64];

	snprintf(title, sizeof(title), "switchcost %s --json", v->name);
	return cli_print(result_schema(title, v->results), EXIT_DONE);
}

/* "none, irq-off or quiesced": its words, each with a blank before it. */
static void put_choices(const char *text)
{
	size_t n;

	while (*text) {
		n = strcspn(text, ", ");
		if (n && strncmp(text, "or ", 3))
			printf(" %.*s", (int)n, text);
		text += n;
		text += strspn(text, ", ");
	}
}

/* The words that an option takes; nothing: it takes no words, or any. */
static void put_words(const struct cli_option *o)
{
	if (o->choices)
		put_choices(o->choices);
	else if (o->take == cli_take_backend)
		put_choices("kernel, user");
	else if (o->take == cli_take_state)
		put_choices("warm" STATE_NAMES);
}

static bool takes_words(const struct cli_option *o)
{
	return o->choices || o->take == cli_take_backend ||
	       o->take == cli_take_state;
}

static void put_names(const struct cli_option *o, const char *between)
{
	printf("--%s", o->name);
	if (o->letter)
		printf("%s-%c", between, o->letter);
}

static void bash_verb(const struct verb *v)
{
	const struct cli_option *list[CLI_MAX_OPTIONS], *means;
	size_t n = cli_list_options(v->syntax, list), i;

	printf("\t%s)\n\t\tcase $prev in\n", v->name);
	for (i = 0; i < n; i++) {
		means = meaning(&list[i]);
		if (!is_shown(list[i]) || !means->arg ||
		    means->flags & OPTION_ARG_OPTIONAL)
			continue;
		printf("\t\t");
		put_names(list[i], " | ");
		if (takes_words(means)) {
			printf(")\n\t\t\twords='");
			put_words(means);
			printf("'\n\t\t\t;;\n");
		} else {
			printf(") return ;;\n");
		}
	}
	printf("\t\t*) words='--help");
	for (i = 0; i < n; i++) {
		if (is_shown(list[i])) {
			putchar(' ');
			put_names(list[i], " ");
		}
	}
	printf("' ;;\n\t\tesac\n\t\t;;\n");
}

/*
 * An option's words, or the verb's options after a dash, or else files, to which
 * "complete -o default" leads where there is no other answer.
 */
static int bash(const struct verb *const *first, const struct verb *const *end)
{
	const struct verb *const *v;

	printf("# bash completion for switchcost, made by switchcost --describe bash\n"
	       "# shellcheck shell=bash\n"
	       "_switchcost() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	       "prev=${COMP_WORDS[COMP_CWORD - 1]} words=\n\n"
	       "\tCOMPREPLY=()\n"
	       "\t[ \"$COMP_CWORD\" -gt 1 ] || prev=\n"
	       "\tcase $([ \"$COMP_CWORD\" -gt 1 ] && echo \"${COMP_WORDS[1]}\") in\n"
	       "\t'') words='--help --version");
	for (v = first; v < end; v++)
		printf(" %s", (*v)->name);
	printf("' ;;\n");
	for (v = first; v < end; v++)
		bash_verb(*v);
	printf("\tesac\n"
	       "\tif [[ $words == --help* && $COMP_CWORD -gt 1 && $cur != -* ]]; then\n"
	       "\t\treturn\n\tfi\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "}\n"
	       "complete -o default -F _switchcost switchcost\n");
	return EXIT_DONE;
}

/* In single quotes, within brackets. */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			putchar('\\');
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	}
}

static void zsh_option(const struct cli_option *o,
		       const struct cli_option *means)
{
	printf("\t\t\t");
	if (o->letter)
		printf("'(-%c --%s)'{-%c,--%s}", o->letter, o->name, o->letter,
		       o->name);
	else
		printf("--%s", o->name);
	if (means->arg && o->letter == 0)
		putchar('=');
	printf("'[");
	zsh_text(means->help);
	putchar(']');
	if (means->arg) {
		fputs(means->flags & OPTION_ARG_OPTIONAL ? "::" : ":", stdout);
		zsh_text(means->arg);
		putchar(':');
		if (takes_words(means)) {
			putchar('(');
			put_words(means);
			putchar(')');
		} else {
			fputs("_files", stdout);
		}
	}
	printf("' \\\n");
}

static void zsh_verb(const struct verb *v)
{
	const struct cli_option *list[CLI_MAX_OPTIONS];
	size_t n = cli_list_options(v->syntax, list), i;

	printf("\t%s)\n\t\t_arguments -s \\\n"
	       "\t\t\t'--help[Show what there is]' \\\n",
	       v->name);
	for (i = 0; i < n; i++) {
		if (is_shown(list[i]))
			zsh_option(list[i], meaning(&list[i]));
	}
	printf("\t\t\t'*:file:_files'\n\t\t;;\n");
}

static int zsh(const struct verb *const *first, const struct verb *const *end)
{
	const struct verb *const *v;

	printf("#compdef switchcost\n"
	       "# Made by switchcost --describe zsh.\n"
	       "local -a verbs\n\nverbs=(\n");
	for (v = first; v < end; v++) {
		printf("\t'%s:", (*v)->name);
		zsh_text((*v)->summary);
		printf("'\n");
	}
	printf(")\nif (( CURRENT == 2 )); then\n"
	       "\t_describe verb verbs\n"
	       "\t_arguments '--help[Show what there is]' "
	       "'--version[Show which this is]'\n"
	       "\treturn\nfi\n"
	       "local verb=$words[2]\n"
	       "shift words\n(( CURRENT-- ))\n"
	       "case $verb in\n");
	for (v = first; v < end; v++)
		zsh_verb(*v);
	printf("esac\n");
	return EXIT_DONE;
}

int describe(const char *form, const char *verb,
	     const struct verb *const *first, const struct verb *const *end)
{
	const struct verb *const *v = first;

	if (!strcmp(form, "verbs"))
		return names(first, end, false);
	if (!strcmp(form, "results"))
		return names(first, end, true);
	if (!strcmp(form, "list"))
		return list(first, end);
	if (!strcmp(form, "bash"))
		return bash(first, end);
	if (!strcmp(form, "zsh"))
		return zsh(first, end);
	while (verb && v < end && strcmp(verb, (*v)->name))
		v++;
	if (verb && v < end && !strcmp(form, "man"))
		return man(*v);
	if (verb && v < end && !strcmp(form, "schema"))
		return schema(*v);
	fprintf(stderr,
		"switchcost: --describe %s %s: there is none: see "
		"userspace/cli/describe.h\n",
		form, verb ? verb : "");
	return EXIT_USAGE;
}
