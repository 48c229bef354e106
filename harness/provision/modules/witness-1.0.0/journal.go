package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

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
	named   []byte // the process, as JSON
	room    []byte // of the last line
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
	named, _ := json.Marshal(process)
	j := &journal{file: file, process: process, named: named}
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
	err := j.line(kind, e)
	if err == nil {
		_, err = j.file.Write(j.room)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "witness: journal of %s stops after %d events: %v\n", j.process, j.seq, err)
		os.Exit(cannotWrite)
	}
	j.seq++
}

// line makes the line of an event in the room of the last one.
func (j *journal) line(kind string, e anyEvent) error {
	at := since()
	if w, is := e.(writer); is {
		room := append(j.room[:0], `{"kind":"`...)
		room = append(append(room, kind...), `","process":`...)
		room = append(append(room, j.named...), `,"seq":`...)
		room = append(strconv.AppendInt(room, j.seq, 10), `,"t_ns":`...)
		j.room = append(w.write(strconv.AppendInt(room, at, 10)), "}\n"...)
		return nil
	}
	*e.base() = event{Kind: kind, Process: j.process, Seq: j.seq, TNs: at}
	line, err := json.Marshal(e)
	j.room = append(append(j.room[:0], line...), '\n')
	return err
}

// A writer appends its fields to a line by itself: what comes with every call, for which reflection takes too long.
type writer interface{ write(line []byte) []byte }

func (e *turnStarted) write(line []byte) []byte {
	line = text(text(line, "turn", e.Turn), "actor", e.Actor)
	line = strconv.AppendInt(append(line, `,"instance":`...), int64(e.Instance), 10)
	line = text(text(line, "cause", e.Cause), "name", e.Name)
	line = optional(optional(line, "op", e.Op), "chain", e.Chain)
	return optional(text(line, "data", e.Data), "callback", e.Callback)
}

func (e *turnEnded) write(line []byte) []byte {
	line = strconv.AppendBool(append(text(line, "turn", e.Turn), `,"completed":`...), e.Completed)
	return strconv.AppendBool(append(text(line, "result", e.Result), `,"cancels":`...), e.Cancels)
}

func (e *saveStarted) write(line []byte) []byte {
	return text(text(text(text(line, "save", e.Save), "turn", e.Turn), "actor", e.Actor), "writes", e.Writes)
}

func (e *saveEnded) write(line []byte) []byte {
	line = strconv.AppendBool(append(text(line, "save", e.Save), `,"acknowledged":`...), e.Acknowledged)
	return text(line, "reason", e.Reason)
}

func (e *runtimeCallStarted) write(line []byte) []byte {
	line = text(text(text(line, "call", e.Call), "turn", e.Turn), "actor", e.Actor)
	return text(text(line, "what", e.What), "name", e.Name)
}

func (e *runtimeCallEnded) write(line []byte) []byte {
	line = strconv.AppendBool(append(text(line, "call", e.Call), `,"ok":`...), e.OK)
	return text(line, "reason", e.Reason)
}

func optional(line []byte, name string, value *string) []byte {
	if value == nil {
		return append(append(append(line, `,"`...), name...), `":null`...)
	}
	return text(line, name, *value)
}

// text appends a field whose value is a text.
func text(line []byte, name, value string) []byte {
	line = append(append(append(line, `,"`...), name...), `":`...)
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(value)
			return append(line, quoted...)
		}
	}
	return append(append(append(line, '"'), value...), '"')
}

// since is the monotonic clock. The time package reads it without a call of the system; how it counts was found out as this
// began, to within the nanoseconds that two readings took.
func since() int64 { return origin + int64(time.Since(began)) }

var began, origin = beginning()

func beginning() (time.Time, int64) {
	var at time.Time
	var read int64
	closest := time.Duration(math.MaxInt64)
	for range 1000 {
		before := time.Now()
		now := clock(unix.CLOCK_MONOTONIC)
		if took := time.Since(before); took < closest {
			closest, at, read = took, before, now-int64(took)/2
		}
	}
	return at, read
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
