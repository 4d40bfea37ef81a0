package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the site as main does, on a port that is free, and gives its address
// and what ends it.
func start(file string) (address string, end func() error, err error) {
	for range 10 { // somebody else may take the port in between
		var taken *net.OpError
		if address, end, err = try(file); !errors.As(err, &taken) || taken.Op != "listen" {
			break
		}
	}
	return address, end, err
}

func try(file string) (address string, end func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", nil, err
	}
	ctx, interrupt := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, addr, file) }()
	end = func() error {
		interrupt()
		select {
		case err := <-ended:
			return err
		case <-time.After(15 * time.Second):
			return errors.New("it does not end")
		}
	}
	client := browser()
	client.Timeout = time.Second
	for range 500 {
		response, err := client.Get("http://" + addr)
		if err == nil && strings.Contains(read(response), "<title>Launches</title>") { // and no other server
			return "http://" + addr + "/", end, nil
		}
		select {
		case err := <-ended:
			return "", nil, fmt.Errorf("it has ended: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return "", nil, errors.Join(errors.New("it does not begin"), end())
}

// browser is a client that does not follow redirects, so that each step shows.
func browser() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func read(response *http.Response) string {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// list gives the launches that a page shows.
func list(page string) string {
	var names []string
	for _, part := range strings.Split(page, "<li>")[1:] {
		name, _, _ := strings.Cut(part, "</li>")
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// message gives what a page says about what was typed.
func message(page string) string {
	_, rest, _ := strings.Cut(page, `<p role="alert">`)
	text, _, _ := strings.Cut(rest, "</p>")
	return text
}

// Two launches are added, one of them twice: the second time the page comes again,
// with a message.
func Example() {
	folder, err := os.MkdirTemp("", "launchlog-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	address, end, err := start(filepath.Join(folder, "launches.sqlite"))
	if err != nil {
		fmt.Println(err)
		return
	}
	client := browser()
	for _, name := range []string{"Vostok 1", "Apollo 11", "Apollo 11"} {
		response, err := client.PostForm(address, url.Values{"name": {name}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("POST", name, response.StatusCode, response.Header.Get("Location")+message(read(response)))
	}
	response, err := client.Get(address)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("GET", response.StatusCode, response.Header.Get("X-Content-Type-Options"), list(read(response)))
	fmt.Println(end())
	// Output:
	// POST Vostok 1 302 /
	// POST Apollo 11 302 /
	// POST Apollo 11 200 That one is on the list.
	// GET 200 nosniff Vostok 1, Apollo 11
	// <nil>
}

func TestSite(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	file := filepath.Join(t.TempDir(), "launches.sqlite")
	client := browser()
	for round := range 2 { // the second time the launches are there already
		address, end, err := start(file)
		if err != nil {
			t.Fatal(err)
		}
		do := func(method, path, form string, headers ...string) (*http.Response, string) {
			t.Helper()
			request, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Accept", "text/html")
			for i := 0; i < len(headers); i += 2 {
				request.Header.Set(headers[i], headers[i+1])
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			return response, read(response)
		}
		if round == 0 {
			if _, page := do("GET", "", ""); !strings.Contains(page, "None so far.") {
				t.Errorf("an empty list: %s", page)
			}
			do("POST", "", "name=+%3Cb%3ESputnik%3C%2Fb%3E+")
		}
		for _, c := range []struct {
			path, form string
			headers    []string
			status     int
			page       string
		}{
			{"", "name=+", nil, 200, "A launch needs a name."},
			{"", "name=%3Cb%3ESputnik%3C%2Fb%3E", nil, 200, "That one is on the list."},
			{"", "name=%3Cb%3ESputnik%3C%2Fb%3E", nil, 200, `value="&lt;b&gt;Sputnik&lt;/b&gt;"`}, // what was typed is there again
			{"", "name=x", []string{"Sec-Fetch-Site", "cross-site"}, 403, "403 Forbidden"},
			{"", "name=x", []string{"Sec-Fetch-Site", "same-site"}, 403, "403 Forbidden"},
			{"nowhere/", "", nil, 404, "None of them matched."},
		} {
			if response, page := do("POST", c.path, c.form, c.headers...); response.StatusCode != c.status || !strings.Contains(page, c.page) {
				t.Errorf("POST %s %s: status %d\n%s", c.path, c.form, response.StatusCode, page)
			}
		}
		if _, page := do("GET", "", ""); list(page) != "&lt;b&gt;Sputnik&lt;/b&gt;" {
			t.Errorf("the list is %s", list(page))
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	for _, line := range []string{"level=WARN msg=\"Forbidden (Permission denied): /\"", "level=WARN msg=\"Not Found: /nowhere/\""} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("the log has no %s:\n%s", line, log.String())
		}
	}
}

// Whoever finds the port taken is told what to do.
func TestPortTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = run(t.Context(), listener.Addr().String(), filepath.Join(t.TempDir(), "launches.sqlite"))
	if err == nil || !strings.HasSuffix(err.Error(), "; listen elsewhere, such as with -addr localhost:9000") {
		t.Errorf("got %v", err)
	}
}
