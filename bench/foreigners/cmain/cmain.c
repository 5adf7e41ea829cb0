// SPDX-License-Identifier: GPL-2.0
/*
 * A program in C that loads Go as a library: cmain LIBRARY KIND SECONDS.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	long long (*run)(char *kind, double seconds);
	void *library;

	if (argc != 4)
		return 2;
	library = dlopen(argv[1], RTLD_NOW);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 3;
	}
	*(void **)&run = dlsym(library, "ForeignRun");
	if (!run)
		return 3;
	printf("calls %lld\n", run(argv[2], strtod(argv[3], NULL)));
	return 0;
}
