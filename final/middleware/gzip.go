package middleware

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// GZipMiddleware compresses content for clients that can take it.
//
// Django: middleware/gzip.py GZipMiddleware.
func GZipMiddleware(*conf.Settings) handlers.MiddlewareClass {
	return class(func() (any, error) { return compressor{}, nil })
}

type compressor struct{}

const (
	gzipLevel = 6
	// gzipMinimum is the shortest content that is worth it, in bytes.
	gzipMinimum = 200
	// maxRandomBytes is how much the length varies by chance, so that it does
	// not give away what a secret in the content has in common with what the
	// client sent (BREACH).
	maxRandomBytes = 100
)

// streamed is a response that streams.
type streamed interface {
	web.Response
	StreamingContent() wsgi.Body
	AsyncStreamingContent() web.AsyncIterator
	WrapStreamingContent(func() ([]byte, error))
	SetAsyncStreamingContent(web.AsyncIterator)
}

// ProcessResponse compresses.
func (compressor) ProcessResponse(request *web.Request, response web.Response) (web.Response, error) {
	base := response.Base()
	stream, isStream := response.(streamed)
	var whole contents
	if !isStream {
		var err error
		if whole, err = contentsOf(response); err != nil {
			return nil, err
		}
	}
	isWhole := whole != nil
	if isWhole && len(whole.Content()) < gzipMinimum || base.Has("Content-Encoding") || !isWhole && !isStream {
		return response, nil
	}
	if err := patchVary(base, "Accept-Encoding"); err != nil {
		return nil, err
	}
	if !acceptsGzip(request.Header("Accept-Encoding")) {
		return response, nil
	}
	if isStream {
		if async := stream.AsyncStreamingContent(); async != nil {
			stream.SetAsyncStreamingContent(func(ctx context.Context) ([]byte, error) {
				chunk, err := async(ctx)
				if err != nil {
					return nil, err
				}
				return compress(chunk)
			})
		} else {
			stream.WrapStreamingContent(compressBody(stream.StreamingContent()))
		}
		base.Delete("Content-Length")
	} else {
		content := whole.Content()
		compressed, err := compress(content)
		if err != nil {
			return nil, err
		}
		if len(compressed) >= len(content) {
			return response, nil
		}
		if err := whole.SetContent(compressed); err != nil {
			return nil, err
		}
		if err := base.Set("Content-Length", strconv.Itoa(len(compressed))); err != nil {
			return nil, err
		}
	}
	// The same page in other bytes: a strong ETag is no longer true.
	if etag := base.Get("ETag"); strings.HasPrefix(etag, `"`) {
		if err := base.SetBytes("ETag", []byte("W/"+etag)); err != nil {
			return nil, err
		}
	}
	return response, base.Set("Content-Encoding", "gzip")
}

// acceptsGzip tells whether the header has the word gzip in it; q values are
// not looked at.
func acceptsGzip(header string) bool {
	for from := 0; ; {
		i := strings.Index(header[from:], "gzip")
		if i < 0 {
			return false
		}
		i += from
		from = i + len("gzip")
		if (i == 0 || !isWord(header[i-1])) && (from == len(header) || !isWord(header[from])) {
			return true
		}
	}
}

// isWord is Python's \w for a byte that stands for a character.
func isWord(c byte) bool {
	return c == '_' || unicode.IsLetter(rune(c)) || unicode.IsNumber(rune(c))
}

// patchVary adds a name to Vary. Django: utils/cache.py patch_vary_headers.
func patchVary(base *web.HttpResponseBase, name string) error {
	var names []string
	if vary, ok := base.Lookup("Vary"); ok {
		names = splitCommas(vary)
	}
	if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
		names = append(names, name)
	}
	vary := strings.Join(names, ", ")
	if slices.Contains(names, "*") {
		vary = "*"
	}
	return base.SetBytes("Vary", []byte(vary))
}

// newGzip makes a writer whose header names a file of random length.
func newGzip(to io.Writer) (*gzip.Writer, error) {
	w, err := gzip.NewWriterLevel(to, gzipLevel)
	if err == nil {
		w.Name = strings.Repeat("a", rand.IntN(maxRandomBytes))
	}
	return w, err
}

// compress compresses all of it. Django: utils/text.py compress_string.
func compress(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := newGzip(&out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// compressBody compresses chunk by chunk; what the compressor still holds back
// comes with a later one. Django: utils/text.py compress_sequence.
func compressBody(body wsgi.Body) func() ([]byte, error) {
	var out bytes.Buffer
	w, err := newGzip(&out)
	done := false
	return func() ([]byte, error) {
		if err != nil {
			return nil, err
		}
		out.Reset()
		for out.Len() == 0 {
			if done {
				return nil, io.EOF
			}
			chunk, failed := body.Next()
			switch {
			case failed == io.EOF:
				done = true
				err = w.Close()
			case failed != nil:
				return nil, failed
			default:
				_, err = w.Write(chunk)
			}
			if err != nil {
				return nil, err
			}
		}
		return out.Bytes(), nil
	}
}
