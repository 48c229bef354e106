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

// A head is the lines of a message's header fields as they came.
type head []byte

// Get is the value of the first field of that name; empty without one.
func (h *head) Get(name string) string {
	value, _ := h.field(name)
	return value
}

func (h *head) field(name string) (string, int) {
	found, count := "", 0
	for rest := []byte(*h); len(rest) > 0; {
		line, more, _ := bytes.Cut(rest, crlf)
		rest = more
		if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(string(line[:len(name)]), name) {
			if count == 0 {
				found = string(bytes.Trim(line[len(name)+1:], " \t"))
			}
			count++
		}
	}
	return found, count
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
	first := bytes.Index(came, crlf)
	if end < 0 || bytes.IndexByte(came[:first], '\n') >= 0 {
		return false
	}
	s.first, s.fields = came[:first], nil
	if first < end {
		s.fields = head(came[first+len(crlf) : end])
	}
	length, plain := s.bodyLength(bodiless)
	body := end + len(headEnd)
	if !plain || len(came)-body < length {
		return false
	}
	s.body, s.length = came[body:body+length], body+length
	return true
}

// bodyLength is the length of the body; false where it can't be told from one field, or a field is written uncommonly.
func (s *short) bodyLength(bodiless bool) (int, bool) {
	for rest := []byte(s.fields); len(rest) > 0; {
		line, more, _ := bytes.Cut(rest, crlf)
		rest = more
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.ContainsAny(line[:colon], " \t") || bytes.IndexByte(line, '\n') >= 0 {
			return 0, false
		}
	}
	for _, name := range []string{"Transfer-Encoding", "Expect", "Upgrade"} {
		if _, count := s.fields.field(name); count > 0 {
			return 0, false
		}
	}
	digits, count := s.fields.field("Content-Length")
	if count == 0 {
		return 0, bodiless
	}
	if count > 1 || len(digits) > longestDigits || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	length, err := strconv.Atoi(digits)
	return length, err == nil
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
