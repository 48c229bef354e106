package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// An ask is what an application asks of its sidecar for one of its actors.
type ask struct {
	what     string // save, read, call, register-reminder, unregister-reminder, register-timer or unregister-timer
	actor    string // whose; empty for a call, whose path names only the actor that is called
	name     string // the key, the reminder or timer, or the actor and method that are called
	chain    string
	trace    string
	writes   string // JSON text, of a save
	schedule *schedule
}

// outbound observes what the application asks of its sidecar.
func (w *witness) outbound(r request) exchange {
	w.name(r.header.Get("User-Agent"))
	if r.path == eventStream {
		return &subscription{witness: w, open: map[string]exchange{}}
	}
	a := askOf(r)
	if a == nil {
		return nil
	}
	if a.chain == "" {
		a.chain = r.header.Get(chainHeader)
	}
	a.trace = traceOf(r.header)
	return w.asked(a)
}

var sdkAgent = regexp.MustCompile(`^dapr-(?:sdk-([a-z]+)|([a-z]+)-sdk)/v?([0-9][^\s;]*)`)

// name writes which SDK an application says that it asks with, once for each.
func (w *witness) name(agent string) {
	found := sdkAgent.FindStringSubmatch(agent)
	if found == nil {
		return
	}
	named := &sdkNamed{Sdk: "dapr-" + found[1] + found[2] + "-sdk", Version: found[3]}
	w.mu.Lock()
	defer w.mu.Unlock()
	if said := named.Sdk + " " + named.Version; !w.sdks[said] {
		w.sdks[said] = true
		w.journal.write("sdk-named", named)
	}
}

func askOf(r request) *ask {
	if a := grpcAsk(r); a != nil {
		return a
	}
	parts := segments(r.path)
	if len(parts) < 5 || parts[0] != "v1.0" || parts[1] != "actors" {
		return nil
	}
	actor := parts[2] + "/" + parts[3]
	writes := r.method == http.MethodPost || r.method == http.MethodPut
	switch {
	case parts[4] == "state" && len(parts) == 5 && writes:
		return &ask{what: "save", actor: actor, writes: transaction(r.body)}
	case parts[4] == "state" && len(parts) == 6 && r.method == http.MethodGet:
		return &ask{what: "read", actor: actor, name: parts[5]}
	case parts[4] == "method" && len(parts) == 6:
		return &ask{what: "call", name: actor + "." + parts[5]}
	case parts[4] == "reminders" && len(parts) == 6 && writes:
		return &ask{what: "register-reminder", actor: actor, name: parts[5], schedule: httpSchedule(r.body)}
	case parts[4] == "reminders" && len(parts) == 6 && r.method == http.MethodDelete:
		return &ask{what: "unregister-reminder", actor: actor, name: parts[5]}
	case parts[4] == "timers" && len(parts) == 6 && writes:
		return &ask{what: "register-timer", actor: actor, name: parts[5], schedule: httpSchedule(r.body)}
	case parts[4] == "timers" && len(parts) == 6 && r.method == http.MethodDelete:
		return &ask{what: "unregister-timer", actor: actor, name: parts[5]}
	}
	return nil
}

// transaction is the writes of a save as the history keeps them: a list of key and value, null for a deletion.
func transaction(body []byte) string {
	var operations []struct {
		Operation string `json:"operation"`
		Request   struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		} `json:"request"`
	}
	if json.Unmarshal(body, &operations) != nil {
		return "[]"
	}
	writes := make([][2]any, 0, len(operations))
	for _, each := range operations {
		if each.Operation == "delete" {
			writes = append(writes, [2]any{each.Request.Key, nil})
			continue
		}
		value := string(each.Request.Value)
		if len(value) > longestValue || value == "" {
			value = "null"
		}
		writes = append(writes, [2]any{each.Request.Key, value})
	}
	text, _ := json.Marshal(writes)
	return string(text)
}

// asked writes that something is asked for. It is laid to the one turn that it can be of; where there is none, or more than
// one, it is told as unattributed.
func (w *witness) asked(a *ask) exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, open := w.turnOf(a)
	registers := a.what != "save" && a.what != "read" && a.what != "call"
	if registers && a.what[len(a.what)-8:] == "reminder" {
		return w.management(a, t, open)
	}
	if t == nil {
		w.journal.write("unattributed", &unattributed{Actor: a.actor, What: a.what, Name: a.name, Open: open})
		return &unlaid{witness: w, ask: a}
	}
	if a.what == "save" {
		w.saves++
		id := fmt.Sprintf("%s:s%d", w.process, w.saves)
		w.journal.write("save-started", &saveStarted{Save: id, Turn: t.id, Actor: a.actor, Writes: a.writes})
		t.ask()
		return &saving{turn: t, id: id}
	}
	if a.what == "register-timer" || a.what == "unregister-timer" {
		return both{w.runtimeCall(a, t), w.operation(a, t.id)}
	}
	return w.runtimeCall(a, t)
}

// management is a registration or unregistration: an operation, whoever asked for it.
func (w *witness) management(a *ask, t *turn, open int) exchange {
	if t != nil {
		return both{w.runtimeCall(a, t), w.operation(a, t.id)}
	}
	w.journal.write("unattributed", &unattributed{Actor: a.actor, What: a.what, Name: a.name, Open: open})
	return w.operation(a, "")
}

// turnOf is the turn that something is laid to, and how many it may be of. That is the open turn of its actor, unless one
// was lost from sight a moment ago; without an open one, that which was lost last, if it may go on. Of several, it is that
// of the same trace.
func (w *witness) turnOf(a *ask) (*turn, int) {
	var candidates []*turn
	if a.actor != "" {
		candidates = w.open[a.actor]
		if lost := w.lost[a.actor]; lost != nil {
			switch {
			case len(candidates) == 0 && lost.goesOn():
				return lost, 1
			case len(candidates) > 0 && lost.mayAsk():
				candidates = append(slices.Clone(candidates), lost)
			}
		}
	} else {
		for _, turns := range w.open {
			for _, each := range turns {
				if a.chain == "" || each.chain == a.chain {
					candidates = append(candidates, each)
				}
			}
		}
	}
	if len(candidates) > 1 && a.trace != "" {
		if traced := ofTrace(candidates, a.trace); len(traced) > 0 {
			candidates = traced
		}
	}
	if len(candidates) == 1 {
		return candidates[0], 1
	}
	return nil, len(candidates)
}

func ofTrace(turns []*turn, trace string) []*turn {
	var found []*turn
	for _, each := range turns {
		if each.trace == trace {
			found = append(found, each)
		}
	}
	return found
}

type both [2]exchange

func (b both) answered(a answer)  { b[0].answered(a); b[1].answered(a) }
func (b both) lost(reason string) { b[0].lost(reason); b[1].lost(reason) }

type saving struct {
	turn *turn
	id   string
}

func (s *saving) answered(a answer) {
	ok, reason := good(a)
	s.turn.told()
	s.turn.witness.journal.write("save-ended", &saveEnded{Save: s.id, Acknowledged: ok, Reason: reason})
}

func (s *saving) lost(reason string) {
	s.turn.told()
	s.turn.witness.journal.write("save-ended", &saveEnded{Save: s.id, Reason: reason})
}

// An unlaid request is laid to no turn.
type unlaid struct {
	witness *witness
	ask     *ask
}

func (u *unlaid) answered(a answer) {
	if ok, reason := good(a); !ok {
		u.witness.journal.write("unattributed-refused", &unattributedRefused{
			Actor: u.ask.actor, What: u.ask.what, Name: u.ask.name, Reason: reason,
		})
	}
}

func (u *unlaid) lost(string) {}

type runtimeCall struct {
	turn *turn
	id   string
}

func (w *witness) runtimeCall(a *ask, t *turn) exchange {
	w.calls++
	id := fmt.Sprintf("%s:r%d", w.process, w.calls)
	w.journal.write("runtime-call-started", &runtimeCallStarted{
		Call: id, Turn: t.id, Actor: t.actor, What: a.what, Name: a.name,
	})
	t.ask()
	return &runtimeCall{turn: t, id: id}
}

func (c *runtimeCall) answered(a answer) {
	ok, reason := good(a)
	c.turn.told()
	c.turn.witness.journal.write("runtime-call-ended", &runtimeCallEnded{Call: c.id, OK: ok, Reason: reason})
}

func (c *runtimeCall) lost(reason string) {
	c.turn.told()
	c.turn.witness.journal.write("runtime-call-ended", &runtimeCallEnded{Call: c.id, Reason: reason})
}

type operation struct {
	witness *witness
	id      string
}

func (w *witness) operation(a *ask, client string) exchange {
	w.ops++
	id := fmt.Sprintf("%s:c%d", w.process, w.ops)
	if client == "" {
		client = fmt.Sprintf("%s:u%d", w.process, w.ops)
	}
	args := "{}"
	if a.schedule != nil {
		args = a.schedule.text()
	}
	w.journal.write("invoked", &invoked{
		Op: id, Client: client, Via: w.host, Actor: a.actor, Action: a.what, Name: a.name, Args: args,
	})
	return &operation{witness: w, id: id}
}

func (o *operation) answered(a answer) {
	ok, reason := good(a)
	outcome := "info"
	if ok {
		outcome = "ok"
	}
	o.witness.journal.write("completed", &completed{Op: o.id, Outcome: outcome, Status: &a.status, Reason: reason})
}

func (o *operation) lost(reason string) {
	o.witness.journal.write("completed", &completed{Op: o.id, Outcome: "info", Reason: reason})
}

// good is whether the sidecar did what it was asked for, and else what it said.
func good(a answer) (bool, string) {
	if status := a.header.Get("Grpc-Status"); status != "" {
		if status == "0" {
			return true, ""
		}
		return false, "grpc-status " + status + " " + a.header.Get("Grpc-Message")
	}
	if a.status >= http.StatusOK && a.status < http.StatusMultipleChoices {
		return true, ""
	}
	body := a.body
	if len(body) > 160 {
		body = body[:160]
	}
	return false, "status-" + strconv.Itoa(a.status) + " " + string(body)
}
