package wsgi

import (
	"io"
	"iter"
)

// Body is what an application returns: the chunks of the response, and the end
// of the request. The server sends each chunk before it asks for the next.
type Body interface {
	// Next gives the next chunk, valid until Next or Close is called again, and
	// io.EOF after the last one. Any other error is Python's exception raised
	// while iterating.
	Next() ([]byte, error)
	// Close is called exactly once by the server when the request is over,
	// however it ended: all chunks sent, the client gone, an error, a panic.
	Close() error
}

// Lener is what a Body has that knows how many chunks it holds. Of a body of
// one chunk a server can tell the Content-Length, as PEP 3333 allows it for a
// list of one string.
type Lener interface {
	Len() int
}

// Bytes is the body of one chunk, Python's [b"..."]. It closes nothing.
func Bytes[T string | []byte](content T) Body {
	return &list{chunks: [][]byte{[]byte(content)}}
}

// List is the body that Python writes as a list of byte strings.
func List(chunks ...[]byte) Body {
	return &list{chunks: chunks}
}

type list struct {
	chunks [][]byte
	next   int
}

func (l *list) Next() ([]byte, error) {
	if l.next == len(l.chunks) {
		return nil, io.EOF
	}
	l.next++
	return l.chunks[l.next-1], nil
}

func (l *list) Close() error { return nil }

func (l *list) Len() int { return len(l.chunks) }

// Pushed is a Body for code that wants to write rather than to be asked, what
// the write callable of start_response is for in Python. The iterator's yield
// is that callable: it takes a chunk, returns when the server has sent it, and
// gives false when nobody wants more. The server goes on pulling.
//
//	wsgi.Pushed(func(write func([]byte, error) bool) {
//		for second := 3; second > 0 && write(fmt.Appendln(nil, second), nil); second-- {
//		}
//	})
//
// Nothing runs before the server has asked for the first chunk, so a body that
// somebody drops in favour of another leaves no goroutine behind.
func Pushed(chunks iter.Seq2[[]byte, error]) Body {
	return &pushed{chunks: chunks}
}

type pushed struct {
	chunks iter.Seq2[[]byte, error]
	next   func() ([]byte, error, bool) // nil until the first chunk is asked for
	stop   func()
	closed bool
}

func (p *pushed) Next() ([]byte, error) {
	if p.closed {
		return nil, io.EOF
	}
	if p.next == nil {
		p.next, p.stop = iter.Pull2(p.chunks)
	}
	chunk, err, ok := p.next()
	if !ok {
		return nil, io.EOF
	}
	return chunk, err
}

func (p *pushed) Close() error {
	p.closed = true
	if p.stop != nil {
		p.stop()
	}
	return nil
}

// Chunks walks a body to its end with a for loop. It does not close it.
func Chunks(body Body) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			chunk, err := body.Next()
			if err == io.EOF || !yield(chunk, err) || err != nil {
				return
			}
		}
	}
}
