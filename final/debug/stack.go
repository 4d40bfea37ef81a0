package debug

import (
	"bufio"
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Frame is one call on a stack.
type Frame struct {
	Function string
	File     string
	Line     int
	Inner    bool         // of the handler, the server or the runtime, not of the site
	Source   []SourceLine // the lines around, where the file can be read
}

// SourceLine is a line of a file.
type SourceLine struct {
	Number  int
	Text    string
	Current bool // the line that was being run
}

var location = regexp.MustCompile(`^\t(.+):(\d+)(?: \+0x[0-9a-f]+)?$`)

// around is how many lines are shown before and after the current one. Django:
// ExceptionReporter.get_traceback_frames.
const around = 6

// inner are the packages that the site runs on. What is between them and the
// site's own code is what one looks for.
var inner = regexp.MustCompile(`^(basehandler/(final/(handlers|middleware|db|dispatch|template|web|urls)|wsgi|asgi|wsgi/gateway|asgi/gateway)|runtime|runtime/debug|net/http|database/sql)\.|^panic$`)

// Frames reads a stack as debug.Stack prints it, and the source of each call.
// What belongs to catching a panic is left out.
func Frames(stack []byte) []Frame {
	var frames []Frame
	function := ""
	for line := range strings.Lines(string(stack)) {
		line = strings.TrimSuffix(line, "\n")
		if found := location.FindStringSubmatch(line); found != nil {
			number, _ := strconv.Atoi(found[2])
			frames = append(frames, Frame{Function: function, File: found[1], Line: number, Inner: inner.MatchString(function)})
			continue
		}
		function, _, _ = strings.Cut(strings.TrimPrefix(line, "created by "), " in goroutine ")
		if i := strings.LastIndexByte(function, '('); i > 0 && strings.HasSuffix(function, ")") {
			function = function[:i]
		}
	}
	// Everything above the last panic is the machinery that caught it.
	for i := len(frames) - 1; i >= 0; i-- {
		if frames[i].Function == "panic" {
			frames = frames[i+1:]
			break
		}
	}
	files := map[string][]string{}
	for i := range frames {
		frames[i].Source = excerpt(files, frames[i].File, frames[i].Line)
	}
	return frames
}

// excerpt gives the lines around a line, none if the file cannot be read: a
// program need not run where it was built.
func excerpt(files map[string][]string, name string, line int) []SourceLine {
	lines, known := files[name]
	if !known {
		if content, err := os.ReadFile(name); err == nil {
			scanner := bufio.NewScanner(bytes.NewReader(content))
			for scanner.Scan() {
				lines = append(lines, scanner.Text())
			}
		}
		files[name] = lines
	}
	var source []SourceLine
	for number := max(line-around, 1); number <= min(line+around, len(lines)); number++ {
		source = append(source, SourceLine{number, lines[number-1], number == line})
	}
	return source
}
