// SPDX-License-Identifier: GPL-2.0
/*
 * subject MODE: calls the function of that name for ever: the program that the
 * recorder's tests record, with planted truth in each function. If a recorder
 * does to it what it mustn't, it exits with a status above 2.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline, noclone, used))

/* Its first byte is written first by each function that uses it. */
char buffer[256] __attribute__((aligned(64)));
static const char text[8] = "abcdefg";
static const char other[8] = "abcXefg";

static char **arguments;
static atomic_int calls;

/* Strings: forwards, backwards, cut short, and not at all. */
FUNCTION void strings(void)
{
	void *to = buffer + 16;
	const void *from = text, *with = other;
	long n = 3;

	buffer[0] = 1;
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(0) : "memory");
	to = buffer + 71;
	n = 8;
	__asm__ volatile("std; rep stosb; cld"
			 : "+D"(to), "+c"(n)
			 : "a"(0)
			 : "memory");
	to = (void *)text;
	n = 8;
	__asm__ volatile("repne scasb" : "+D"(to), "+c"(n) : "a"('c') : "cc");
	n = 8;
	__asm__ volatile("repe cmpsb" : "+S"(from), "+D"(with), "+c"(n)::"cc");
	to = buffer;
	n = 0;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
}

/* Stepping must not show in the flags, nor stay in them. */
FUNCTION void flags(void)
{
	unsigned long seen;

	__asm__ volatile("pushfq; mov (%%rsp), %0; popfq; nop" : "=r"(seen));
	if (seen & 0x100)
		exit(3);
}

/* Elements 0, 2 and 3 of eight, backwards. */
__attribute__((target("avx2"))) FUNCTION void gather(void)
{
	static const int index[8] = {7, 6, 5, 4, 3, 2, 1, 0};
	static const int mask[8] = {-1, 0, -1, -1, 0, 0, 0, 0};

	buffer[0] = 1;
	__asm__ volatile("vmovdqu %0, %%ymm2; vmovdqu %1, %%ymm3\n\t"
			 "vpxor %%ymm1, %%ymm1, %%ymm1\n\t"
			 "vpgatherdd %%ymm3, (%2, %%ymm2, 4), %%ymm1\n\t"
			 "vzeroupper"
			 :
			 : "m"(index), "m"(mask), "r"(buffer)
			 : "xmm1", "xmm2", "xmm3");
}

FUNCTION void kernel(void)
{
	struct timespec t = {.tv_nsec = 60000000};

	syscall(SYS_getppid);
	syscall(SYS_close, -1);
	syscall(SYS_close, -1);
	syscall(SYS_nanosleep, &t, NULL);
}

FUNCTION void vdso(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
}

FUNCTION void loop(void)
{
	long n = 20000;

	__asm__ volatile("1: mov %%rcx, %1; dec %0; jnz 1b"
			 : "+c"(n), "=m"(buffer));
}

static atomic_int users, values, wrong;

static void on_user(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_pid != getpid())
		wrong++;
	users++;
}

static void on_queued(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_code != SI_QUEUE || info->si_pid != getpid() ||
	    info->si_value.sival_int != ++values)
		wrong++;
}

/* Signals for itself, two of a kind and five with values. */
FUNCTION void signals(void)
{
	int i;

	raise(SIGUSR1);
	raise(SIGUSR1);
	for (i = 1; i <= 5; i++)
		sigqueue(getpid(), SIGRTMIN + 1,
			 (union sigval){.sival_int = i});
	raise(SIGUSR2);
	/* A trap that is sent is none of a debugger's. */
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGTRAP);
}

/* A signal that comes while it sleeps: the call is restarted, or cut short. */
FUNCTION int interrupted(void)
{
	struct timespec t = {.tv_nsec = 80000000};

	ualarm(20000, 0);
	return nanosleep(&t, NULL);
}

/* After the call: were the signals handled by now? */
static void check_signals(void)
{
	if (users < 3 || users > 4 || values != 5 || wrong)
		exit(3);
	users = values = 0;
}

FUNCTION void leave(void)
{
	_exit(7);
}

FUNCTION void work(void)
{
	calls++;
}

/* The last of some calls: then it ends, or does something else for ever. */
static void end_after(int n, const char *how)
{
	while (n--)
		work();
	if (!strcmp(how, "dies"))
		kill(getpid(), SIGKILL);
	if (!strcmp(how, "executes"))
		execl("/proc/self/exe", arguments[0], "nothing", NULL);
	while (!strcmp(how, "sleeps"))
		usleep(1000);
	_exit(5);
}

FUNCTION void perish(void)
{
	kill(getpid(), SIGKILL);
}

FUNCTION void fault(void)
{
	*(volatile char *)8 = 0;
}

FUNCTION void change(void)
{
	execl("/proc/self/exe", arguments[0], "work", NULL);
}

FUNCTION void never(void)
{
	__asm__ volatile("");
}

FUNCTION void after(void)
{
	__asm__ volatile("");
}

/* Chosen by the dynamic linker. */
static void (*choose(void))(void)
{
	return work;
}

void indirect(void) __attribute__((ifunc("choose")));

/* A child runs into the place where its parent is waited for. */
FUNCTION void parent(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		/* A trap that was left here must be deadly, not handled. */
		signal(SIGTRAP, SIG_DFL);
		after();
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		exit(3);
}

/*
 * Between two calls of work(): known lines, some of them twice, some by one
 * access to two of them, some written and read; no system call.
 */
static char touched[8 * 4096] __attribute__((aligned(4096)));

FUNCTION void between(void)
{
	volatile char *p = touched;
	long n = 300;
	void *to;

	p[0];
	p[4096 + 5 * 64] = 1;
	p[4096 + 5 * 64 + 63];
	/* Lines 10 and 11 of page 2, by one access. */
	*(volatile long *)(touched + 2 * 4096 + 10 * 64 + 60);
	/* 300 bytes: lines 60 to 63 of page 3, and line 0 of page 4. */
	to = touched + 3 * 4096 + 60 * 64 + 1;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
	p[6 * 4096 + 31 * 64];
	p[0];
}

/* The same, after so many instructions that touch another page. */
FUNCTION void longbetween(void)
{
	volatile char *p = touched + 7 * 4096;
	int i;

	for (i = 0; i < 3000; i++)
		p[i & 63];
	between();
}

static sigjmp_buf behind;

static void on_fault(int number)
{
	(void)number;
	siglongjmp(behind, 1);
}

/* A fault that the program handles. */
FUNCTION void faultbetween(void)
{
	volatile char *p = touched;

	p[0];
	if (!sigsetjmp(behind, 0))
		fault();
	p[64];
}

/* Calls of work(), with @between in between and nothing else. */
FUNCTION static void alternate(void (*between)(void))
{
	long n;

	for (n = 0; n < 1000000000; n++) {
		work();
		between();
	}
}

static void *helper(void *unused)
{
	for (;;) {
		work();
		usleep(700);
	}
	return unused;
}

FUNCTION static void run(const char *mode)
{
	static const struct {
		const char *name;
		void (*call)(void);
	} modes[] = {
		{"strings", strings}, {"flags", flags},	  {"gather", gather},
		{"kernel", kernel},   {"vdso", vdso},	  {"loop", loop},
		{"work", work},	      {"parent", parent}, {"leave", leave},
		{"perish", perish},   {"fault", fault},	  {"change", change},
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(mode, modes[i].name))
			modes[i].call();
	if (!strcmp(mode, "signals")) {
		signals();
		check_signals();
	} else if (!strcmp(mode, "interrupted")) {
		interrupted();
	}
	after();
}

static bool is_traced(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	int tracer = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	}
	if (f)
		fclose(f);
	return tracer;
}

/* Half a minute for it to come, and half a second for it to set a breakpoint. */
static void await_tracer(void)
{
	for (int i = 0; i < 3000 && !is_traced(); i++)
		usleep(10000);
	usleep(500000);
}

int main(int argc, char **argv)
{
	struct sigaction queued = {.sa_sigaction = on_queued,
				   .sa_flags = SA_SIGINFO};
	struct sigaction user = {.sa_sigaction = on_user,
				 .sa_flags = SA_SIGINFO};
	struct sigaction fault = {.sa_handler = on_fault,
				  .sa_flags = SA_NODEFER};
	pthread_t thread;

	arguments = argv;
	if (argc == 4 && !strcmp(argv[1], "ends"))
		end_after(atoi(argv[2]), argv[3]);
	if (argc != 2)
		return 2;
	alarm(0);
	sigaction(SIGRTMIN + 1, &queued, NULL);
	sigaction(SIGUSR1, &user, NULL);
	sigaction(SIGUSR2, &user, NULL);
	sigaction(SIGTRAP, &user, NULL);
	sigaction(SIGALRM, &user, NULL);
	if (!strcmp(argv[1], "threads"))
		pthread_create(&thread, NULL, helper, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	if (!strcmp(argv[1], "between"))
		alternate(between);
	if (!strcmp(argv[1], "longbetween"))
		alternate(longbetween);
	if (!strcmp(argv[1], "faultbetween"))
		alternate(faultbetween);
	if (!strcmp(argv[1], "change"))
		await_tracer();
	/* Nobody needs it for longer. */
	for (int i = 0; i < 60000; i++) {
		run(strcmp(argv[1], "threads") ? argv[1] : "work");
		usleep(1000);
	}
	return 2;
}
