package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	canaryHold  = 50 * time.Millisecond
	canaryCalls = 3
)

// sing sends turns of an actor that does not exist through the witness itself, two at once, which no runtime may do. Who
// judges the history has to find them, or is blind. They never reach the application.
func (w *witness) sing(address string) {
	for n := range canaryCalls {
		var pair sync.WaitGroup
		for k := range 2 {
			pair.Add(1)
			go func() {
				defer pair.Done()
				w.note(address, fmt.Sprintf("%s:canary%d", w.process, 2*n+k))
			}()
		}
		pair.Wait()
	}
}

func (w *witness) note(address, op string) {
	actor := canaryType + "/" + w.process
	w.journal.write("invoked", &invoked{
		Op: op, Client: op, Via: w.host, Actor: actor, Action: "call", Name: "sing", Args: "{}",
	})
	status := 0
	outcome := "info"
	asked, err := http.NewRequest(http.MethodPut, "http://"+address+canaryPath(w.process), http.NoBody)
	if err == nil {
		asked.Header.Set(opHeader, op)
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
		if got, err := client.Do(asked); err == nil {
			_ = got.Body.Close()
			status, outcome = got.StatusCode, "ok"
		}
	}
	w.journal.write("completed", &completed{Op: op, Outcome: outcome, Status: &status})
}

func canaryPath(process string) string {
	return "/actors/" + canaryType + "/" + escaped(process) + "/method/sing"
}

// stage stands in for the application where the canary sings: it answers each request after a while.
func stage() (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	answer := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(canaryHold) })
	go func() { _ = http.Serve(listener, answer) }()
	return listener, nil
}
