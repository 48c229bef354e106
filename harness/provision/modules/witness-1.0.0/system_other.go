//go:build !linux

package main

import (
	"errors"
	"os/exec"
	"syscall"
)

func dieWithParent(*exec.Cmd) {}

func readNow(fd int, into []byte) (int, error)  { return now(syscall.Read, fd, into) }
func writeNow(fd int, data []byte) (int, error) { return now(syscall.Write, fd, data) }

func now(call func(int, []byte) (int, error), fd int, data []byte) (int, error) {
	for {
		n, err := call(fd, data)
		if !errors.Is(err, syscall.EINTR) {
			return max(n, 0), err
		}
	}
}
