// SPDX-License-Identifier: GPL-2.0
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A mutant that never ends is ended after so much of the processor's time: several times
// what the engine as it is takes, and this many seconds besides. Time of the processor,
// since a busy machine would make any mutant late.
const (
	limitTimes   = 4
	limitSeconds = 2
)

// One that waits for ever takes no time of the processor: for so long. On a busy machine
// others get little, and may take long.
var waitSeconds = 240

// A killer is a unit test, linked with the engine as a shared object.
type killer struct {
	name    string
	path    string
	seconds float64 // of the processor, with the engine as it is
}

func (k *killer) limit() int { return int(limitTimes*k.seconds) + limitSeconds }

// How a test ended.
type ending int

const (
	passes ending = iota
	fails
	endless
)

// run runs the test at the tree's top, as it may read files, with the engine in a folder.
func (k *killer) run(folder string, limit int) (ending, float64, error) {
	cmd := exec.Command("sh", "-c",
		`ulimit -c 0 && ulimit -t "$1" && exec "$2" >"$3" 2>&1 </dev/null`, "sh",
		strconv.Itoa(limit), k.path, filepath.Join(folder, k.name+".log"))
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fails, 0, err
	}
	done := make(chan bool)
	go end(cmd.Process.Pid, done)
	err := cmd.Wait()
	close(done)
	state := cmd.ProcessState
	seconds := (state.UserTime() + state.SystemTime()).Seconds()
	switch status := state.Sys().(syscall.WaitStatus); {
	case err == nil:
		return passes, seconds, nil
	case status.Signaled() && (status.Signal() == syscall.SIGXCPU ||
		status.Signal() == syscall.SIGKILL):
		return endless, seconds, nil
	}
	return fails, seconds, nil
}

// used returns what /proc says of the processor's time that a process has taken.
func used(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name before it may have blanks.
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return ""
	}
	return strings.Join(fields[11:15], " ")
}

// end kills a process group that waits for ever. Ticks that came while we were stopped
// ourselves count as one.
func end(group int, done chan bool) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	before := ""
	for i := 0; i < waitSeconds; i++ {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		if now := used(group); now != before {
			before = now
			i = 0
		}
	}
	syscall.Kill(-group, syscall.SIGKILL)
}

// findKillers lists the tests in a folder, and runs each with the engine as it is, so
// many at a time.
func findKillers(folder, engine string, jobs int) ([]*killer, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "test_*"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no tests: run make mutants", folder)
	}
	all := make([]*killer, len(paths))
	failed := make([]error, len(paths))
	turns := make(chan int, len(paths))
	for i, path := range paths {
		all[i] = &killer{name: strings.TrimPrefix(filepath.Base(path), "test_"),
			path: path}
		turns <- i
	}
	close(turns)
	var done sync.WaitGroup
	for ; jobs > 0; jobs-- {
		done.Add(1)
		go func() {
			defer done.Done()
			for i := range turns {
				failed[i] = all[i].measure(engine)
			}
		}()
	}
	done.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// measure sees what the test takes with the engine as it is, which it has to pass.
func (k *killer) measure(engine string) error {
	how, seconds, err := k.run(engine, waitSeconds)
	if err == nil && how != passes {
		err = fmt.Errorf("%s: the engine as it is doesn't pass: see %s", k.path,
			filepath.Join(engine, k.name+".log"))
	}
	k.seconds = seconds
	return err
}

// A record is what is known of who notices mutants of which file, so that the test which
// most likely notices the next one in the shortest time is asked first.
type record struct {
	sync.Mutex
	tried, killed map[[2]string]float64
}

func newRecord() *record {
	return &record{tried: make(map[[2]string]float64), killed: make(map[[2]string]float64)}
}

func (r *record) note(file, killer string, killed bool) {
	r.Lock()
	defer r.Unlock()
	r.tried[[2]string{file, killer}]++
	if killed {
		r.killed[[2]string{file, killer}]++
	}
}

// order sorts the tests for a mutant of a file. One that was never asked counts as if it
// noticed one in ten, and starting any takes some milliseconds.
func (r *record) order(file string, killers []*killer) []*killer {
	r.Lock()
	defer r.Unlock()
	worth := func(k *killer) float64 {
		at := [2]string{file, k.name}
		return (r.killed[at] + 0.1) / (r.tried[at] + 1) / (k.seconds + 0.005)
	}
	sorted := append([]*killer{}, killers...)
	sort.SliceStable(sorted, func(i, k int) bool {
		return worth(sorted[i]) > worth(sorted[k])
	})
	return sorted
}
