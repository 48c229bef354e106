package main

import (
	"io"
	"net"
	"syscall"
)

// atOnce is how much the system is asked to pass on in one go: a processor does nothing else so long.
const atOnce = 64 << 10

// A wire reads a connection, or writes it, by calls of the system that the scheduler is not told of. None of them waits;
// but the kernel takes so long to pass a message on that the scheduler would think so, and give the processor to another
// thread, which costs more than the call. One goroutine at a time uses a wire.
type wire struct {
	conn syscall.RawConn
	data []byte // what to read into, or what to write
	done int    // how much of that
	err  error

	reads, writes func(fd uintptr) bool // made once, and not for each call
}

func newWire(conn *net.TCPConn) *wire {
	w := &wire{}
	w.conn, _ = conn.SyscallConn() // no error: it is open
	w.reads, w.writes = w.read, w.write
	return w
}

// Read is that of an io.Reader.
func (w *wire) Read(into []byte) (int, error) {
	w.data, w.done, w.err = into, 0, nil
	if err := w.conn.Read(w.reads); err != nil {
		return 0, err
	}
	if w.done == 0 && w.err == nil {
		w.err = io.EOF
	}
	return w.done, w.err
}

func (w *wire) read(fd uintptr) bool {
	w.done, w.err = readNow(int(fd), w.data)
	return w.err != syscall.EAGAIN
}

// Write is that of an io.Writer.
func (w *wire) Write(data []byte) (int, error) {
	w.data, w.done, w.err = data, 0, nil
	if err := w.conn.Write(w.writes); err != nil {
		return w.done, err
	}
	return w.done, w.err
}

func (w *wire) write(fd uintptr) bool {
	var n int
	for w.done < len(w.data) && w.err == nil {
		n, w.err = writeNow(int(fd), w.data[w.done:min(len(w.data), w.done+atOnce)])
		w.done += n
	}
	if w.err == syscall.EAGAIN {
		w.err = nil
		return false
	}
	return true
}
