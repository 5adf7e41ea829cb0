// SPDX-License-Identifier: GPL-2.0
#include "unreplayable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "operands.h"
#include "tracecheck.h"

/*
 * Each row's instructions by the beginning of their names: there are many of a
 * kind, and newer processors have more of them. The first that fits is taken.
 */
static const struct {
	const char *prefix;
	int kind; /* -1: an operation of its own stands for it */
} names[] = {
	{"cpuid", NOTREPLAYED_SERIALISING},
	{"serialize", NOTREPLAYED_SERIALISING},
	{"iret", NOTREPLAYED_SERIALISING},
	{"rdtsc", NOTREPLAYED_TIME},
	{"rdrand", NOTREPLAYED_RANDOM},
	{"rdseed", NOTREPLAYED_RANDOM},
	{"ldmxcsr", NOTREPLAYED_MXCSR},
	{"vldmxcsr", NOTREPLAYED_MXCSR},
	{"stmxcsr", NOTREPLAYED_MXCSR},
	{"vstmxcsr", NOTREPLAYED_MXCSR},
	{"fldenv", NOTREPLAYED_X87},
	{"fnstenv", NOTREPLAYED_X87},
	{"fldcw", NOTREPLAYED_X87},
	{"fnstcw", NOTREPLAYED_X87},
	{"fnstsw", NOTREPLAYED_X87},
	{"fnsave", NOTREPLAYED_X87},
	{"frstor", NOTREPLAYED_X87},
	{"fninit", NOTREPLAYED_X87},
	{"fnclex", NOTREPLAYED_X87},
	{"fwait", NOTREPLAYED_X87},
	{"emms", NOTREPLAYED_X87},
	{"femms", NOTREPLAYED_X87},
	{"fsin", NOTREPLAYED_FUNCTION},
	{"fcos", NOTREPLAYED_FUNCTION},
	{"fptan", NOTREPLAYED_FUNCTION},
	{"fpatan", NOTREPLAYED_FUNCTION},
	{"fprem", NOTREPLAYED_FUNCTION},
	{"fyl2x", NOTREPLAYED_FUNCTION},
	{"f2xm1", NOTREPLAYED_FUNCTION},
	{"fscale", NOTREPLAYED_FUNCTION},
	{"fxtract", NOTREPLAYED_FUNCTION},
	{"fbld", NOTREPLAYED_FUNCTION},
	{"fbstp", NOTREPLAYED_FUNCTION},
	{"xgetbv", NOTREPLAYED_REGISTER},
	{"rdpid", NOTREPLAYED_REGISTER},
	{"rdpkru", NOTREPLAYED_REGISTER},
	{"wrpkru", NOTREPLAYED_REGISTER},
	{"rdpmc", NOTREPLAYED_REGISTER},
	{"rdfsbase", NOTREPLAYED_REGISTER},
	{"rdgsbase", NOTREPLAYED_REGISTER},
	{"wrfsbase", NOTREPLAYED_REGISTER},
	{"wrgsbase", NOTREPLAYED_REGISTER},
	{"popf", NOTREPLAYED_REGISTER},
	{"std", NOTREPLAYED_REGISTER},
	{"cldemote", NOTREPLAYED_FLUSH},
	{"cld", NOTREPLAYED_REGISTER},
	{"clflushopt", NOTREPLAYED_FLUSH},
	{"clwb", NOTREPLAYED_FLUSH},
	{"prefetch", NOTREPLAYED_PREFETCH},
	{"nop", -1},
	{"endbr", -1},
	{"lfence", -1},
	{"mfence", -1},
	{"sfence", -1},
	{"pause", -1},
	{"vzero", -1},
};

/* The lowering goes by registers and accesses: has the instruction neither? */
static bool leaves_nothing(const struct insn *insn, unsigned int n)
{
	struct operands o;

	if (n || insn->kind != INSN_PLAIN)
		return false;
	operands_find(&o, insn);
	if (o.ngpr_out || o.nvector_in || o.nvector_out)
		return false;
	return !o.sets_flags || !o.ngpr_in;
}

static int kind_of_string(const struct insn *insn,
			  const struct trace_access *accesses, unsigned int n)
{
	bool fast;

	if (!insn->rep)
		return -1;
	fast = n && (accesses[n - 1].flags & TRACE_ACCESS_WRITE);
	return fast ? -1 : NOTREPLAYED_STRING;
}

int unreplayable_kind(const struct insn *insn,
		      const struct trace_access *accesses, unsigned int n)
{
	const char *name = ZydisMnemonicGetString(insn->zydis.mnemonic);
	size_t i;

	if (insn->kind == INSN_SYSCALL)
		return NOTREPLAYED_SYSCALL;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(name, names[i].prefix, strlen(names[i].prefix)))
			return names[i].kind;
	}
	if (insn->zydis.meta.category == ZYDIS_CATEGORY_STRINGOP)
		return kind_of_string(insn, accesses, n);
	if (insn->atomic && n &&
	    (accesses[0].address & (accesses[0].size - 1u)))
		return NOTREPLAYED_LOCK;
	return leaves_nothing(insn, n) ? NOTREPLAYED_OTHER : -1;
}

static int count_steps(const struct trace *trace,
		       const struct trace_variant *variant,
		       struct insn *decoded, struct notreplayed *found,
		       struct error *err)
{
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_access *a = trace->accesses + variant->first_access;
	uint32_t i;
	int kind;

	for (i = 0; i < variant->nsteps; i++, a += step->naccesses, step++) {
		const struct trace_insn *code = &trace->insns[step->insn];
		struct insn *insn = &decoded[step->insn];

		if (!insn->zydis.length &&
		    insn_decode(insn, code->address, code->bytes, code->length))
			return DAMAGED(trace, err,
				       "no instruction at 0x%" PRIx64 " in %s",
				       code->address,
				       trace_string(trace, code->function));
		kind = unreplayable_kind(insn, a, step->naccesses);
		if (kind >= 0)
			found->count[kind]++;
	}
	return 0;
}

int unreplayable_count(const struct trace *trace,
		       const struct trace_variant *variant,
		       struct notreplayed *found, struct error *err)
{
	struct insn *decoded = calloc(trace->ninsns, sizeof(*decoded));
	int rc;

	*found = (struct notreplayed){0};
	if (!decoded)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
				 trace->path);
	rc = count_steps(trace, variant, decoded, found, err);
	free(decoded);
	return rc;
}
