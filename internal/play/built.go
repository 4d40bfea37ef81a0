package play

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/play/engine"
)

// Built is a program that was compiled for some addresses, and runs to do
// exchanges with them. Its methods may be called at the same time.
type Built struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	stderr  tail
	stopped chan struct{} // closed when the program has ended
	failure error         // why it ended; valid after stopped

	writing sync.Mutex // one job at a time goes into stdin
	mu      sync.Mutex
	last    int64
	waiting map[int64]chan engine.Done
}

// Build compiles the addresses into one program and starts it. It ends with
// Close, or when ctx ends.
func Build(ctx context.Context, checkout string, addresses []course.Address) (*Built, error) {
	program, err := Compile(ctx, checkout, addresses)
	if err != nil {
		return nil, err
	}
	b := &Built{
		command: exec.CommandContext(ctx, program),
		stopped: make(chan struct{}),
		waiting: map[int64]chan engine.Done{},
	}
	b.command.Stderr = &b.stderr
	b.command.WaitDelay = 5 * time.Second
	if b.stdin, err = b.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := b.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.command.Start(); err != nil {
		return nil, err
	}
	go b.read(stdout)
	return b, nil
}

// read hands each answer to who waits for it, until the program ends.
func (b *Built) read(stdout io.Reader) {
	decoder := json.NewDecoder(bufio.NewReader(stdout))
	for {
		var done engine.Done
		if err := decoder.Decode(&done); err != nil {
			break
		}
		b.mu.Lock()
		answer := b.waiting[done.ID]
		delete(b.waiting, done.ID)
		b.mu.Unlock()
		if answer != nil { // else its context has ended
			answer <- done
		}
	}
	io.Copy(io.Discard, stdout)
	err := b.command.Wait()
	if text := b.stderr.String(); text != "" {
		err = errors.Join(err, errors.New(text))
	}
	b.failure = err
	close(b.stopped)
}

// Exchange is [Exchange] with an address that was built.
func (b *Built) Exchange(ctx context.Context, address course.Address, settings, request []byte, asgi bool) (Result, error) {
	results, err := b.Exchanges(ctx, address, settings, [][]byte{request}, asgi)
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// Exchanges is [Exchanges] with an address that was built.
func (b *Built) Exchanges(ctx context.Context, address course.Address, settings []byte, requests [][]byte, asgi bool) ([]Result, error) {
	answer := make(chan engine.Done, 1)
	b.mu.Lock()
	b.last++
	job := engine.Job{ID: b.last, Address: address.String(), Settings: settings, Requests: requests, ASGI: asgi}
	b.waiting[job.ID] = answer
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.waiting, job.ID)
		b.mu.Unlock()
	}()
	line, err := json.Marshal(job)
	if err != nil {
		return nil, fmt.Errorf("the settings are no JSON: %w", err)
	}
	b.writing.Lock()
	_, err = b.stdin.Write(append(line, '\n'))
	b.writing.Unlock()
	if err != nil {
		select {
		case <-b.stopped:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return nil, b.ended()
	}
	select {
	case done := <-answer:
		switch {
		case done.LoadError:
			return nil, &LoadError{Err: errors.New(done.Error)}
		case done.Error != "":
			return nil, errors.New(done.Error)
		}
		return done.Results, nil
	case <-b.stopped:
		return nil, b.ended()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *Built) ended() error {
	if b.failure == nil {
		return errors.New("the compiled program has ended")
	}
	return fmt.Errorf("the compiled program has ended: %w", b.failure)
}

// Close lets the exchanges under way finish, and ends the program.
func (b *Built) Close() error {
	b.stdin.Close()
	select {
	case <-b.stopped:
	case <-time.After(engine.Timeout + 2*time.Second):
		b.command.Process.Kill()
		<-b.stopped
	}
	return b.failure
}

// Run compiles one address and serves it in a program of its own until ctx
// ends. Then requests in flight may finish until abort ends.
func Run(ctx, abort context.Context, checkout string, address course.Address, options ServeOptions, stdout, stderr io.Writer) error {
	program, err := Compile(ctx, checkout, []course.Address{address})
	if err != nil {
		return err
	}
	text, err := json.Marshal(options)
	if err != nil {
		return fmt.Errorf("the settings are no JSON: %w", err)
	}
	command := exec.CommandContext(abort, program, "serve", address.String(), string(text))
	command.Stdout = stdout
	failure := &tail{next: stderr}
	command.Stderr = failure
	command.WaitDelay = 5 * time.Second
	stdin, err := command.StdinPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { stdin.Close() })()
	if err := command.Wait(); err != nil {
		if abort.Err() != nil {
			return errors.New("stopped at once")
		}
		return ErrSaid
	}
	return nil
}

// ErrSaid is the error of a program that has told its reason on stderr.
var ErrSaid = errors.New("the reason is said above")

// tail keeps the end of what is written to it, and hands everything on.
type tail struct {
	next io.Writer
	mu   sync.Mutex
	text []byte
}

// tailSize is enough for a panic's message and the start of its stack.
const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	t.mu.Unlock()
	if t.next != nil {
		return t.next.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
