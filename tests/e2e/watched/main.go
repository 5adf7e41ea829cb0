// SPDX-License-Identifier: GPL-2.0

// Watched is a program whose calls to C are known: it counts them itself, and prints the
// number when it ends.
package main

// #include <stdint.h>
// #include <time.h>
// #include <unistd.h>
//
// // So many turns that the way into C and back weighs little.
// static __attribute__((noinline)) void spin(int turns)
// {
// 	for (int i = 0; i < turns; i++)
// 		__asm__ volatile("" ::: "memory");
// }
// static void share1(void) { spin(1000); }
// static void share2(void) { spin(2000); }
// static void share3(void) { spin(3000); }
// static void share4(void) { spin(4000); }
// static void share5(void) { spin(5000); }
// static void share6(void) { spin(6000); }
// static void share7(void) { spin(7000); }
// static void share8(void) { spin(8000); }
// static void nothing(void) {}
//
// // Chains of multiplications, 3 cycles each: over within nanoseconds, and nothing in
// // them is predicted. The fences make a chain's time the time that it adds to a call:
// // a core with a large window carries out what follows while a chain waits, so samples
// // find a core in it for longer than calls without it are shorter.
// #define CHAIN(i, n) static void brief##i(void) { __asm__ volatile("lfence\n .rept " #n \
// 	"\n imul %%rax, %%rax\n .endr\n lfence" ::: "rax"); }
// CHAIN(0, 0) CHAIN(1, 16) CHAIN(2, 32) CHAIN(3, 48)
// CHAIN(4, 64) CHAIN(5, 80) CHAIN(6, 96) CHAIN(7, 112)
//
// // A chain of multiplications and additions, 4 cycles a link: who shares the core's
// // execution units, on its other thread, leaves it as long as it is. Of a loop that
// // takes one cycle a turn he takes half.
// static unsigned long work(unsigned long x)
// {
// 	for (int i = 0; i < 8752; i++)
// 		x = x * 6364136223846793005ul + 1442695040888963407ul;
// 	return x;
// }
// static void nap(int us) { usleep(us); }
//
// static int64_t ns(clockid_t clock)
// {
// 	struct timespec t;
//
// 	clock_gettime(clock, &t);
// 	return t.tv_sec * 1000000000ll + t.tv_nsec;
// }
//
// // By how much the thread's own clock jumps, which stands still while the thread has no
// // CPU: interrupts, and what the kernel takes to switch.
// static int64_t gaps(int64_t length)
// {
// 	int64_t begin = ns(CLOCK_THREAD_CPUTIME_ID), last = begin, now, sum = 0;
//
// 	do {
// 		now = ns(CLOCK_THREAD_CPUTIME_ID);
// 		if (now - last > 2000)
// 			sum += now - last;
// 		last = now;
// 	} while (now - begin < length);
// 	return sum;
// }
//
// // Library functions that nothing else here calls.
// static void firsts(void)
// {
// 	getppid();
// 	getpgrp();
// 	getuid();
// 	geteuid();
// 	getgid();
// 	getegid();
// 	usleep(2000);
// }
//
// struct stamp {
// 	int64_t off; // without a CPU, by two clocks
// 	int64_t end; // when it was over
// };
//
// static struct stamp stamped_nap(int us)
// {
// 	int64_t begin = ns(CLOCK_MONOTONIC), on = ns(CLOCK_THREAD_CPUTIME_ID);
// 	struct stamp s;
//
// 	usleep(us);
// 	on = ns(CLOCK_THREAD_CPUTIME_ID) - on;
// 	s.end = ns(CLOCK_MONOTONIC);
// 	s.off = s.end - begin - on;
// 	return s;
// }
import "C"

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	_ "unsafe"
)

// nanotime is the clock that C reads, too.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

var calls int64

// shares: functions whose times are as 1 to 8.
func shares() int64 {
	C.share1()
	C.share2()
	C.share3()
	C.share4()
	C.share5()
	C.share6()
	C.share7()
	C.share8()
	return 8
}

// The eight functions that are over within nanoseconds, and the times of a hundred calls
// of each, again and again, by the program's own clock.
var (
	brief = [8]func(){
		func() { C.brief0() }, func() { C.brief1() },
		func() { C.brief2() }, func() { C.brief3() },
		func() { C.brief4() }, func() { C.brief5() },
		func() { C.brief6() }, func() { C.brief7() },
	}
	briefRounds [][len(brief)]float64
	briefLock   sync.Mutex
)

func mix() int64 {
	var round [len(brief)]float64
	for i, call := range brief {
		begin := nanotime()
		for k := 0; k < 100; k++ {
			call()
		}
		round[i] = float64(nanotime() - begin)
	}
	briefLock.Lock()
	briefRounds = append(briefRounds, round)
	briefLock.Unlock()
	return int64(100 * len(brief))
}

func total(round [len(brief)]float64) (sum float64) {
	for _, t := range round {
		sum += t
	}
	return sum
}

// briefMeans are the times of a call of each, in rounds that nothing interrupted. They
// are means, as the samples' shares are: a busy sibling makes calls slower at times, and
// a median of such times may be of the slow or of the fast ones.
func briefMeans() (means [len(brief)]float64) {
	var totals []float64
	for _, round := range briefRounds {
		totals = append(totals, total(round))
	}
	limit, n := 2*median(totals), 0.0
	for _, round := range briefRounds {
		if total(round) > limit {
			continue
		}
		n++
		for i, t := range round {
			means[i] += t
		}
	}
	for i := range means {
		means[i] /= 100 * n
	}
	return means
}

func nothing() int64 {
	for i := 0; i < 100; i++ {
		C.nothing()
	}
	return 100
}

// times are those of work's calls, by the program's own clock.
var times []float64

// chained is each call's result, and the next one's argument.
var chained C.ulong = 1

// work is about 10 us of arithmetic.
func work() int64 {
	begin := time.Now()
	chained = C.work(chained)
	times = append(times, float64(time.Since(begin)))
	return 1
}

// held: each goroutine computes, and calls what sleeps, and there are more than Ps. So
// a call that is over finds no P.
func held() int64 {
	for start := time.Now(); time.Since(start) < time.Millisecond; {
	}
	C.nap(1000)
	return 1
}

// off and after are sums: the time without a CPU in C, and from C's end to Go's return.
var off, after int64

// stamped: naps that know how long they had no CPU, and how long the way back took.
func stamped() int64 {
	s := C.stamped_nap(2000)
	atomic.AddInt64(&after, nanotime()-int64(s.end))
	atomic.AddInt64(&off, int64(s.off))
	return 1
}

// crowd: the same while other goroutines want the Ps.
func crowd() int64 {
	for start := time.Now(); time.Since(start) < time.Millisecond; {
	}
	return stamped()
}

func naps() int64 {
	C.nap(2000)
	return 1
}

var gapNs int64

// gaps: C looks at the clock all the time.
func gaps() int64 {
	atomic.AddInt64(&gapNs, int64(C.gaps(50_000_000)))
	return 1
}

// firsts: the first call makes six first calls of library functions, once the program has
// run for a while.
func firsts() int64 {
	time.Sleep(200 * time.Millisecond)
	C.firsts()
	return 1
}

// threads: each call is on a thread of its own, which ends with its goroutine.
func threads() int64 {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		C.nothing()
		close(done)
	}()
	<-done
	return 1
}

// own appends a line to the file: what a call took by the program's own clocks.
func own(name string) {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(f, off/calls, after/calls)
	f.Close()
}

// cpuNs is the CPU time of all threads until now.
func cpuNs() int64 {
	var all syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &all); err != nil {
		panic(err)
	}
	return all.Utime.Nano() + all.Stime.Nano()
}

func median(of []float64) float64 {
	sort.Float64s(of)
	return of[len(of)/2]
}

// over is set when standard input ends.
var over atomic.Bool

// usage: watched KIND SECONDS GOROUTINES; with 0 seconds it goes on until standard input
// ends.
func main() {
	kinds := map[string]func() int64{"shares": shares, "nothing": nothing,
		"naps": naps, "threads": threads, "work": work, "held": held,
		"stamped": stamped, "crowd": crowd, "mix": mix, "firsts": firsts,
		"gaps": gaps}
	call := kinds[os.Args[1]]
	seconds, _ := strconv.ParseFloat(os.Args[2], 64)
	goroutines, _ := strconv.Atoi(os.Args[3])
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	if seconds == 0 {
		end = end.Add(time.Hour)
		go func() {
			io.Copy(io.Discard, os.Stdin)
			over.Store(true)
		}()
	}
	var all sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for !over.Load() && time.Now().Before(end) {
				atomic.AddInt64(&calls, call())
			}
		}()
	}
	all.Wait()
	fmt.Println("calls", calls)
	fmt.Println("cpu_ns", cpuNs())
	if name := os.Getenv("WATCHED_FILE"); name != "" {
		own(name)
	}
	if gapNs > 0 {
		fmt.Println("gaps_ns", gapNs)
	}
	if len(times) > 0 {
		fmt.Println("median", median(times))
	}
	if len(briefRounds) > 0 {
		for i, t := range briefMeans() {
			fmt.Println("brief", i, t)
		}
	}
}
