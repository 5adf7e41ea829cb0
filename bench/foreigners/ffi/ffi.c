// SPDX-License-Identifier: GPL-2.0
#include <ffi.h>
#include <stdio.h>

#include "serve.h"

/* An addition, called by libffi, as languages call C that was compiled without them. */

static ffi_cif cif;
static ffi_type *types[] = {&ffi_type_sint, &ffi_type_sint};

__attribute__((noinline)) static int add(int a, int b)
{
	return a + b;
}

/* The caller's part belongs to the call: it stores what libffi loads. */
__attribute__((noipa)) static int call_by_ffi(int a, int b)
{
	void *values[] = {&a, &b};
	ffi_arg sum;

	ffi_call(&cif, FFI_FN(add), &sum, values);
	return (int)sum;
}

static void loop(uint32_t n)
{
	while (n--)
		call_by_ffi(2, 3);
}

int main(int argc, char **argv)
{
	const struct serve_calls calls = {.name = "ffi", .loop = loop};

	if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, types) !=
		    FFI_OK ||
	    call_by_ffi(2, 3) != 5) {
		fputs("ffi: libffi can't add here\n", stderr);
		return SERVE_IMPOSSIBLE;
	}
	return serve_program(&calls, argc, argv);
}
