package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/page"
)

// apiTry sends a request to a step and to the step before. It takes a message
// and gives answers, or {"error": "…"}.
func (s *Site) apiTry(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, err error) { writeJSON(w, status, map[string]string{"error": sentence(err.Error())}) }
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		fail(http.StatusUnsupportedMediaType, errors.New("the body has to be JSON, with Content-Type: application/json"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(bodyStatus(err))
		return
	}
	what, err := parseMessage(body)
	if err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	result, err := s.trials.send(r.Context(), what)
	if err != nil {
		status, err := sendStatus(err)
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "2")
		}
		fail(status, err)
		return
	}
	writeJSON(w, http.StatusOK, result)
}

// bodyStatus says why a body cannot be read.
func bodyStatus(err error) (int, error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, fmt.Errorf("what was sent is larger than %d bytes, which is all this takes", large.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return http.StatusRequestTimeout, errors.New("the body took too long to arrive")
	}
	return http.StatusBadRequest, errors.New("the body ended before its end")
}

// sendStatus says why nothing was sent.
func sendStatus(err error) (int, error) {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = errBusy
	}
	return http.StatusServiceUnavailable, err
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value) // fails only when nobody reads any more
}

// tried is the page with the form of a request and perhaps its answers.
type tried struct {
	Step    milestone
	Form    any // template.HTML
	Problem string
	Answers *answers
}

// try is what a form posts to where there is no script.
func (s *Site) try(w http.ResponseWriter, r *http.Request) (*view, error) {
	step, err := s.finished(r.PathValue("address"))
	if err != nil {
		return nil, err
	}
	shown := tried{Step: step}
	status := http.StatusOK
	if err := r.ParseForm(); err != nil {
		status, err = bodyStatus(err)
		shown.Problem = sentence(err.Error())
	} else if what, err := parseForm(step.Address().String(), r); err != nil {
		status, shown.Problem = http.StatusBadRequest, sentence(err.Error())
	} else if shown.Answers, err = s.trials.send(r.Context(), what); err != nil {
		status, err = sendStatus(err)
		shown.Problem = sentence(err.Error())
	}
	request := strings.ReplaceAll(r.PostFormValue("request"), "\r\n", "\n")
	if strings.TrimSpace(request) == "" {
		request = firstRequest
	}
	form, err := page.Try(page.Trial{ID: "again", Step: step.Address().String(), ASGI: r.PostFormValue("asgi") == "true",
		Request: request, Settings: r.PostFormValue("settings")})
	if err != nil {
		return nil, err
	}
	shown.Form = form
	return &view{Template: "try", Status: status, Title: "Try step " + step.Address().String(), Main: shown}, nil
}

// firstRequest is what the form holds before anything is typed.
const firstRequest = "GET / HTTP/1.1\nHost: localhost\n"

// tryForm is the same page before anything was sent.
func (s *Site) tryForm(w http.ResponseWriter, r *http.Request) (*view, error) {
	step, err := s.finished(r.PathValue("address"))
	if err != nil {
		return nil, err
	}
	form, err := page.Try(page.Trial{ID: "first", Step: step.Address().String(), ASGI: step.Number >= asgiStep, Request: firstRequest})
	return &view{Template: "try", Title: "Try step " + step.Address().String(), Main: tried{Step: step, Form: form}}, err
}

// finished reads the address of a finished step.
func (s *Site) finished(text string) (milestone, error) {
	address, err := course.ParseAddress(text)
	if err == nil && !address.IsStep() {
		err = &course.UnknownError{Kind: "finished step", Name: text}
	}
	if err != nil {
		return milestone{}, err
	}
	return s.road[address.Step-1], nil
}
