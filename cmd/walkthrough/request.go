package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

type requestCommand struct {
	settingsFlag
	Place  place    `arg:"" name:"NN" help:"Which step, beat or mistake to ask."`
	Method string   `arg:"" optional:"" default:"GET" name:"METHOD" help:"GET, POST …"`
	Path   string   `arg:"" optional:"" default:"/" name:"PATH" help:"The path, with a query if you like."`
	Header []string `short:"H" sep:"none" placeholder:"'K: V'" help:"A header. May be repeated."`
	Data   string   `short:"d" placeholder:"TEXT|@FILE" help:"The body, or @ and the name of a file that holds it."`
	ASGI   bool     `name:"asgi" help:"Ask the ASGI application (step 14)."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

func (requestCommand) Help() string {
	return `The request goes over a real socket, through the gateway and the validator, to an application that is made for it. Printed are the response and the trace: what the site reports (signals, middleware, views), and what the server sees (start_response, chunks, close), in order.

Examples:

    walkthrough request 05 GET /
    walkthrough request 06 GET '/launches/2024/?page=2'
    walkthrough request 06 POST /echo/ --data 'note=Aster'
    walkthrough request 05.1 GET / --header 'Cookie: a=1' --json
    walkthrough request 09 GET /fail/ --settings '{"MIDDLEWARE": ["site.middleware.Sensor"]}'
    walkthrough request 09 GET /fail/ --settings my-settings.json`
}

// Validate is called by kong: what it refuses is an error of usage.
func (c *requestCommand) Validate() error {
	if strings.HasPrefix(c.Method, "/") && c.Path == "/" { // the path alone
		c.Method, c.Path = http.MethodGet, c.Method
	}
	if c.Method == "" || strings.ContainsAny(c.Method, " /:\r\n") {
		return fmt.Errorf("METHOD is a word such as GET, and not %q", c.Method)
	}
	if !strings.HasPrefix(c.Path, "/") && c.Path != "*" {
		return fmt.Errorf("PATH begins with a slash, and %q does not", c.Path)
	}
	if strings.ContainsAny(c.Path, " \r\n") {
		return fmt.Errorf("PATH goes into the request as it is: write %%20 for a space in %q", c.Path)
	}
	for _, header := range c.Header {
		if name, _, found := strings.Cut(header, ":"); !found || name == "" || strings.ContainsAny(header, "\r\n") {
			return fmt.Errorf("--header is a name, a colon and a value, such as 'Accept: text/html', and not %q", header)
		}
	}
	return nil
}

func (c *requestCommand) Run(e *env) error {
	a := c.Place.Address
	request, err := c.wire()
	if err != nil {
		return err
	}
	w, err := e.way(a, c.ASGI)
	if err != nil {
		return err
	}
	ctx, _, stop := interrupts()
	defer stop()
	var result play.Result
	if w.open != nil {
		result, err = play.Exchange(ctx, w.open, c.Settings, request, c.ASGI)
	} else {
		result, err = e.exchangeBuilt(ctx, a, c.Settings, request, c.ASGI)
	}
	if err != nil {
		return explain(a, err)
	}
	return c.print(e, result)
}

func (e *env) exchangeBuilt(ctx context.Context, a course.Address, settings, request []byte, asgi bool) (play.Result, error) {
	e.compiling(a)
	built, err := play.Build(ctx, e.library.Checkout, []course.Address{a})
	if err != nil {
		return play.Result{}, err
	}
	defer built.Close()
	return built.Exchange(ctx, a, settings, request, asgi)
}

// wire is the request as it is sent.
func (c *requestCommand) wire() ([]byte, error) {
	body := []byte(c.Data)
	if file, found := strings.CutPrefix(c.Data, "@"); found {
		var err error
		if body, err = os.ReadFile(file); err != nil {
			return nil, usageError{fmt.Errorf("--data: %w", err)}
		}
	}
	given := map[string]bool{}
	for _, header := range c.Header {
		name, _, _ := strings.Cut(header, ":")
		given[strings.ToLower(name)] = true
	}
	lines := []string{strings.ToUpper(c.Method) + " " + c.Path + " HTTP/1.1"}
	if !given["host"] {
		lines = append(lines, "Host: localhost")
	}
	lines = append(lines, c.Header...)
	if c.Data != "" {
		if !given["content-type"] {
			lines = append(lines, "Content-Type: application/x-www-form-urlencoded")
		}
		if !given["content-length"] && !given["transfer-encoding"] {
			lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)))
		}
	}
	return append([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), body...), nil
}

func (c *requestCommand) print(e *env, result play.Result) error {
	if c.JSON {
		encoder := json.NewEncoder(e.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{
			"address":  c.Place.String(),
			"response": string(result.Response),
			"trace":    append([]string{}, result.Trace...),
			"log":      append([]string{}, result.Log...),
		})
	}
	status, rest, _ := strings.Cut(string(result.Response), "\n")
	headers, body, _ := strings.Cut(rest, "\n\n")
	fmt.Fprintln(e.stdout, e.sgr("1", status))
	if headers != "" {
		fmt.Fprintln(e.stdout, e.sgr("2", headers))
	}
	fmt.Fprintf(e.stdout, "\n%s", body)
	for _, part := range []struct {
		name  string
		lines []string
	}{{"Trace", result.Trace}, {"Log of the server", result.Log}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(e.stdout, "\n%s\n", e.sgr("1", part.name))
		for _, line := range part.lines {
			fmt.Fprintf(e.stdout, "    %s\n", line)
		}
	}
	return nil
}
