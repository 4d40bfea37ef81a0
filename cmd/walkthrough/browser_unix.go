//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// setApart keeps a Ctrl-C in this terminal from the browser, which may have
// been started just now.
func setApart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
