package handler

import (
	"log/slog"
	"net/http"
	"strings"
)

// logResponse writes one record for a response that says something went wrong:
// ERROR from 500 on and for matters of security, WARNING from 400 on, else
// INFO. A response that was logged before is not logged again. Without a message
// the status tells. Django: utils/log.py log_response.
func (h *BaseHandler) logResponse(request *Request, response Response, logger, message string, exception error) {
	if response == nil || response.Base().logged {
		return
	}
	response.Base().logged = true
	level := slog.LevelInfo
	switch status := response.Base().StatusCode; {
	case status >= http.StatusInternalServerError, strings.HasPrefix(logger, "django.security."):
		level = slog.LevelError
	case status >= http.StatusBadRequest:
		level = slog.LevelWarn
	}
	if message == "" {
		_, reason, _ := strings.Cut(response.Base().Status(), " ")
		message = reason + ": " + request.Path
	}
	attributes := []any{"logger", logger, "status_code", response.Base().StatusCode}
	if exception != nil {
		attributes = append(attributes, "exception", exception.Error())
	}
	h.logger().Log(request.Context(), level, message, attributes...)
}

// logger is the one of the settings, or slog's own.
func (h *BaseHandler) logger() *slog.Logger {
	if h.settings.Logger == nil {
		return slog.Default()
	}
	return h.settings.Logger
}
