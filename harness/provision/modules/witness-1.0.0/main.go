// The witness: runs an application of anybody's and stands between it and its sidecar, both ways. It writes what goes
// over in the words of harness/history/events.py, and changes none of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

const (
	version   = "1.0.0"
	poll      = 10 * time.Millisecond
	cantRun   = 127
	gcPercent = 400
	wrongUse  = 64
)

type ways []way

// A way leads from where the application dials to what is there.
type way struct{ listen, to string }

func (w *ways) String() string { return "" }

func (w *ways) Set(text string) error {
	listen, to, found := strings.Cut(text, "=")
	if !found {
		return errors.New("is not LISTEN=TO")
	}
	*w = append(*w, way{listen, to})
	return nil
}

func escaped(text string) string { return url.PathEscape(text) }

func main() {
	// The application dies with the thread that started it.
	runtime.LockOSThread()
	var out ways
	process := flag.String("process", "", "the name of this incarnation, such as host-1/app#1")
	path := flag.String("journal", "", "file of its events")
	listen := flag.String("listen", "", "where the sidecar dials")
	app := flag.String("app", "", "where the application listens")
	flag.Var(&out, "out", "LISTEN=TO: where the application dials for what is at TO")
	forward := flag.Bool("forward", false, "send signals on to the application, which nobody else does in a container")
	said := flag.Bool("version", false, "say the version")
	flag.Parse()
	if *said {
		fmt.Println("actorproof-witness version " + version)
		return
	}
	if *process == "" || *path == "" || *listen == "" || *app == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "witness: --process, --journal, --listen, --app and a command are needed")
		os.Exit(wrongUse)
	}
	os.Exit(run(*process, *path, *listen, *app, out, flag.Args(), *forward))
}

func run(process, path, listen, app string, out ways, command []string, forward bool) int {
	// Signals go to the whole process group, or are sent on: the application ends by them, and the witness after it.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	j, err := openJournal(path, process)
	if err != nil {
		fmt.Fprintf(os.Stderr, "witness: %v\n", err)
		return cannotWrite
	}
	w := newWitness(j)
	for _, each := range out {
		if err := w.serve(each.listen, each.to, w.outbound); err != nil {
			fmt.Fprintf(os.Stderr, "witness: %v\n", err)
			return 1
		}
	}
	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	dieWithParent(child)
	if err := child.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "witness: %v\n", err)
		return cantRun
	}
	if forward {
		go func() {
			for each := range signals {
				_ = child.Process.Signal(each)
			}
		}()
	}
	share()
	ended, end := context.WithCancel(context.Background())
	go w.attend(ended, listen, app)
	err = child.Wait()
	end()
	return codeOf(child, err)
}

// share sets how the witness takes its part of a machine that its application and callers run on too.
func share() {
	// Memory is cheap here, and every pause of the collector is one of the application's callers.
	debug.SetGCPercent(gcPercent)
	// All that it does is short. To spread it takes time as well: threads wake each other up, and search for work.
	runtime.GOMAXPROCS((runtime.GOMAXPROCS(0) + 1) / 2)
}

// attend listens for the sidecar once the application accepts connections: one that asks too early hosts no actors.
func (w *witness) attend(ended context.Context, listen, app string) {
	for !accepts(app) {
		select {
		case <-ended.Done():
			return
		case <-time.After(poll):
		}
	}
	if at, err := stage(); err == nil {
		if open, err := listenAt("127.0.0.1:0"); err == nil {
			go w.accept(open, at.Addr().String(), w.inbound)
			w.sing(open.Addr().String())
			_ = open.Close()
		}
		_ = at.Close()
	}
	if err := w.serve(listen, app, w.inbound); err != nil {
		w.journal.write("trouble", &troubled{Text: fmt.Sprintf("the witness of %s: %v", w.process, err)})
	}
}

func accepts(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	if tcp, is := conn.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
	return true
}

func listenAt(address string) (net.Listener, error) { return net.Listen("tcp", address) }

func (w *witness) serve(listen, to string, observe observer) error {
	listener, err := listenAt(listen)
	if err != nil {
		return err
	}
	go w.accept(listener, to, observe)
	return nil
}

// accept joins each connection to one of its own. Where nobody listens behind it, the caller is reset. A machine that has
// no more files or memory for a connection is asked again, and who reads the history is told once.
func (w *witness) accept(listener net.Listener, to string, observe observer) {
	for told := false; ; {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if !told {
				w.journal.write("trouble", &troubled{Text: fmt.Sprintf("the witness of %s: %v", w.process, err)})
			}
			told = true
			time.Sleep(poll)
			continue
		}
		go func() {
			client, _ := conn.(*net.TCPConn)
			dialed, err := net.DialTimeout("tcp", to, 10*time.Second)
			server, is := dialed.(*net.TCPConn)
			if err != nil || !is {
				_ = client.SetLinger(0)
				_ = client.Close()
				return
			}
			relay(client, server, observe)
		}()
	}
}

// codeOf is the exit code of the application; 128 and the signal's number where one ended it.
func codeOf(child *exec.Cmd, err error) int {
	if err == nil {
		return 0
	}
	if status, is := child.ProcessState.Sys().(syscall.WaitStatus); is && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return max(child.ProcessState.ExitCode(), 1)
}
