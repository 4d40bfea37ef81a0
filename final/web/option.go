package web

// Option is an argument of a response's constructor, as Python has keyword
// arguments. An argument that Django would raise for (a status of 600, a newline
// in a header) is a mistake in the program: constructors without an error to
// return panic with the exception, as regexp.MustCompile does. What depends on
// the client belongs into [HttpResponseBase.Set] and the like, which return it.
type Option struct {
	what        option
	name, value string
	number      int
}

type option uint8

const (
	optionStatus option = iota
	optionStatusText
	optionReason
	optionCharset
	optionContentType
	optionHeader
	optionPreserve
	optionUnsafe
	optionAttachment
	optionFilename
)

// Status is the status code, 100 to 599. As text it is read as Python's int()
// does.
func Status[T int | string](status T) Option {
	switch status := any(status).(type) {
	case int:
		return Option{what: optionStatus, number: status}
	default:
		return Option{what: optionStatusText, value: status.(string)}
	}
}

// Reason is the reason phrase; without it the usual one of the status is used.
func Reason(reason string) Option { return Option{what: optionReason, value: reason} }

// Charset is the charset of text content; without it that of the Content-Type,
// else utf-8.
func Charset(charset string) Option { return Option{what: optionCharset, value: charset} }

// ContentType is the Content-Type as it is to be sent.
func ContentType(contentType string) Option {
	return Option{what: optionContentType, value: contentType}
}

// Header is a header, as [HttpResponseBase.Set] sets it.
func Header(name, value string) Option { return Option{what: optionHeader, name: name, value: value} }
