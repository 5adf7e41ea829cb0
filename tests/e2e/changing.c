// SPDX-License-Identifier: GPL-2.0
/*
 * changing MODE: calls call_made() for ever, which calls code that was made at run
 * time, and is changed: the recorder's tests record it. If a recorder does to it
 * what it mustn't, it exits with a status above 2.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline, noclone, noipa, used))

/*
 * Two that differ in nothing but the operation: addresses, lengths and accesses
 * are the same.
 */
static const uint8_t up[] = {
	0x48, 0x83, 0x07, 0x01,	      /* add qword ptr [rdi], 1 */
	0x48, 0x83, 0x47, 0x40, 0x01, /* add qword ptr [rdi+64], 1 */
	0xc3,			      /* ret */
};
static const uint8_t down[] = {
	0x48, 0x83, 0x2f, 0x01,	      /* sub qword ptr [rdi], 1 */
	0x48, 0x83, 0x6f, 0x40, 0x01, /* sub qword ptr [rdi+64], 1 */
	0xc3,			      /* ret */
};

/* Code that isn't stepped but run to its end. */
static const uint8_t fill[] = {
	0xb9, 8,    0, 0, 0, /* mov ecx, 8 */
	0xf3, 0xaa,	     /* rep stosb */
	0x9c,		     /* pushfq */
	0x58,		     /* pop rax */
	0xc3,		     /* ret */
};

static int64_t counted[16] __attribute__((aligned(64)));
static uint8_t *made;

FUNCTION void call_made(void)
{
	((void (*)(int64_t *))(uintptr_t)made)(counted);
}

FUNCTION void make(const uint8_t *code, size_t bytes)
{
	memcpy(made, code, bytes);
}

/* Both in one call. */
FUNCTION void call_both(void)
{
	make(up, sizeof(up));
	call_made();
	make(down, sizeof(down));
	call_made();
}

/* Another process that executes the same memory dies of a trap in it. */
static void share(void)
{
	int status;
	pid_t child;

	make(fill, sizeof(fill));
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			call_made();
	}
	while (!waitpid(child, &status, WNOHANG)) {
		call_made();
		usleep(300);
	}
	exit(3);
}

FUNCTION void patched(void)
{
	__asm__ volatile("nop; nop; nop; nop" ::: "memory");
}

static void write_text(uint32_t code)
{
	*(volatile uint32_t *)(uintptr_t)patched = code;
}

static void open_text(void)
{
	uintptr_t page = (uintptr_t)patched & ~4095ul;

	if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC))
		exit(2);
}

#define FOUR_NOPS 0x90909090
#define LEA_RET	  0xc3008d48 /* lea rax, [rax]; ret */

/* The code of a function, as no file has it. */
static void patch(void)
{
	open_text();
	write_text(LEA_RET);
	if (write(STDOUT_FILENO, "patched\n", 8) != 8)
		exit(2);
	for (;;) {
		patched();
		usleep(300);
	}
}

/* It is the file's, isn't, and is again, within a call and without the kernel. */
FUNCTION void call_patched(void)
{
	patched();
	write_text(LEA_RET);
	patched();
	write_text(FOUR_NOPS);
	patched();
}

static void patch_between(void)
{
	open_text();
	for (;;) {
		call_patched();
		usleep(300);
	}
}

int main(int argc, char **argv)
{
	int kind = argc == 2 && !strcmp(argv[1], "shared") ? MAP_SHARED
							   : MAP_PRIVATE;
	unsigned int i;

	if (argc != 2)
		return 2;
	made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    kind | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED)
		return 2;
	if (!strcmp(argv[1], "shared"))
		share();
	if (!strcmp(argv[1], "patched"))
		patch();
	if (!strcmp(argv[1], "between"))
		patch_between();
	/* Nobody needs it for longer. */
	for (i = 0; i < 200000; i++) {
		if (i & 1)
			make(down, sizeof(down));
		else
			make(up, sizeof(up));
		call_made();
		if (counted[0] != !(i & 1) || counted[8] != counted[0])
			return 3;
		call_both();
		usleep(300);
	}
	return 2;
}
