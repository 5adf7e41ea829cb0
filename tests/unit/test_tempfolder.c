// SPDX-License-Identifier: GPL-2.0
#include "tempfolder.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void put_file(const char *folder, const char *name, char path[PATH_MAX])
{
	int fd;

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

/* All of it goes, and nothing that a link in it leads to. */
static void test_remove(void **state)
{
	char inner[TEMPFOLDER_BYTES], outer[TEMPFOLDER_BYTES];
	char kept[PATH_MAX], path[PATH_MAX], link[PATH_MAX];
	struct error err = {0};

	(void)state;
	assert_int_equal(tempfolder_make(outer, &err), 0);
	assert_int_equal(tempfolder_make(inner, &err), 0);
	assert_string_not_equal(outer, inner);
	put_file(outer, "kept", kept);
	put_file(inner, "file", path);
	snprintf(path, sizeof(path), "%s/below", inner);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(link, sizeof(link), "%s/below/link", inner);
	assert_int_equal(symlink(outer, link), 0);
	tempfolder_remove(inner);
	assert_int_equal(access(inner, F_OK), -1);
	assert_int_equal(access(kept, F_OK), 0);
	tempfolder_remove(outer);
	assert_int_equal(access(outer, F_OK), -1);
	tempfolder_remove("");
}

/* It is made where TMPDIR says, or not at all, and has no name then. */
static void test_place(void **state)
{
	char outer[TEMPFOLDER_BYTES], inner[TEMPFOLDER_BYTES],
		missing[PATH_MAX];
	char *long_name = calloc(1, TEMPFOLDER_BYTES);
	struct error err = {0};

	(void)state;
	assert_non_null(long_name);
	assert_int_equal(tempfolder_make(outer, &err), 0);
	setenv("TMPDIR", outer, 1);
	assert_int_equal(tempfolder_make(inner, &err), 0);
	assert_int_equal(strncmp(inner, outer, strlen(outer)), 0);
	snprintf(missing, sizeof(missing), "%s/missing", outer);
	setenv("TMPDIR", missing, 1);
	assert_int_equal(tempfolder_make(inner, &err), -1);
	assert_non_null(strstr(err.text, missing));
	assert_string_equal(inner, "");
	memset(long_name, 'x', TEMPFOLDER_BYTES - 1);
	setenv("TMPDIR", long_name, 1);
	assert_int_equal(tempfolder_make(inner, &err), -1);
	assert_string_equal(inner, "");
	unsetenv("TMPDIR");
	tempfolder_remove(outer);
	free(long_name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
