// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
import "C"

import (
	"runtime"
	"sync/atomic"
	"time"
)

const (
	ringProducers = 4
	ringSlots     = 1024 // a power of two
	ringPatience  = 10 * time.Millisecond
)

func init() {
	register(&scenario{
		Name: "ring",
		Summary: "instead of a call an item: four producers fill a ring, a" +
			" consumer calls C for 64 items, or for fewer after 10 ms",
		Call:     "the call with its items alone; timed with all around it",
		Besides:  "producers' work, and waits for them",
		Begin:    cgoWrapper("probe_consume"),
		Unlocked: true, // or each wait for producers would change threads
		setup: func() error {
			items.init()
			for i := 0; i < ringProducers; i++ {
				go produce()
			}
			return nil
		},
		loop:  consume,
		extra: ringItemCost,
	})
}

// A ring is a bounded queue without locks, after Dmitry Vyukov: a slot's turn
// says whose it is, the next producer's or the consumer's.
type ring struct {
	head  atomic.Uint64 // where the next producer puts
	tail  uint64        // where the consumer takes
	slots [ringSlots]struct {
		turn atomic.Uint64
		item int32
	}
}

var (
	items    ring
	consumed int // items, since ringItemCost
)

func (r *ring) init() {
	for i := range r.slots {
		r.slots[i].turn.Store(uint64(i))
	}
}

// put returns false when the ring is full.
func (r *ring) put(item int32) bool {
	for {
		at := r.head.Load()
		slot := &r.slots[at%ringSlots]
		switch turn := slot.turn.Load(); {
		case turn < at:
			return false
		case turn == at && r.head.CompareAndSwap(at, at+1):
			slot.item = item
			slot.turn.Store(at + 1)
			return true
		}
	}
}

// take returns false when the ring is empty.
func (r *ring) take(item *int32) bool {
	slot := &r.slots[r.tail%ringSlots]
	if slot.turn.Load() != r.tail+1 {
		return false
	}
	*item = slot.item
	slot.turn.Store(r.tail + ringSlots)
	r.tail++
	return true
}

func produce() {
	for i := int32(0); ; i++ {
		for !items.put(i) {
			runtime.Gosched()
		}
	}
}

// consume makes n calls.
func consume(n int) {
	batch := new([batchItems]int32)
	for i := 0; i < n; i++ {
		count := items.collect(batch)
		C.probe_consume((*C.int32_t)(&batch[0]), C.size_t(count))
		consumed += count
	}
}

// collect fills the batch, unless the first item has waited too long.
func (r *ring) collect(batch *[batchItems]int32) int {
	var first time.Time
	count := 0
	for count < batchItems {
		if r.take(&batch[count]) {
			if count++; count == 1 {
				first = time.Now()
			}
			continue
		}
		if count > 0 && time.Since(first) > ringPatience {
			break
		}
		runtime.Gosched()
	}
	return count
}

func ringItemCost(n int, elapsed time.Duration) (float64, string) {
	cost := float64(elapsed.Nanoseconds()) / float64(consumed)
	consumed = 0
	return cost, "ns/item"
}
