// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
//
// // Turns until so much time has passed, without the kernel's help.
// __attribute__((noinline)) static void stay(int64_t ns)
// {
// 	int64_t until = probe_now() + ns;
//
// 	while (probe_now() < until)
// 		;
// }
import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Times that calls stay in C: each half as long again as the one before.
const (
	shortestStay = 5 * time.Microsecond
	longestStay  = 100 * time.Millisecond
	staysEach    = 15
)

var (
	othersTurns uint64
	kneeOnce    sync.Once
	knee        time.Duration // of this process
)

func init() {
	register(&scenario{
		Name: "monitor",
		Summary: "a call that stays in C, while a goroutine waits for the only" +
			" P: after how long Go's monitor takes that",
		Call:         "one call, of the shortest time",
		Begin:        cgoWrapper("stay"),
		Procs:        1,
		NeedsThreads: true,
		setup: func() error {
			go takeTurns()
			return nil
		},
		timed: func(n int) time.Duration {
			for i := 0; i < n; i++ {
				C.stay(C.int64_t(shortestStay))
			}
			return time.Duration(n) * shortestStay
		},
		extra: func(n int, elapsed time.Duration) (float64, string) {
			kneeOnce.Do(func() { knee = findKnee() })
			return float64(knee.Nanoseconds()), "ns/retake"
		},
	})
}

// takeTurns counts how often it has the P.
func takeTurns() {
	for {
		atomic.AddUint64(&othersTurns, 1)
		runtime.Gosched()
	}
}

// findKnee returns the shortest stay after which more than half of the calls had
// lost their P; the longest, if none had.
func findKnee() time.Duration {
	for stay := shortestStay; stay < longestStay; stay += stay / 2 {
		lost := 0
		for i := 0; i < staysEach; i++ {
			runtime.Gosched()
			before := atomic.LoadUint64(&othersTurns)
			C.stay(C.int64_t(stay))
			if atomic.LoadUint64(&othersTurns) != before {
				lost++
			}
		}
		if 2*lost > staysEach {
			return stay
		}
	}
	return longestStay
}
