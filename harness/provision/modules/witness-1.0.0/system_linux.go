package main

import (
	"os/exec"
	"syscall"
	"unsafe"
)

func dieWithParent(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// readNow and writeNow are calls of the system that the scheduler of goroutines is not told of, for what does not wait.
func readNow(fd int, into []byte) (int, error)  { return now(syscall.SYS_READ, fd, into) }
func writeNow(fd int, data []byte) (int, error) { return now(syscall.SYS_WRITE, fd, data) }

func now(call uintptr, fd int, data []byte) (int, error) {
	at := unsafe.Pointer(unsafe.SliceData(data))
	for {
		n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(at), uintptr(len(data)))
		if errno == 0 {
			return int(n), nil
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
