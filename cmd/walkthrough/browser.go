package main

import (
	"os/exec"
	"runtime"
)

// openBrowser asks the system to show a page, and goes on. It calls failed if
// that does not work, now or later.
func openBrowser(url string, failed func(error)) {
	var command *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		command = exec.Command("open", url)
	case "windows":
		command = exec.Command("rundll32", "url.dll,FileProtocolHandler", url)
	default:
		command = exec.Command("xdg-open", url)
	}
	setApart(command)
	if err := command.Start(); err != nil {
		failed(err)
		return
	}
	go func() { // it ends with this program at the latest
		if err := command.Wait(); err != nil {
			failed(err)
		}
	}()
}
