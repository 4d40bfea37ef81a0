package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Job asks a compiled program for exchanges with one application. Each is a line of JSON on its
// standard input.
type Job struct {
	ID       int64
	Address  string
	Settings json.RawMessage `json:",omitempty"`
	Requests [][]byte
	ASGI     bool
}

// Done answers the job of the same ID. Each is a line of JSON on standard
// output, in whatever order they are done.
type Done struct {
	ID        int64
	Results   []Result
	Error     string // "" if Results holds
	LoadError bool   // the error is a LoadError
}

// Main is the main function of a program that was compiled for some addresses.
// Without arguments it does jobs until its standard input ends. With "serve",
// an address and ServeOptions as JSON it serves until its standard input ends:
// a signal from the terminal reaches the whole process group, and what it means
// is decided by the parent.
func Main(openers map[string]Opener) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	if err := run(openers, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(openers map[string]Opener, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return work(openers, stdin, stdout)
	}
	if len(args) != 3 || args[0] != "serve" {
		return fmt.Errorf("the arguments of this program are none, or serve ADDRESS OPTIONS; it got %q", args)
	}
	open, found := openers[args[1]]
	if !found {
		return fmt.Errorf("%s was not compiled into this program", args[1])
	}
	var options ServeOptions
	if err := json.Unmarshal([]byte(args[2]), &options); err != nil {
		return fmt.Errorf("the options: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with stdin, at the latest with the process
		defer cancel()
		io.Copy(io.Discard, stdin)
	}()
	return Serve(ctx, context.Background(), open, options, stdout, stderr)
}

// work does the jobs that it reads, each in a goroutine of its own, and returns
// when there are no more and all are done.
func work(openers map[string]Opener, stdin io.Reader, stdout io.Writer) error {
	var jobs sync.WaitGroup
	defer jobs.Wait()
	var mu sync.Mutex
	encoder := json.NewEncoder(stdout)
	decoder := json.NewDecoder(bufio.NewReader(stdin))
	for {
		var job Job
		if err := decoder.Decode(&job); err != nil {
			if err == io.EOF {
				return nil
			}
			return fmt.Errorf("the job cannot be read: %w", err)
		}
		jobs.Go(func() {
			done := do(openers, job)
			mu.Lock()
			defer mu.Unlock()
			encoder.Encode(done) // fails only when nobody reads any more
		})
	}
}

func do(openers map[string]Opener, job Job) Done {
	open, found := openers[job.Address]
	if !found {
		return Done{ID: job.ID, Error: job.Address + " was not compiled into this program"}
	}
	results, err := Exchanges(context.Background(), open, job.Settings, job.Requests, job.ASGI)
	if err != nil {
		var load *LoadError
		return Done{ID: job.ID, Error: err.Error(), LoadError: errors.As(err, &load)}
	}
	return Done{ID: job.ID, Results: results}
}
