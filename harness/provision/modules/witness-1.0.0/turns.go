package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

const (
	opHeader     = "Actorproof-Body-Of"
	chainHeader  = "Dapr-Reentrancy-Id"
	traceHeader  = "Traceparent"
	cancelHeader = "X-Daprremindercancel"
	errorHeader  = "X-Daprerrorresponseheader"
	longestValue = 64 << 10
	canaryType   = "Canary"
	lingers      = int64(time.Second)
	overlaps     = int64(100 * time.Millisecond)
)

// A witness writes what happens to the actors of one application. There is no callback for an activation: an instance
// is the life of an actor from its first request to its DELETE.
type witness struct {
	journal *journal
	process string
	host    string

	mu      sync.Mutex
	held    map[string]int
	ended   map[string]int
	open    map[string][]*turn
	lost    map[string]*turn // of each actor the one that was lost from sight last
	longest int64            // of the turns whose end was seen
	turns   int
	saves   int
	calls   int
	ops     int
	sdks    map[string]bool
}

// A turn is a request to run actor code that has not been answered.
type turn struct {
	witness *witness
	id      string
	actor   string
	chain   string
	trace   string
	began   int64
	asks    atomic.Int32 // of its requests how many the sidecar has not answered
	heard   atomic.Int64 // when it was lost from sight, or was answered last
}

// goesOn says whether a turn that was lost from sight may still run: it waits for the sidecar, or was heard of not longer
// ago than turns take.
func (t *turn) goesOn() bool {
	return t.asks.Load() > 0 || since()-t.heard.Load() <= t.witness.longest+lingers
}

// mayAsk says whether a request that comes while another turn of the actor is open may be this one's, which was lost from
// sight. In applications that wrote down their own requests all of these came within 94 ms of what was heard of it last.
func (t *turn) mayAsk() bool { return since()-t.heard.Load() <= overlaps }

// ask counts what the turn asks its sidecar for, until that is over.
func (t *turn) ask() { t.asks.Add(1) }

func (t *turn) told() {
	t.heard.Store(since())
	t.asks.Add(-1)
}

// traceOf is the id of the trace that a request belongs to (W3C Trace Context); empty without one.
func traceOf(h header) string {
	const version, length = len("00-"), 32
	if parent := h.Get(traceHeader); len(parent) > version+length {
		return parent[version : version+length]
	}
	return ""
}

func newWitness(j *journal) *witness {
	host, _, _ := strings.Cut(j.process, "/")
	return &witness{
		journal: j, process: j.process, host: host,
		held: map[string]int{}, ended: map[string]int{}, open: map[string][]*turn{},
		lost: map[string]*turn{}, sdks: map[string]bool{},
	}
}

// segments are the parts of a path, each decoded; nil when it can't be.
func segments(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		if err != nil {
			return nil
		}
		parts[i] = decoded
	}
	return parts
}

// inbound observes what the sidecar asks of the application.
func (w *witness) inbound(r request) exchange {
	parts := segments(r.path)
	if len(parts) < 3 || parts[0] != "actors" {
		return nil
	}
	actor := parts[1] + "/" + parts[2]
	switch {
	case r.method == http.MethodDelete && len(parts) == 3:
		return w.deactivate(actor)
	case len(parts) == 5 && parts[3] == "method":
		return w.begin(actor, "call", parts[4], r)
	case len(parts) == 6 && parts[3] == "method" && parts[4] == "remind":
		return w.begin(actor, "reminder", parts[5], r)
	case len(parts) == 6 && parts[3] == "method" && parts[4] == "timer":
		return w.begin(actor, "timer", parts[5], r)
	}
	return nil
}

// fired is the body of a reminder or timer.
type fired struct {
	Data     json.RawMessage `json:"data"`
	Callback *string         `json:"callback"`
}

func (w *witness) begin(actor, cause, name string, r request) exchange {
	started := &turnStarted{Actor: actor, Cause: cause, Name: name, Data: "null"}
	if op := r.header.Get(opHeader); op != "" {
		started.Op = &op
	}
	chain := r.header.Get(chainHeader)
	if chain != "" {
		started.Chain = &chain
	}
	if cause != "call" {
		var body fired
		if json.Unmarshal(r.body, &body) == nil {
			if len(body.Data) > 0 {
				started.Data = string(body.Data)
			}
			if cause == "timer" {
				started.Callback = body.Callback
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	started.Instance = w.instance(actor)
	w.turns++
	t := &turn{
		witness: w, id: w.process + ":t" + strconv.Itoa(w.turns), actor: actor, chain: chain, trace: traceOf(r.header),
		began: since(),
	}
	started.Turn = t.id
	w.open[actor] = append(w.open[actor], t)
	w.journal.write("turn-started", started)
	return t
}

func (w *witness) instance(actor string) int {
	number, holds := w.held[actor]
	if !holds {
		number = w.ended[actor] + 1
		delete(w.ended, actor)
		w.held[actor] = number
		w.journal.write("activated", &activated{Actor: actor, Instance: number, Nonce: nonce()})
	}
	return number
}

func nonce() string {
	bytes := make([]byte, 8)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}

func (t *turn) answered(a answer) {
	good := a.status == http.StatusOK && a.header.Get(errorHeader) == ""
	result := "null"
	if good {
		result = asJSON(a.body)
	}
	t.leave(func() {
		t.witness.longest = max(t.witness.longest, since()-t.began)
		t.witness.journal.write("turn-ended", &turnEnded{
			Turn: t.id, Completed: good, Result: result, Cancels: good && a.header.Get(cancelHeader) == "true",
		})
	})
}

func (t *turn) lost(reason string) {
	t.leave(func() {
		t.heard.Store(since())
		t.witness.lost[t.actor] = t
		t.witness.journal.write("turn-lost", &turnLost{Turn: t.id, Reason: reason})
	})
}

// leave takes the turn out of those that are open, and says so in the same instant.
func (t *turn) leave(tell func()) {
	w := t.witness
	w.mu.Lock()
	defer w.mu.Unlock()
	var left []*turn
	for _, each := range w.open[t.actor] {
		if each != t {
			left = append(left, each)
		}
	}
	if len(left) == 0 {
		delete(w.open, t.actor)
	} else {
		w.open[t.actor] = left
	}
	tell()
}

// A goodbye is the DELETE of an actor; its instance is 0 where the application held none.
type goodbye struct {
	witness  *witness
	actor    string
	instance int
}

func (w *witness) deactivate(actor string) exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	number, holds := w.held[actor]
	if holds {
		delete(w.held, actor)
		w.ended[actor] = number
	}
	w.journal.write("deactivated", &deactivated{Actor: actor, Instance: number})
	return &goodbye{witness: w, actor: actor, instance: number}
}

func (g *goodbye) answered(a answer) { g.tell(&a.status) }
func (g *goodbye) lost(string)       { g.tell(nil) }

func (g *goodbye) tell(status *int) {
	g.witness.journal.write("deactivation-answered", &deactivationAnswered{
		Actor: g.actor, Instance: g.instance, Status: status,
	})
}

// asJSON is a body as JSON text: as it is, or as a string; null for what is long or no text.
func asJSON(body []byte) string {
	switch {
	case len(body) == 0 || len(body) > longestValue || !utf8.Valid(body):
		return "null"
	case json.Valid(body):
		return string(body)
	}
	text, _ := json.Marshal(string(body))
	return string(text)
}
