package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const (
	eventStream  = daprService + "SubscribeActorEventsAlpha1"
	grpcNotFound = 5
)

// A subscription is the stream that an application opens at its sidecar, over which it is told what its actors have to
// do, and answers by the number of each request. Field numbers are those of dapr/proto/runtime/v1/actors.proto.
type subscription struct {
	witness  *witness
	open     map[string]exchange
	up, down messages
}

func (s *subscription) asked(data []byte) { s.up.take(data, s.answer, s.trouble) }
func (s *subscription) told(data []byte)  { s.down.take(data, s.request, s.trouble) }

func (s *subscription) trouble(text string) {
	s.witness.journal.write("trouble", &troubled{Text: fmt.Sprintf("the stream of %s: %s", s.witness.process, text)})
}

// request looks at what the sidecar wants.
func (s *subscription) request(m message) {
	for _, field := range m.all(2) {
		f := message(field)
		s.begin(f, "call", request{header: metadata(f.all(6)), body: f.bytes(5)})
	}
	for _, field := range m.all(3) {
		f := message(field)
		s.begin(f, "reminder", request{header: metadata(f.all(8)), body: firedBody(f.bytes(7), nil)})
	}
	for _, field := range m.all(4) {
		f := message(field)
		callback := f.text(7)
		s.begin(f, "timer", request{header: metadata(f.all(9)), body: firedBody(f.bytes(8), &callback)})
	}
	for _, field := range m.all(5) {
		f := message(field)
		s.open[f.text(1)] = s.witness.deactivate(f.text(2) + "/" + f.text(3))
	}
}

func (s *subscription) begin(m message, cause string, r request) {
	s.open[m.text(1)] = s.witness.begin(m.text(2)+"/"+m.text(3), cause, m.text(4), r)
}

// answer looks at what the application says to it.
func (s *subscription) answer(m message) {
	for _, field := range m.all(2) {
		f := message(field)
		fields := http.Header{}
		a := answer{status: http.StatusOK, header: fields, body: f.bytes(2)}
		if f.number(4) != 0 {
			fields.Set(errorHeader, "true")
		}
		s.end(f.text(1), a)
	}
	for _, field := range append(m.all(3), m.all(4)...) {
		f := message(field)
		fields := http.Header{}
		a := answer{status: http.StatusOK, header: fields}
		if f.number(2) != 0 {
			fields.Set(cancelHeader, "true")
		}
		s.end(f.text(1), a)
	}
	for _, field := range m.all(5) {
		s.end(message(field).text(1), answer{status: http.StatusOK})
	}
	for _, field := range m.all(6) {
		f := message(field)
		a := answer{status: http.StatusInternalServerError, body: f.bytes(3)}
		if f.number(2) == grpcNotFound {
			a.status = http.StatusNotFound
		}
		s.end(f.text(1), a)
	}
}

func (s *subscription) end(id string, a answer) {
	if open := s.open[id]; open != nil {
		delete(s.open, id)
		open.answered(a)
	}
}

func (s *subscription) answered(answer) { s.lost("the stream ended without an answer") }

// lost ends every turn out of sight. Whoever ended the stream, nobody knows whether a goodbye would have been answered.
func (s *subscription) lost(reason string) {
	for id, open := range s.open {
		delete(s.open, id)
		if _, is := open.(*goodbye); !is {
			open.lost(reason)
		}
	}
}

// messages are those of one direction of a gRPC stream.
type messages struct{ rest []byte }

// take hands on each message that is whole.
func (m *messages) take(data []byte, hand func(message), trouble func(string)) {
	const prefix = 5
	m.rest = append(m.rest, data...)
	for len(m.rest) >= prefix {
		length := int(binary.BigEndian.Uint32(m.rest[1:prefix]))
		if len(m.rest)-prefix < length {
			return
		}
		if m.rest[0] == 0 {
			hand(message(m.rest[prefix : prefix+length]))
		} else {
			trouble("a message is compressed, and what it says is not seen: turn compression off")
		}
		m.rest = m.rest[prefix+length:]
	}
}

func metadata(entries [][]byte) http.Header {
	found := http.Header{}
	for _, entry := range entries {
		found.Add(message(entry).text(1), message(entry).text(2))
	}
	return found
}

// firedBody is what a reminder or timer carries, as it would come over HTTP. The data is a google.protobuf.Any.
func firedBody(data message, callback *string) []byte {
	value := data.bytes(2)
	if strings.HasSuffix(data.text(1), "google.protobuf.BytesValue") {
		value = message(value).bytes(1)
	}
	body := fired{Callback: callback}
	if json.Valid(value) {
		body.Data = value
	} else {
		body.Data = base64Text(value)
	}
	text, _ := json.Marshal(body)
	return text
}
