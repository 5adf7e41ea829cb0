// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <alloca.h>
#include <immintrin.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/*
 * Real programs execute this, and each kind of it has a function. "anyprogram
 * NAME" calls subject_NAME again and again, to be recorded; without a name it
 * prints the names of those that this CPU can run, one a line.
 */

#define SUBJECT(name)                                        \
	__attribute__((noinline)) void subject_##name(void); \
	void subject_##name(void)

#define CALLS 6

static char from[1 << 17], to[1 << 17];
static volatile uint64_t sink;
static volatile uint64_t seven = 7, many = 123456789;
static volatile double half = 0.5;

SUBJECT(empty)
{
}

SUBJECT(memcpy)
{
	static const size_t sizes[] = {1,  3,  8,   15,	 16,   31,
				       64, 65, 255, 513, 1000, 4096};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		memcpy(to + i, from + 2 * i, sizes[i]);
		memmove(to + i + 3, to + i, sizes[i]);
		memset(to + 7 * i, (int)i, sizes[i]);
	}
}

/* Copies long enough for fast strings (rep movsb, rep stosb), if libc has them. */
SUBJECT(memcpy_large)
{
	memcpy(to, from, 60000);
	memset(to + 5, 1, 70000);
}

SUBJECT(strings)
{
	char word[96] = "between ";
	size_t n;

	for (n = 1; n < 70; n += 23) {
		memset(word + 8, 'x', n);
		word[8 + n] = '\0';
		sink += strlen(word) + (size_t)strchr(word, 'x') +
			(size_t)memchr(word, 'e', n) +
			(size_t)strstr(word, "xx");
		sink += (uint64_t)strcmp(word, "between") +
			(uint64_t)memcmp(word, from, n);
		strncpy(to, word, n);
	}
}

SUBJECT(snprintf)
{
	char text[128];

	snprintf(text, sizeof(text), "%d %s %08x %c %lu", 42, "word", 7u, 'c',
		 (unsigned long)many);
	sink += strtoul(text, NULL, 10);
}

SUBJECT(snprintf_float)
{
	char text[128];

	snprintf(text, sizeof(text), "%.3f %g %Lf", half, 1e9 * half,
		 (long double)half);
	sink += (uint64_t)strtod(text, NULL);
}

static int by_value(const void *left, const void *right)
{
	int a = *(const int *)left, b = *(const int *)right;

	return (a > b) - (a < b);
}

SUBJECT(qsort)
{
	int list[40], i;

	for (i = 0; i < 40; i++)
		list[i] = (i * 17) % 41;
	qsort(list, 40, sizeof(*list), by_value);
	sink += (uint64_t)list[3];
}

SUBJECT(malloc)
{
	void *small = malloc(40), *large = malloc(5000);

	large = realloc(large, 9000);
	free(small);
	free(large);
}

static jmp_buf there;

static __attribute__((noinline)) void leap(int depth)
{
	volatile char frame[300];

	frame[depth] = 1;
	if (!depth)
		longjmp(there, 1);
	leap(depth - 1);
	sink += (uint64_t)frame[depth];
}

SUBJECT(longjmp)
{
	if (!setjmp(there))
		leap(5);
	sink++;
}

SUBJECT(float)
{
	volatile double a = half, b = 3;
	volatile float f = 2;
	int i;

	for (i = 0; i < 8; i++) {
		a = a * b + 1;
		b = sqrt(a) / (b + 1);
		f = f * 1.5f - (float)b;
	}
	sink += (uint64_t)a + (uint64_t)(int)f + (a > b);
}

SUBJECT(packed)
{
	__m128 a = _mm_loadu_ps((float *)from), b = _mm_set1_ps(2);
	__m128i c = _mm_loadu_si128((__m128i *)to);

	a = _mm_add_ps(_mm_mul_ps(a, b), _mm_shuffle_ps(a, b, 0x1b));
	c = _mm_add_epi32(_mm_mullo_epi16(c, c), _mm_slli_epi32(c, 3));
	_mm_storeu_ps((float *)to, a);
	_mm_storeu_si128((__m128i *)(to + 77), c);
	_mm_storel_pi((__m64 *)(to + 40), a);
	_mm_store_ss((float *)(to + 60), a);
	sink += (uint64_t)_mm_movemask_epi8(c) +
		(uint64_t)_mm_cvtsi128_si64(c) + (uint64_t)_mm_cvttss_si32(a);
}

SUBJECT(x87)
{
	volatile long double a = 1.5L, b = 2;
	int i;

	for (i = 0; i < 4; i++) {
		a = a * b + 1;
		b = a / b;
	}
	sink += (uint64_t)a;
	__asm__ volatile("fnstcw -16(%%rsp)\n\tfldcw -16(%%rsp)\n\t"
			 "fld1\n\tfsqrt\n\tfstpl -24(%%rsp)\n\tfninit" ::
				 : "memory");
}

SUBJECT(integers)
{
	uint64_t a = many, b = seven;
	int32_t c = (int32_t)a, d = (int32_t)b;

	a = a / b + a % b;
	c = c / d + c % d;
	a += (uint64_t)(int64_t)(int8_t)a + (uint64_t)(int64_t)(int16_t)b +
	     (uint64_t)(int64_t)c;
	a *= 1000003 * b;
	a ^= a << 13 | a >> 51;
	a += (uint64_t)(((unsigned __int128)a * b) >> 64);
	a -= a > b ? b : 3 * b;
	a += (a == b) + (a < 77);
	__asm__ volatile("cqo\n\tidivq %1" : "+a"(a) : "r"(b) : "rdx", "cc");
	__asm__ volatile("bswap %0\n\tnot %0\n\tneg %0\n\trolq $5, %0\n\t"
			 "shldq $3, %1, %0\n\tadcq %1, %0\n\tsbbq $1, %0\n\t"
			 "xchgq %0, %1\n\txaddq %0, %1\n\tmovb %%ah, %%al"
			 : "+a"(a), "+r"(b)::"cc");
	sink += a;
}

SUBJECT(bits)
{
	uint64_t a = many, b, c;

	__asm__ volatile("bsfq %2, %0\n\tbsrq %2, %1\n\ttzcntq %2, %0\n\t"
			 "popcntq %2, %1\n\tbtq %0, %2\n\tbtsq $3, %0\n\t"
			 "btrq %1, %0\n\tbtcl $7, %k1"
			 : "=&r"(b), "=&r"(c)
			 : "r"(a)
			 : "cc");
	__asm__ volatile("btq %1, %0\n\tbtsq %1, %0\n\tbtsl $3, %0"
			 : "+m"(to)
			 : "r"(200ul)
			 : "cc", "memory");
	__asm__ volatile("lock btsq $5, %0" : "+m"(to)::"cc");
	sink += b + c;
}

SUBJECT(atomics)
{
	static uint64_t word[4] __attribute__((aligned(64)));
	static unsigned char odd[128] __attribute__((aligned(64)));
	uint64_t r = 5;

	__asm__ volatile(
		"lock addq $1, %0\n\tlock andl $-2, %0\n\tlock orq %1, %0\n\t"
		"lock xaddq %1, %0\n\tlock incw %0\n\tlock notb %0\n\t"
		"xchgq %1, %0\n\txchgb %b1, %0\n\tlock negq %0\n\t"
		"lock subl %k1, %0\n\tlock decq %0\n\tlock xorq %1, %0"
		: "+m"(word[0]), "+r"(r)::"cc");
	__asm__ volatile("lock cmpxchgq %1, %0"
			 : "+m"(word[0]), "+r"(r)::"rax", "cc");
	__asm__ volatile("cmpxchgl %k1, %0\n\txaddq %1, %0"
			 : "+m"(word[0]), "+r"(r)::"rax", "cc");
	__asm__ volatile("lock cmpxchg8b %0\n\tlock cmpxchg16b %0"
			 : "+m"(word)::"rax", "rbx", "rcx", "rdx", "cc");
	/* Misaligned within a line, and across a line. */
	__asm__ volatile(
		"lock addq $1, 3(%0)\n\tlock xaddl %1, 62(%0)" ::"r"(odd),
		"r"(0)
		: "cc", "memory");
	sink += word[0];
}

SUBJECT(stack_forms)
{
	__asm__ volatile(
		"subq $128, %%rsp\n\t"
		/* No POPF: while it is stepped, its flags may hold TF. */
		"pushfq\n\tpopq %%rax\n\t"
		"pushq $5\n\tpopq %0\n\t"
		"pushq %0\n\tpopq %0\n\t"
		"pushq %%rsp\n\tpopq %%rax\n\tpushq %%rsp\n\tpopq %%rsp\n\t"
		"enter $48, $0\n\tleave\n\t"
		"pushq $1f\n\tret $0\n1:\n\t"
		"pushq $0\n\tpushq $0\n\tpushq $2f\n\tret $16\n2:\n\t"
		"movq %%rsp, %%rax\n\tandq $-64, %%rsp\n\tmovq %%rax, %%rsp\n\t"
		"movq %%rsp, -64(%%rsp)\n\tmovq -64(%%rsp), %%rsp\n\t"
		"xchgq %%rax, %%rsp\n\tleaq 128(%%rsp), %%rsp"
		: "=m"(sink)::"rax", "cc", "memory");
}

/* Frames within frames, as of languages whose functions nest. */
SUBJECT(nested_frames)
{
	__asm__ volatile("subq $128, %%rsp\n\t"
			 "enter $16, $1\n\tenter $32, $2\n\t"
			 "enter $48, $3\n\tenter $0, $31\n\t"
			 "leave\n\tleave\n\tleave\n\tleave\n\t"
			 "addq $128, %%rsp" ::
				 : "cc", "memory");
}

SUBJECT(string_forms)
{
	__asm__ volatile(
		"cld\n\tleaq from(%%rip), %%rsi\n\tleaq to(%%rip), %%rdi\n\t"
		"movsb\n\tmovsw\n\tmovsl\n\tmovsq\n\tstosb\n\tstosq\n\tlodsb\n\t"
		"lodsq\n\tscasb\n\tcmpsq\n\t"
		"movl $100, %%ecx\n\trep movsb\n\tmovl $300, %%ecx\n\t"
		"rep stosb\n\tmovl $33, %%ecx\n\trep movsq\n\t"
		"movl $65, %%ecx\n\trep stosl\n\txorl %%ecx, %%ecx\n\t"
		"rep movsb\n\tmovl $9, %%ecx\n\trepe cmpsb\n\t"
		"movl $9, %%ecx\n\trepne scasb\n\tmovl $4, %%ecx\n\t"
		"rep lodsq\n\taddq $3, %%rdi\n\tmovl $1, %%ecx\n\trep stosq\n\t"
		"std\n\tmovl $20, %%ecx\n\trep movsl\n\tcld" ::
			: "rax", "rcx", "rsi", "rdi", "cc", "memory");
}

SUBJECT(system)
{
	unsigned int a = 0, b, c = 0, d;
	uint32_t low, high;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	sink += low;
	__asm__ volatile("rdtscp" : "=a"(low), "=d"(high)::"rcx");
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	__asm__ volatile(
		"lfence\n\tmfence\n\tsfence\n\tpause\n\t"
		"prefetcht0 (%0)\n\tprefetchw (%0)\n\tclflush (%0)" ::"r"(to)
		: "memory");
}

SUBJECT(nontemporal)
{
	__m128i v = _mm_loadu_si128((__m128i *)from);

	_mm_stream_si128((__m128i *)((uintptr_t)(to + 64) & ~63ul), v);
	_mm_stream_si64((long long *)((uintptr_t)(to + 256) & ~63ul), 7);
	_mm_sfence();
}

__attribute__((target("avx2,fma,bmi,bmi2,lzcnt"))) SUBJECT(avx2)
{
	__m256i a = _mm256_loadu_si256((__m256i *)(from + 9));
	__m256 f = _mm256_loadu_ps((float *)from);
	uint64_t x = many;

	a = _mm256_add_epi8(a, _mm256_cmpeq_epi8(a, a));
	f = _mm256_fmadd_ps(f, f, f);
	_mm256_storeu_si256((__m256i *)(to + 61), a);
	_mm256_maskstore_epi32((int *)(to + 200), a, a);
	f = _mm256_maskload_ps((float *)from, a);
	_mm256_storeu_ps((float *)(to + 300), f);
	_mm256_stream_si256((__m256i *)((uintptr_t)(to + 512) & ~63ul), a);
	sink += (uint64_t)_mm256_movemask_epi8(a);
	__asm__ volatile("andn %0, %0, %%rax\n\tbextr %%rax, %0, %%rcx\n\t"
			 "rorx $7, %0, %%rax\n\tshlx %%rcx, %0, %%rax\n\t"
			 "mulx %0, %%rcx, %%rax\n\tpdep %%rax, %0, %%rcx\n\t"
			 "blsr %%rcx, %0\n\tlzcnt %0, %0\n\tvzeroupper"
			 : "+d"(x)::"rax", "rcx", "cc");
	sink += x;
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) SUBJECT(avx512)
{
	__m512i a = _mm512_loadu_si512(from + 5);
	__mmask64 m = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8(0));

	_mm512_mask_storeu_epi8(to + 33, m, a);
	a = _mm512_maskz_loadu_epi8(m >> 3, from);
	a = _mm512_add_epi32(a, _mm512_mullo_epi32(a, a));
	_mm512_storeu_si512(to + 300, a);
	_mm256_storeu_si256((__m256i *)(to + 400), _mm512_castsi512_si256(a));
	__asm__ volatile("vmovdqu64 %0, %%ymm18\n\tvpxorq %%ymm18, %%ymm19, "
			 "%%ymm20\n\tvmovdqu64 %%ymm20, %0\n\tkmovq %%k1, %%rax"
			 "\n\tkortestq %%k1, %%k1"
			 : "+m"(to[1000])::"rax", "cc", "memory");
	sink += (uint64_t)m;
}

SUBJECT(syscalls)
{
	struct timespec short_while = {.tv_nsec = 1000};
	uint32_t word = 0;

	sink += (uint64_t)getppid();
	nanosleep(&short_while, NULL);
	sink += (uint64_t)syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0);
	sink += (uint64_t)write(-1, from, 4);
}

SUBJECT(clock)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	sink += (uint64_t)t.tv_nsec;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static __thread uint64_t local[8];

SUBJECT(thread_local)
{
	pthread_mutex_lock(&mutex);
	local[sink & 7]++;
	sink += local[3];
	pthread_mutex_unlock(&mutex);
	sink += (uint64_t)pthread_self();
}

/* A frame of many pages of which few are touched. */
SUBJECT(large_frame)
{
	volatile char frame[3 << 20];

	frame[0] = 1;
	frame[1 << 20] = 2;
	frame[sizeof(frame) - 1] = 3;
	sink += (uint64_t)frame[1 << 20];
}

static __attribute__((noinline)) uint64_t deeper(uint64_t n)
{
	volatile uint64_t kept = n;

	return n ? deeper(n - 1) + kept : 0;
}

SUBJECT(recursion)
{
	sink += deeper(1000);
}

SUBJECT(alloca)
{
	volatile char *p = alloca(seven * 1000);

	p[0] = 1;
	p[seven * 999] = 2;
	sink += (uint64_t)p[0];
}

static __attribute__((noinline)) void last(uint64_t n)
{
	sink += n;
}

SUBJECT(tail_call)
{
	last(seven);
}

/* Keeps its locals below RSP. */
static __attribute__((noinline)) uint64_t leaf(uint64_t *p)
{
	uint64_t *volatile kept[4] = {p, p + 1, p + 2, p};

	return *kept[0] + *kept[3];
}

SUBJECT(red_zone)
{
	uint64_t words[4] = {1, 2, 3, 4};

	sink += leaf(words);
}

/*
 * Two stacks of 2 KiB on one page, as goroutines have them: switched to and
 * fro, with calls and returns on both.
 */
static char stacks[2][2048] __attribute__((aligned(4096)));
static uint64_t *other_sp;

void other_stack_entry(void);
void switch_stacks(uint64_t **saved);
__asm__(".text\n"
	"switch_stacks:\n\t"
	"pushq %rbp\n\tpushq %rbx\n\txchgq %rsp, (%rdi)\n\t"
	"popq %rbx\n\tpopq %rbp\n\tretq\n"
	".type switch_stacks, @function\n.size switch_stacks, .-switch_stacks\n");

void other_stack_entry(void)
{
	for (;;) {
		last(3);
		switch_stacks(&other_sp);
	}
}

static uint64_t *new_stack(char *stack)
{
	uint64_t *sp = (uint64_t *)(stack + sizeof(stacks[0]));

	*--sp = 0;
	*--sp = (uint64_t)other_stack_entry;
	sp -= 2;
	return sp;
}

SUBJECT(stack_switches)
{
	static uint64_t *lower, *upper;

	if (!lower) {
		lower = new_stack(stacks[0]);
		upper = new_stack(stacks[1]);
	}
	other_sp = upper;
	switch_stacks(&other_sp);
	upper = other_sp;
	other_sp = lower;
	switch_stacks(&other_sp);
	lower = other_sp;
	other_sp = upper;
	switch_stacks(&other_sp);
	upper = other_sp;
	last(9);
}

/* The same through the C library, on stacks from the heap, with a syscall. */
static ucontext_t main_context, context;

static void context_entry(void)
{
	for (;;) {
		last(5);
		swapcontext(&context, &main_context);
	}
}

SUBJECT(contexts)
{
	static void *stack;

	if (!stack) {
		stack = malloc(20000);
		getcontext(&context);
		context.uc_stack.ss_sp = stack;
		context.uc_stack.ss_size = 20000;
		makecontext(&context, context_entry, 0);
	}
	swapcontext(&main_context, &context);
	swapcontext(&main_context, &context);
}

/*
 * Returns to where no call was, or where another one was: a retpoline, a pushed
 * address, a moved return address, a call that only finds out where it is.
 */
SUBJECT(returns)
{
	__asm__ volatile("subq $128, %%rsp\n\t"
			 "leaq 3f(%%rip), %%rax\n\tcall 2f\n"
			 "1:\tpause\n\tlfence\n\tjmp 1b\n"
			 "2:\tmovq %%rax, (%%rsp)\n\tret\n"
			 "3:\tleaq 4f(%%rip), %%rax\n\tpushq %%rax\n\tret\n"
			 "4:\tjmp 6f\n"
			 "5:\tpopq %%rcx\n\tmovq %%rcx, %0\n\tnop\n\t"
			 "movq %0, %%rcx\n\tpushq %%rcx\n\tret\n"
			 "6:\tcall 5b\n\tcall 7f\n7:\tpopq %%rcx\n\t"
			 "call 8f\n\tnop\n8:\tpopq %%rcx\n\t"
			 "addq $128, %%rsp"
			 : "+m"(from[64])::"rax", "rcx", "memory", "cc");
}

/* A copied frame is returned through, as after the growth of a stack. */
SUBJECT(moved_stack)
{
	static uint64_t copy[64] __attribute__((aligned(64)));

	__asm__ volatile("leaq 1f(%%rip), %%rax\n\tmovq %%rax, 256(%0)\n\t"
			 "movq %%rsp, %%rbx\n\tleaq 256(%0), %%rsp\n\tret\n"
			 "1:\tmovq %%rbx, %%rsp" ::"r"(copy)
			 : "rax", "rbx", "memory");
}

/* Accesses across lines and pages, and between two kinds of memory. */
SUBJECT(straddling)
{
	char *page = (char *)(((uintptr_t)to + 8191) & ~4095ul);
	uint64_t r = 1;

	__asm__ volatile("movq %1, -3(%0)\n\tmovq -5(%0), %1\n\t"
			 "addq %1, -1(%0)\n\tmovw %w1, -1(%0)\n\t"
			 "movups -7(%0), %%xmm1\n\tmovups %%xmm1, -9(%0)\n\t"
			 "movq 61(%0), %1" ::"r"(page),
			 "r"(r)
			 : "xmm1", "memory", "cc");
}

SUBJECT(touch1m)
{
	static char block[1 << 20];
	size_t i;

#pragma GCC unroll 16
	for (i = 0; i < sizeof(block); i += 64)
		((volatile char *)block)[i] = 1;
}

/* Takes about 10 us: dependent arithmetic, no memory. */
SUBJECT(work10us)
{
	uint64_t x = many, i;

	for (i = 0; i < 3000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		__asm__ volatile("" : "+r"(x));
	}
	sink = x;
}

/* Executes over 100000 instructions, many of them memory accesses. */
SUBJECT(long_walk)
{
	size_t i, sum = 0;

	for (i = 0; i < 10000; i++) {
		to[i * 8 % sizeof(to)] += from[i * 24 % sizeof(from)];
		sum += (size_t)to[i];
	}
	sink += sum;
}

#define ENTRY(name)	     {#name, subject_##name, NULL}
#define NEEDS(name, feature) {#name, subject_##name, feature}

static const struct {
	const char *name;
	void (*call)(void);
	const char *feature;
} subjects[] = {
	ENTRY(empty),	       ENTRY(memcpy),
	ENTRY(memcpy_large),   ENTRY(strings),
	ENTRY(snprintf),       ENTRY(snprintf_float),
	ENTRY(qsort),	       ENTRY(malloc),
	ENTRY(longjmp),	       ENTRY(float),
	ENTRY(packed),	       ENTRY(x87),
	ENTRY(integers),       ENTRY(bits),
	ENTRY(atomics),	       ENTRY(stack_forms),
	ENTRY(nested_frames),  ENTRY(string_forms),
	ENTRY(system),	       ENTRY(nontemporal),
	NEEDS(avx2, "avx2"),   NEEDS(avx512, "avx512bw"),
	ENTRY(syscalls),       ENTRY(clock),
	ENTRY(thread_local),   ENTRY(large_frame),
	ENTRY(recursion),      ENTRY(alloca),
	ENTRY(tail_call),      ENTRY(red_zone),
	ENTRY(stack_switches), ENTRY(contexts),
	ENTRY(moved_stack),    ENTRY(straddling),
	ENTRY(returns),	       ENTRY(touch1m),
	ENTRY(work10us),       ENTRY(long_walk),
};

static int can_run(const char *feature)
{
	if (!feature)
		return 1;
	if (!strcmp(feature, "avx2"))
		return __builtin_cpu_supports("avx2") &&
		       __builtin_cpu_supports("fma") &&
		       __builtin_cpu_supports("bmi2");
	return __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512dq");
}

int main(int argc, char **argv)
{
	size_t i, call;

	for (i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		if (!can_run(subjects[i].feature))
			continue;
		if (argc < 2)
			puts(subjects[i].name);
		else if (!strcmp(argv[1], subjects[i].name))
			for (call = 0; call < CALLS; call++)
				subjects[i].call();
	}
	return 0;
}
