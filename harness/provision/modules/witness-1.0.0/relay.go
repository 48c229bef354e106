package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// longest is how much of a body is kept to be looked at.
const longest = 1 << 20

// A header gives the fields of a message, by their names in any case.
type header interface{ Get(name string) string }

// A request as an observer sees it. The body is nil when it is longer than is kept. What it holds is the observer's only
// while it is told.
type request struct {
	method, path string
	header       header
	body         []byte
}

// An answer as an observer sees it; likewise.
type answer struct {
	status int
	header header
	body   []byte
}

// An exchange is one request that an observer follows; exactly one of its methods is called, once.
type exchange interface {
	answered(answer)    // the whole answer was read, and its last byte is not yet passed on
	lost(reason string) // what became of the request can't be seen any more
}

// A talk is an exchange in which both sides go on talking. It is shown what each says before that is passed on.
type talk interface {
	exchange
	asked([]byte) // by the client
	told([]byte)  // by the server
}

// An observer is told of each request before its last byte is passed on. It returns nil for one that it does not follow.
type observer func(request) exchange

// relay joins two connections until both directions have ended. It changes no byte and repeats nothing. Where the client
// hangs up, the server is told by half a close and read on, so that the true end of what was abandoned is seen.
func relay(client, server *net.TCPConn, observe observer) {
	c := &conversation{
		observe: observe,
		up:      newTape(client, server),
		down:    newTape(server, client),
		spoken:  make(chan struct{}),
	}
	var both sync.WaitGroup
	both.Add(2)
	go func() {
		defer both.Done()
		c.requests()
		_ = server.CloseWrite()
	}()
	go func() {
		defer both.Done()
		err := c.answers()
		c.end()
		if errors.Is(err, syscall.ECONNRESET) {
			_ = client.SetLinger(0)
			_ = client.Close()
			return
		}
		_ = client.CloseWrite()
	}()
	both.Wait()
	_ = client.Close()
	_ = server.Close()
}

// A conversation is what goes over one pair of connections.
type conversation struct {
	observe observer
	up      *tape
	down    *tape
	spoken  chan struct{} // closed when it is known which protocol the client speaks

	mu      sync.Mutex
	frames  *streams // nil for HTTP/1
	waiting []*waiting
	hungUp  bool
	blind   bool
	ended   string // why no answer comes any more; empty while one may

	asked, told short
}

// One request of HTTP/1 whose answer has not ended.
type waiting struct {
	method   string
	exchange exchange
	answered bool
}

func (c *conversation) requests() {
	first, err := c.up.in.Peek(3)
	if err == nil && string(first) == "PRI" {
		frames := newStreams(c.observe)
		c.mu.Lock()
		c.frames, frames.ended = frames, c.ended
		c.mu.Unlock()
		close(c.spoken)
		frames.requests(c.up)
	} else {
		close(c.spoken)
		c.plainRequests()
	}
	c.mu.Lock()
	c.hungUp = true
	c.mu.Unlock()
}

func (c *conversation) answers() error {
	// A server may end a connection over which nothing was asked, and the client has to know before it asks.
	if _, err := c.down.in.Peek(1); err != nil {
		c.down.pass()
		return err
	}
	<-c.spoken
	if c.frames != nil { // it was set before it was spoken
		return c.frames.answers(c.down)
	}
	return c.plainAnswers()
}

func (c *conversation) plainRequests() {
	for {
		if _, err := c.up.in.Peek(1); err != nil {
			c.up.pass()
			return
		}
		if c.shortRequest() {
			continue
		}
		head, err := http.ReadRequest(c.up.in)
		if err != nil {
			c.unreadable(c.up)
			return
		}
		if !c.plainRequest(head) {
			return
		}
	}
}

// plainRequest passes on one request; false when the client hung up in the middle of it.
func (c *conversation) plainRequest(head *http.Request) bool {
	w := &waiting{method: head.Method}
	seen := request{method: head.Method, path: head.RequestURI, header: head.Header}
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()
	piecemeal := head.ContentLength < 0 || head.ContentLength > longest || head.Header.Get("Expect") != ""
	if piecemeal {
		c.up.pass()
	}
	body, kept, err := c.body(c.up, head.Body, piecemeal)
	if kept {
		seen.body = body
	}
	if err == nil {
		c.follow(w, seen)
	}
	c.up.pass()
	return err == nil
}

// follow shows a request that came whole to the observer. Its end can't be seen when it had been answered before, or when
// no answer comes any more.
func (c *conversation) follow(w *waiting, seen request) {
	followed := c.observe(seen)
	if followed == nil {
		return
	}
	c.mu.Lock()
	reason := c.ended
	if w.answered {
		reason = "it was answered before it had come whole"
	}
	if reason == "" {
		w.exchange = followed
	}
	c.mu.Unlock()
	if reason != "" {
		followed.lost(reason)
	}
}

// body reads a body to its end and passes on all but what was read last.
func (c *conversation) body(t *tape, body io.Reader, piecemeal bool) ([]byte, bool, error) {
	var all []byte
	kept := true
	for {
		n, err := body.Read(t.room[:])
		if len(all)+n <= longest {
			all = append(all, t.room[:n]...)
		} else {
			all, kept = nil, false
		}
		if errors.Is(err, io.EOF) {
			return all, kept, nil
		}
		if err != nil {
			return nil, false, err
		}
		if piecemeal {
			t.pass()
		}
	}
}

func (c *conversation) plainAnswers() error {
	for {
		if _, err := c.down.in.Peek(1); err != nil {
			c.down.pass()
			return err
		}
		c.mu.Lock()
		var w *waiting
		if len(c.waiting) > 0 {
			w = c.waiting[0]
		}
		blind := c.blind
		c.mu.Unlock()
		if blind || w == nil {
			return c.down.passAll()
		}
		if c.shortAnswer(w) {
			continue
		}
		head, err := http.ReadResponse(c.down.in, &http.Request{Method: w.method})
		if err != nil {
			c.unreadable(c.down)
			return err
		}
		if head.StatusCode == http.StatusSwitchingProtocols {
			c.down.pass()
			return c.down.passAll()
		}
		if head.StatusCode < http.StatusOK {
			c.down.pass()
			continue
		}
		if err := c.plainAnswer(w, head); err != nil {
			return err
		}
	}
}

func (c *conversation) plainAnswer(w *waiting, head *http.Response) error {
	piecemeal := head.ContentLength < 0 || head.ContentLength > longest
	body, _, err := c.body(c.down, head.Body, piecemeal)
	if err != nil {
		c.down.pass()
		return err
	}
	c.over(w, answer{status: head.StatusCode, header: head.Header, body: body})
	return nil
}

// over says of a request that its answer came, and passes that on.
func (c *conversation) over(w *waiting, a answer) {
	c.mu.Lock()
	c.waiting = c.waiting[1:]
	followed := w.exchange
	w.answered = true
	c.mu.Unlock()
	if followed != nil {
		followed.answered(a)
	}
	c.down.pass()
}

// unreadable passes on what is no HTTP as it is.
func (c *conversation) unreadable(t *tape) {
	c.mu.Lock()
	c.blind = true
	c.mu.Unlock()
	_ = t.passAll()
}

// end says of everything without an answer that its end can't be seen.
func (c *conversation) end() {
	c.mu.Lock()
	c.ended = "the connection was closed without an answer"
	if c.hungUp {
		c.ended = "the caller hung up, and the connection was closed without an answer"
	}
	reason, frames := c.ended, c.frames
	var left []exchange
	for _, w := range c.waiting {
		if w.exchange != nil {
			left = append(left, w.exchange)
		}
	}
	c.waiting = nil
	c.mu.Unlock()
	for _, each := range left {
		each.lost(reason)
	}
	if frames != nil {
		frames.end(reason)
	}
}
