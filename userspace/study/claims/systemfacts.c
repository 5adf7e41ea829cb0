// SPDX-License-Identifier: GPL-2.0
#include "systemfacts.h"

#include <Zydis/Zydis.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "decode.h"

/* Of a function that does nothing but this: ENDBR64, a frame, RET. */
#define LONGEST_CODE 512u

static char cleared[4096];

/* There is nothing in it but the compiler's code for the built-in. */
__attribute__((noinline, noclone)) static void clear_cache(void)
{
	__builtin___clear_cache(cleared, cleared + sizeof(cleared));
}

static bool is_flush(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_CLFLUSH ||
	       mnemonic == ZYDIS_MNEMONIC_CLFLUSHOPT ||
	       mnemonic == ZYDIS_MNEMONIC_CLWB ||
	       mnemonic == ZYDIS_MNEMONIC_WBINVD;
}

static void read_code(struct systemfacts_code *code, void (*function)(void))
{
	const uint8_t *bytes = (const uint8_t *)function;
	struct insn insn;
	size_t at = 0;

	*code = (struct systemfacts_code){0};
	while (at < LONGEST_CODE &&
	       !insn_decode(&insn, (uintptr_t)bytes + at, bytes + at,
			    ZYDIS_MAX_INSTRUCTION_LENGTH)) {
		code->instructions++;
		code->flushes += is_flush(insn.zydis.mnemonic);
		at += insn.zydis.length;
		if (insn.kind == INSN_RET || insn.kind == INSN_JUMP)
			return;
	}
}

static uint64_t thread_stack(void)
{
	pthread_attr_t attributes;
	size_t bytes = 0;

	if (pthread_getattr_default_np(&attributes))
		return 0;
	pthread_attr_getstacksize(&attributes, &bytes);
	pthread_attr_destroy(&attributes);
	return bytes;
}

/* Tracefs is root's to read; where it isn't mounted, nobody can say. */
static int32_t tracepoints(void)
{
	static const char *const roots[] = {"/sys/kernel/tracing/events",
					    "/sys/kernel/debug/tracing/events"};
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (access(roots[i], R_OK | X_OK))
			continue;
		snprintf(path, sizeof(path), "%s/go", roots[i]);
		return !access(path, F_OK);
	}
	return -1;
}

void systemfacts_collect(struct systemfacts *facts)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

	getrlimit(RLIMIT_STACK, &limit);
	*facts = (struct systemfacts){
		.at_fdcwd = AT_FDCWD,
		.thread_stack_bytes = thread_stack(),
		.main_stack_bytes =
			limit.rlim_cur == RLIM_INFINITY ? 0 : limit.rlim_cur,
		.cgo_tracepoints = tracepoints(),
	};
	read_code(&facts->clear_cache, clear_cache);
}

static const struct record code_record = {
	.fields =
		FIELDS({MEMBER("instructions", systemfacts_code, instructions)},
		       {MEMBER("flushes", systemfacts_code, flushes)}),
};

GETTER(bool, knows_tracepoints, DATA(systemfacts)->cgo_tracepoints >= 0);

const struct record systemfacts_record = {
	.fields = FIELDS(
		{MEMBER("at_fdcwd", systemfacts, at_fdcwd)},
		{MEMBER("thread_stack_bytes", systemfacts, thread_stack_bytes),
		 KNOWN},
		{MEMBER("main_stack_bytes", systemfacts, main_stack_bytes),
		 KNOWN},
		{OBJECT_AT("clear_cache", systemfacts, clear_cache,
			   &code_record)},
		{MEMBER("cgo_tracepoints", systemfacts, cgo_tracepoints),
		 .valid_if = IF(knows_tracepoints)}),
};
