package handlers

import (
	"log/slog"
	"strings"

	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// The loggers that Django writes to. slog has no names of loggers, so the name
// is the attribute "logger". Departs: who else gets a record, such as ADMINS by
// mail, is up to the handler of slog that the site has chosen.
const (
	requestLogger  = "django.request"
	securityLogger = "django.security."
)

// logResponse writes one record for a response, unless it has one already:
// ERROR for a status from 500 on, WARNING from 400 on, else INFO. The record has
// the attributes logger, status_code, path and, where there is one, exc_info.
// The error is that there is no response.
//
// Django: utils/log.py log_response.
func (h *BaseHandler) logResponse(request *web.Request, response web.Response, logger, message string, exception error) error {
	if err := noAttribute(response, "status_code"); err != nil {
		return err
	}
	level := slog.LevelInfo
	switch status := response.Base().StatusCode(); {
	case status >= 500:
		level = slog.LevelError
	case status >= 400:
		level = slog.LevelWarn
	}
	return h.logResponseAt(level, request, response, logger, message, exception)
}

func (h *BaseHandler) logResponseAt(level slog.Level, request *web.Request, response web.Response, logger, message string, exception error) error {
	if err := noAttribute(response, "status_code"); err != nil {
		return err
	}
	base := response.Base()
	if base.Logged() {
		return nil
	}
	base.SetLogged()
	attributes := []slog.Attr{
		slog.String("logger", logger),
		slog.Int("status_code", base.StatusCode()),
		slog.String("path", request.Path),
	}
	if exception != nil {
		attributes = append(attributes, slog.Any("exc_info", exception))
	}
	h.logger().LogAttrs(request.Context(), level, message, attributes...)
	return nil
}

// escaped keeps what comes from outside from forging lines of the log: control
// characters and what is not ASCII are written as Python's unicode_escape
// writes them.
func escaped(text string) string {
	plain := true
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if r >= ' ' && r <= '~' && r != '\\' {
			b.WriteRune(r)
		} else {
			b.WriteString(exceptions.Escape(r))
		}
	}
	return b.String()
}

// logger is the one of the settings, or slog's own.
func (h *BaseHandler) logger() *slog.Logger {
	if h.settings.Logger == nil {
		return slog.Default()
	}
	return h.settings.Logger
}
