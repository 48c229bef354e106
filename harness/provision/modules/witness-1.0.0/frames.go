package main

import (
	"encoding/binary"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	longestFrame = 1<<24 - 1
	largestTable = 1 << 20
)

// Streams are the requests of one HTTP/2 connection. Frames are passed on one by one, as they came.
type streams struct {
	observe observer
	mu      sync.Mutex
	open    map[uint32]*stream
	ended   string // why no answer comes any more; empty while one may
}

type stream struct {
	request  request
	answer   answer
	fields   http.Header // of the answer, those behind its body among them
	exchange exchange
	shown    bool // to the observer
	tooLong  bool
}

func newStreams(observe observer) *streams {
	return &streams{observe: observe, open: map[uint32]*stream{}}
}

func framer(t *tape) *http2.Framer {
	f := http2.NewFramer(nil, t.in)
	f.SetMaxReadFrameSize(longestFrame)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	f.ReadMetaHeaders.SetAllowedMaxDynamicTableSize(largestTable)
	f.MaxHeaderListSize = largestTable
	return f
}

func (s *streams) requests(t *tape) {
	if _, err := t.in.Discard(len(http2.ClientPreface)); err != nil {
		t.pass()
		return
	}
	t.pass()
	_ = s.read(t, s.asked)
}

func (s *streams) answers(t *tape) error { return s.read(t, s.told) }

func (s *streams) read(t *tape, look func(http2.Frame)) error {
	f := framer(t)
	for {
		frame, err := f.ReadFrame()
		var wrong http2.StreamError
		if err != nil && !errors.As(err, &wrong) {
			t.pass()
			return err
		}
		if err == nil {
			look(frame)
		}
		t.pass()
	}
}

// asked looks at a frame from the client.
func (s *streams) asked(frame http2.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := frame.Header().StreamID
	switch f := frame.(type) {
	case *http2.MetaHeadersFrame:
		st := &stream{request: request{
			method: f.PseudoValue("method"), path: f.PseudoValue("path"), header: fields(f),
		}}
		s.open[id] = st
		if f.StreamEnded() || st.request.path == eventStream {
			s.show(st)
		}
	case *http2.DataFrame:
		st := s.open[id]
		if st == nil {
			return
		}
		if t, is := st.exchange.(talk); is {
			t.asked(f.Data())
			return
		}
		st.keep(&st.request.body, f.Data())
		if f.StreamEnded() || st.saidAll() {
			s.show(st)
		}
	case *http2.RSTStreamFrame:
		s.lose(id, "the caller cancelled it")
	}
}

// show tells the observer of a request, once.
func (s *streams) show(st *stream) {
	if st.shown {
		return
	}
	st.shown = true
	st.exchange = s.observe(st.request)
	if s.ended != "" && st.exchange != nil {
		st.exchange.lost(s.ended)
		st.exchange = nil
	}
}

// saidAll is whether a message of gRPC came whole. A client may end its side in a frame of its own, and a server answers
// without waiting for that.
func (st *stream) saidAll() bool {
	const prefix = 5
	body := st.request.body
	return !st.shown && strings.HasPrefix(st.request.header.Get("Content-Type"), "application/grpc") &&
		len(body) >= prefix && uint64(len(body)-prefix) >= uint64(binary.BigEndian.Uint32(body[1:prefix]))
}

// told looks at a frame from the server.
func (s *streams) told(frame http2.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := frame.Header().StreamID
	st := s.open[id]
	switch f := frame.(type) {
	case *http2.MetaHeadersFrame:
		if st == nil {
			return
		}
		if status, err := strconv.Atoi(f.PseudoValue("status")); err == nil {
			st.answer.status = status
		}
		if st.answer.status >= http.StatusOK {
			s.show(st) // answered before its end was seen
		}
		if st.fields == nil {
			st.fields = http.Header{}
			st.answer.header = st.fields
		}
		for name, values := range fields(f) {
			st.fields[name] = values
		}
		s.endOf(id, st, f.StreamEnded())
	case *http2.DataFrame:
		if st == nil {
			return
		}
		if t, is := st.exchange.(talk); is {
			t.told(f.Data())
		} else {
			st.keep(&st.answer.body, f.Data())
		}
		s.endOf(id, st, f.StreamEnded())
	case *http2.RSTStreamFrame:
		s.lose(id, "the application reset it")
	}
}

func (s *streams) endOf(id uint32, st *stream, ended bool) {
	if !ended {
		return
	}
	delete(s.open, id)
	if st.exchange != nil {
		st.exchange.answered(st.answer)
	}
}

func (s *streams) lose(id uint32, reason string) {
	st := s.open[id]
	delete(s.open, id)
	if st != nil && st.exchange != nil {
		st.exchange.lost(reason)
	}
}

func (s *streams) end(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = reason
	for id := range s.open {
		s.lose(id, reason)
	}
}

func (st *stream) keep(body *[]byte, data []byte) {
	if st.tooLong || len(*body)+len(data) > longest {
		st.tooLong, *body = true, nil
		return
	}
	*body = append(*body, data...)
}

func fields(f *http2.MetaHeadersFrame) http.Header {
	found := http.Header{}
	for _, field := range f.RegularFields() {
		found.Add(field.Name, field.Value)
	}
	return found
}
