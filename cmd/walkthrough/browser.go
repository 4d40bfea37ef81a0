package main

import (
	"os/exec"
	"runtime"
	"time"
)

// openerPatience is how soon an opener that finds no browser has ended. One that
// ends later was the browser itself, and the page was seen.
var openerPatience = 5 * time.Second

// openBrowser asks the system to show a page, and goes on. It calls failed if
// that does not work, now or soon.
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
	began, patience := time.Now(), openerPatience
	if err := command.Start(); err != nil {
		failed(err)
		return
	}
	go func() { // it ends with this program at the latest
		if err := command.Wait(); err != nil && time.Since(began) < patience {
			failed(err)
		}
	}()
}
