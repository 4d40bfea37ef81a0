package engine

import (
	"log"
	"log/slog"
	"net/http"
	"strings"
)

// Mount makes the application, with databases of its own, and gives it as a
// handler for what lies below prefix, such as "/run/05": the application is
// told so, as SCRIPT_NAME or root_path. What the server and the application
// log goes to logger. Nothing is traced.
//
// The databases are closed by release, when no request is under way any more.
func Mount(open Opener, prefix string, asgi bool, logger *log.Logger) (handler http.Handler, release func(), err error) {
	connections, closeAll, err := openDatabases()
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if handler == nil { // the opener failed or panicked
			closeAll()
		}
	}()
	site, err := open(nil, Services{
		Connections: connections,
		Logger:      slog.New(slog.NewTextHandler(logger.Writer(), nil)),
		ASGI:        asgi,
	})
	if err != nil {
		return nil, nil, &LoadError{Err: err}
	}
	return within(prefix, gateway(site, prefix, logger)), closeAll, nil
}

// within keeps what a response says of paths below prefix: a cookie is sent
// back to this application only, and not to others on the same server, and a
// path to go to is one of its own.
func within(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&mountedResponse{ResponseWriter: w, prefix: prefix}, r)
	})
}

// mountedResponse changes the headers before they are sent.
type mountedResponse struct {
	http.ResponseWriter
	prefix string
	sent   bool
}

func (m *mountedResponse) WriteHeader(status int) {
	if !m.sent && status >= 200 { // 1xx comes before the response proper
		m.sent = true
		header := m.Header()
		header["Set-Cookie"] = m.cookies(header["Set-Cookie"])
		if to := header.Get("Location"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
			header.Set("Location", m.below(to))
		}
	}
	m.ResponseWriter.WriteHeader(status)
}

// cookies are those of the application; what is no cookie is left out.
func (m *mountedResponse) cookies(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if cookie, err := http.ParseSetCookie(line); err == nil {
			cookie.Path, cookie.Domain = m.below(cookie.Path), ""
			kept = append(kept, cookie.String())
		}
	}
	return kept
}

// below is a path of the application as the server knows it.
func (m *mountedResponse) below(path string) string {
	if path == m.prefix || strings.HasPrefix(path, m.prefix+"/") {
		return path
	}
	return m.prefix + "/" + strings.TrimPrefix(path, "/")
}

func (m *mountedResponse) Write(chunk []byte) (int, error) {
	if !m.sent {
		m.WriteHeader(http.StatusOK)
	}
	return m.ResponseWriter.Write(chunk)
}

// Unwrap is asked for by http.ResponseController.
func (m *mountedResponse) Unwrap() http.ResponseWriter { return m.ResponseWriter }
