package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// cannotWrite is the exit code when an event could not be written: without a history there is nothing to go on for.
const cannotWrite = 74

// A journal is the append-only file of one process's events: one line and one write each, so that a SIGKILL loses
// nothing that was written.
type journal struct {
	mu      sync.Mutex
	file    *os.File
	process string
	seq     int64
}

// The fields of every event. They come first in its line.
type event struct {
	Kind    string `json:"kind"`
	Process string `json:"process"`
	Seq     int64  `json:"seq"`
	TNs     int64  `json:"t_ns"`
}

func (e *event) base() *event { return e }

type anyEvent interface{ base() *event }

func openJournal(path, process string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, process: process}
	run, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "run"))
	j.write("journal-opened", &journalOpened{
		Run:           string(run),
		Pid:           os.Getpid(),
		BootID:        trimmed("/proc/sys/kernel/random/boot_id"),
		TimeNamespace: linked("/proc/self/ns/time"),
		WallNs:        clock(unix.CLOCK_REALTIME),
	})
	return j, nil
}

// write adds what every event has and writes the event at once. Time is taken just before, in the order of the numbers.
func (j *journal) write(kind string, e anyEvent) {
	j.mu.Lock()
	defer j.mu.Unlock()
	*e.base() = event{Kind: kind, Process: j.process, Seq: j.seq, TNs: clock(unix.CLOCK_MONOTONIC)}
	line, err := json.Marshal(e)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "witness: journal of %s stops after %d events: %v\n", j.process, j.seq, err)
		os.Exit(cannotWrite)
	}
	j.seq++
}

func clock(id int32) int64 {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return t.Nano()
}

func trimmed(path string) string {
	text, _ := os.ReadFile(path)
	for len(text) > 0 && text[len(text)-1] == '\n' {
		text = text[:len(text)-1]
	}
	return string(text)
}

func linked(path string) string {
	text, _ := os.Readlink(path)
	return text
}
