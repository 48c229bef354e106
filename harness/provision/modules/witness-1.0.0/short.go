package main

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// A head that came whole, with its body, is read where it lies. Most messages do; everything that is longer, or written in
// an uncommon way, is left to net/http.

const longestDigits = 7

// A head is the fields of a message as they came, in their order.
type head []field

type field struct{ name, value []byte }

// Get is the value of the first field of that name; empty without one.
func (h *head) Get(name string) string {
	for i := range *h {
		if each := &(*h)[i]; each.is(name) {
			return string(bytes.Trim(each.value, " \t"))
		}
	}
	return ""
}

func (f *field) is(name string) bool {
	return len(f.name) == len(name) && strings.EqualFold(string(f.name), name)
}

var (
	crlf     = []byte("\r\n")
	headEnd  = []byte("\r\n\r\n")
	protocol = []byte("HTTP/1.1")
)

// A short is one message that came whole. All of it lies in what it was read from.
type short struct {
	first  []byte // the first line
	fields head
	body   []byte
	length int // of the whole message
}

// read finds a whole message at the beginning of what came; false where there is none that is plain enough. bodiless says
// whether one that gives no length has no body.
func (s *short) read(came []byte, bodiless bool) bool {
	end := bytes.Index(came, headEnd)
	if end < 0 {
		return false
	}
	var rest []byte
	s.first, rest, _ = bytes.Cut(came[:end], crlf)
	if bytes.IndexByte(s.first, '\n') >= 0 || !s.split(rest) {
		return false
	}
	length, plain := s.bodyLength(bodiless)
	body := end + len(headEnd)
	if !plain || len(came)-body < length {
		return false
	}
	s.body, s.length = came[body:body+length], body+length
	return true
}

// split takes the fields of a head apart; false where one is written uncommonly.
func (s *short) split(rest []byte) bool {
	s.fields = s.fields[:0]
	for len(rest) > 0 {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			if end == 0 || rest[end-1] != '\r' {
				return false
			}
			line, rest = rest[:end-1], rest[end+1:]
		} else {
			rest = nil
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.IndexByte(line[:colon], ' ') >= 0 || bytes.IndexByte(line[:colon], '\t') >= 0 {
			return false
		}
		s.fields = append(s.fields, field{name: line[:colon], value: line[colon+1:]})
	}
	return true
}

// bodyLength is the length of the body; false where it can't be told from one field.
func (s *short) bodyLength(bodiless bool) (int, bool) {
	length, told := 0, false
	for i := range s.fields {
		each := &s.fields[i]
		switch {
		case each.is("Transfer-Encoding"), each.is("Expect"), each.is("Upgrade"):
			return 0, false
		case each.is("Content-Length"):
			digits := bytes.Trim(each.value, " \t")
			if told || len(digits) > longestDigits || len(bytes.Trim(digits, "0123456789")) > 0 {
				return 0, false
			}
			var err error
			if length, err = strconv.Atoi(string(digits)); err != nil {
				return 0, false
			}
			told = true
		}
	}
	return length, told || bodiless
}

// request is the method and target of a first line; false for one that is not of the common ones.
func (s *short) request() (string, string, bool) {
	method, rest, _ := bytes.Cut(s.first, []byte(" "))
	target, version, _ := bytes.Cut(rest, []byte(" "))
	if !bytes.Equal(version, protocol) || len(target) == 0 || target[0] != '/' {
		return "", "", false
	}
	for _, common := range []string{http.MethodPut, http.MethodGet, http.MethodPost, http.MethodDelete} {
		if string(method) == common {
			return common, string(target), true
		}
	}
	return "", "", false
}

// status is that of a first line; false for one that has no body whatever its fields say, or is no last answer.
func (s *short) status() (int, bool) {
	if len(s.first) < len("HTTP/1.1 200") || !bytes.HasPrefix(s.first, protocol) || s.first[len(protocol)] != ' ' {
		return 0, false
	}
	status, err := strconv.Atoi(string(s.first[len("HTTP/1.1 "):len("HTTP/1.1 200")]))
	plain := len(s.first) == len("HTTP/1.1 200") || s.first[len("HTTP/1.1 200")] == ' '
	return status, err == nil && plain && status >= http.StatusOK && status != http.StatusNoContent &&
		status != http.StatusNotModified
}

// shortRequest passes on a request that came whole; false where the next one did not.
func (c *conversation) shortRequest() bool {
	came, _ := c.up.in.Peek(c.up.in.Buffered())
	s := &c.asked
	if !s.read(came, true) {
		return false
	}
	method, path, common := s.request()
	if !common {
		return false
	}
	_, _ = c.up.in.Discard(s.length) // which leaves it where it lies
	w := &waiting{method: method}
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()
	c.follow(w, request{method: method, path: path, header: &s.fields, body: s.body})
	c.up.pass()
	return true
}

// shortAnswer passes on an answer that came whole; false where the next one did not.
func (c *conversation) shortAnswer(w *waiting) bool {
	came, _ := c.down.in.Peek(c.down.in.Buffered())
	s := &c.told
	if w.method == http.MethodHead || !s.read(came, false) {
		return false
	}
	status, last := s.status()
	if !last {
		return false
	}
	_, _ = c.down.in.Discard(s.length)
	c.over(w, answer{status: status, header: &s.fields, body: s.body})
	return true
}
