package main

import (
	"bufio"
	"io"
	"net"
)

// A tape reads one direction of a connection for a parser, and keeps what was read as it came, so that exactly these
// bytes are passed on once the parser is done with them.
type tape struct {
	from io.Reader
	to   *net.TCPConn
	raw  []byte
	gone bool // nobody takes what is passed on any more; it is read on to see its end
	room [4 << 10]byte
	in   *bufio.Reader
}

func newTape(from, to *net.TCPConn) *tape {
	t := &tape{from: from, to: to}
	t.in = bufio.NewReaderSize(reader{t}, 16<<10)
	return t
}

type reader struct{ tape *tape }

func (r reader) Read(p []byte) (int, error) {
	n, err := r.tape.from.Read(p)
	r.tape.raw = append(r.tape.raw, p[:n]...)
	return n, err
}

// pass hands on what the parser has consumed.
func (t *tape) pass() {
	n := len(t.raw) - t.in.Buffered()
	if n > 0 && !t.gone {
		if _, err := t.to.Write(t.raw[:n]); err != nil {
			t.gone = true
		}
	}
	t.raw = append(t.raw[:0], t.raw[n:]...)
}

// passAll hands on everything that is still to come, unread.
func (t *tape) passAll() error {
	_, _ = t.in.Discard(t.in.Buffered())
	t.pass()
	if t.gone {
		_, err := io.Copy(io.Discard, t.from)
		return err
	}
	_, err := io.Copy(t.to, t.from)
	return err
}
