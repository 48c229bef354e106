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
	"unicode/utf8"
)

const (
	opHeader     = "Actorproof-Body-Of"
	chainHeader  = "Dapr-Reentrancy-Id"
	cancelHeader = "X-Daprremindercancel"
	errorHeader  = "X-Daprerrorresponseheader"
	longestValue = 64 << 10
	canaryType   = "Canary"
)

// A witness writes what happens to the actors of one application. There is no callback for an activation: an instance
// is the life of an actor from its first request to its DELETE.
type witness struct {
	journal *journal
	process string
	host    string

	mu    sync.Mutex
	held  map[string]int
	ended map[string]int
	open  map[string][]*turn
	turns int
	saves int
	calls int
	ops   int
	sdks  map[string]bool
}

// A turn is a request to run actor code that has not been answered.
type turn struct {
	witness *witness
	id      string
	actor   string
	chain   string
}

func newWitness(j *journal) *witness {
	host, _, _ := strings.Cut(j.process, "/")
	return &witness{
		journal: j, process: j.process, host: host,
		held: map[string]int{}, ended: map[string]int{}, open: map[string][]*turn{}, sdks: map[string]bool{},
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
	t := &turn{witness: w, id: w.process + ":t" + strconv.Itoa(w.turns), actor: actor, chain: chain}
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
	t.over(func() {
		t.witness.journal.write("turn-ended", &turnEnded{
			Turn: t.id, Completed: good, Result: result, Cancels: good && a.header.Get(cancelHeader) == "true",
		})
	})
}

func (t *turn) lost(reason string) {
	t.over(func() { t.witness.journal.write("turn-lost", &turnLost{Turn: t.id, Reason: reason}) })
}

// over takes the turn out of those that are open, and says so in the same instant.
func (t *turn) over(tell func()) {
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
