// SPDX-License-Identifier: GPL-2.0
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stddef.h>

/* The library's function returns a constant's address; so does our own. */
static const char *(*found)(void);

__attribute__((noinline, noclone)) static const char *own_version(void)
{
	__asm__ volatile("");
	return "0";
}

int linkage_find(void)
{
	*(void **)&found = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
	return found ? 0 : -1;
}

void linkage_direct(long n)
{
	while (n-- > 0)
		own_version();
}

void linkage_bound(long n)
{
	while (n-- > 0)
		gnu_get_libc_version();
}

void linkage_pointer(long n)
{
	const char *(*volatile * where)(void) = (void *)&found;

	while (n-- > 0)
		(*where)();
}
