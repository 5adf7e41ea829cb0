// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outfile.h"

/* A directory of its own for each test, so that leftovers can be counted. */
static char directory[64];
static char path[128];

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/switchcost-out-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/result", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static int files(void)
{
	DIR *d = opendir(directory);
	int n = -2; /* . and .. */

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void content(char *buffer, size_t bytes)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(buffer, 1, bytes - 1, f);
	buffer[n] = '\0';
	fclose(f);
}

static void put(const char *text)
{
	struct outfile out;
	struct error err = {0};

	assert_int_equal(outfile_open(&out, path, &err), 0);
	fputs(text, out.stream);
	assert_int_equal(outfile_commit(&out, &err), 0);
}

static void test_appears_at_commit(void **state)
{
	struct outfile out;
	struct error err = {0};
	char text[32];

	(void)state;
	assert_int_equal(outfile_open(&out, path, &err), 0);
	fputs("whole", out.stream);
	fflush(out.stream);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(outfile_commit(&out, &err), 0);
	content(text, sizeof(text));
	assert_string_equal(text, "whole");
	assert_int_equal(files(), 1);
}

static void test_abort_leaves_the_old(void **state)
{
	struct outfile out;
	struct error err = {0};
	char text[32];

	(void)state;
	put("old");
	assert_int_equal(outfile_open(&out, path, &err), 0);
	fputs("new", out.stream);
	outfile_abort(&out);
	content(text, sizeof(text));
	assert_string_equal(text, "old");
	assert_int_equal(files(), 1);
}

/* A writer that is killed leaves nothing, not even a temporary name. */
static void test_killed_writer(void **state)
{
	struct outfile out;
	struct error err = {0};
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		if (outfile_open(&out, path, &err))
			_exit(1);
		fputs("half", out.stream);
		fflush(out.stream);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(files(), 0);
}

static void test_replaces(void **state)
{
	char text[32];

	(void)state;
	put("first and longer");
	put("second");
	content(text, sizeof(text));
	assert_string_equal(text, "second");
	assert_int_equal(files(), 1);
}

/* A device is written to; renaming over it would make it a regular file. */
static void test_device_stays(void **state)
{
	struct outfile out;
	struct error err = {0};
	struct stat st;

	(void)state;
	assert_int_equal(outfile_open(&out, "/dev/full", &err), 0);
	fputs("lost", out.stream);
	assert_int_equal(outfile_commit(&out, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_non_null(strstr(err.text, "/dev/full"));
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void test_missing_directory(void **state)
{
	struct outfile out;
	struct error err = {0};

	(void)state;
	assert_int_equal(outfile_open(&out, "/nonexistent/x", &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_non_null(strstr(err.text, "/nonexistent/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_appears_at_commit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_abort_leaves_the_old,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_writer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_replaces, setup, teardown),
		cmocka_unit_test(test_device_stays),
		cmocka_unit_test(test_missing_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
