package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/web"
	"basehandler/wsgi"
)

func init() {
	kinds["request"] = request
	kinds["multipart"] = multipart
}

// environ lays variables over those that every request has; nil takes one away.
func environ(variables map[string]*string, body string) *wsgi.Environ {
	values := map[string]any{
		"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "testserver", "SERVER_PORT": "80",
		"SERVER_PROTOCOL": "HTTP/1.1", wsgi.KeyURLScheme: "http", wsgi.KeyInput: strings.NewReader(body),
	}
	for name, value := range variables {
		if value == nil {
			delete(values, name)
		} else {
			values[name] = toBytes(*value)
		}
	}
	return wsgi.NewEnviron(values)
}

func newRequest(p *probe) (*web.Request, error) {
	var variables map[string]*string
	p.get("environ", &variables)
	return web.NewWSGIRequest(environ(variables, p.wire("body")), p.settings)
}

func request(p *probe) (object, error) {
	r, err := newRequest(p)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	answer := object{
		"method": r.Method, "path": r.Path, "path_info": r.PathInfo,
		"script_name": r.META.Get("SCRIPT_NAME"),
		"scheme":      r.Scheme(), "is_secure": r.IsSecure(),
		"host": orBytes(r.GetHost()), "port": orBytes(r.GetPort()),
		"full_path": r.GetFullPath(false), "full_path_slash": r.GetFullPath(true), "full_path_info": r.GetFullPathInfo(false),
	}
	locations := []*string{nil}
	p.get("locations", &locations)
	uris := []any{}
	for _, location := range locations {
		if location == nil {
			uris = append(uris, or(r.BuildAbsoluteURI()))
		} else {
			uris = append(uris, or(r.BuildAbsoluteURI(*location)))
		}
	}
	answer["absolute_uri"] = uris
	params := object{}
	for _, param := range r.ContentParams() {
		params[param.Name] = param.Value
	}
	answer["content_type"], answer["content_params"] = r.ContentType(), params
	answer["encoding"] = nil
	if encoding := r.Encoding(); encoding != "" {
		answer["encoding"] = encoding
	}
	answer["GET"] = orLists(r.GET())
	if get, err := r.GET(); err != nil {
		answer["GET_urlencode"] = raised(err)
	} else {
		answer["GET_urlencode"] = or(get.URLEncode(""))
	}
	answer["cookies"] = r.COOKIES()
	headers := object{}
	for name, value := range r.Headers().All() {
		headers[name] = fromBytes(value)
	}
	answer["headers"] = headers
	some := []any{}
	for _, name := range p.texts("get_headers") {
		if value, ok := r.Headers().Lookup(name); ok {
			some = append(some, fromBytes(value))
		} else {
			some = append(some, nil)
		}
	}
	answer["get_headers"] = some
	answer["accepted_types"], answer["accepts"], answer["preferred_type"] = acceptedTypes(r, p)
	answer["access"] = access(r, p)
	return answer, nil
}

func acceptedTypes(r *web.Request, p *probe) (any, any, any) {
	types := []string{}
	list, err := r.AcceptedTypes()
	for _, mediaType := range list {
		types = append(types, mediaType.String())
	}
	accepts := []any{}
	for _, mediaType := range p.texts("accepts") {
		accepts = append(accepts, or(r.Accepts(mediaType)))
	}
	var preferred any
	best, failed := r.GetPreferredType(p.texts("preferred"))
	if best != "" {
		preferred = best
	}
	return or(types, err), accepts, or(preferred, failed)
}

func orBytes(value string, err error) any { return or(fromBytes(value), err) }

func orLists(q *web.QueryDict, err error) any {
	if err != nil {
		return raised(err)
	}
	return lists(q)
}

func orFiles(files *web.MultiValueDict[*web.UploadedFile], err error) any {
	if err != nil {
		return raised(err)
	}
	list := [][]any{}
	for field, uploads := range files.Lists() {
		described := []any{}
		for _, upload := range uploads {
			described = append(described, file(upload))
		}
		list = append(list, []any{field, described})
	}
	return list
}

func file(upload *web.UploadedFile) any {
	digest := sha256.New()
	if _, err := io.Copy(digest, upload); err != nil {
		return raised(err)
	}
	if _, err := upload.Seek(0, io.SeekStart); err != nil {
		return raised(err)
	}
	extra := object{}
	for _, param := range upload.ContentTypeExtra {
		extra[param.Name] = fromBytes(param.Value)
	}
	var charset any
	if value, ok := upload.ContentTypeExtra.Get("charset"); ok {
		charset = fromBytes(value)
	}
	return object{
		"filename": upload.Name, "content_type": upload.ContentType, "size": upload.Size,
		"charset": charset, "extra": extra, "sha256": hex.EncodeToString(digest.Sum(nil)),
	}
}

func access(r *web.Request, p *probe) any {
	steps := []string{"POST", "FILES", "body"}
	p.get("access", &steps)
	list := [][]any{}
	for _, step := range steps {
		list = append(list, []any{step, accessStep(r, step)})
	}
	return list
}

func accessStep(r *web.Request, step string) any {
	name, argument, _ := strings.Cut(step, ":")
	switch name {
	case "GET":
		return orLists(r.GET())
	case "POST":
		return orLists(r.POST())
	case "FILES":
		return orFiles(r.FILES())
	case "body":
		body, err := r.Body()
		return orBytes(string(body), err)
	case "read":
		var source io.Reader = r
		if argument != "" {
			n, err := strconv.ParseInt(argument, 10, 64)
			if err != nil {
				panic(malformed{err})
			}
			if n >= 0 {
				// Reading nothing begins to read as well.
				if _, err := r.Read(nil); err != nil {
					return raised(err)
				}
				source = io.LimitReader(r, n)
			}
		}
		data, err := io.ReadAll(source)
		return orBytes(string(data), err)
	case "readline":
		line, err := r.ReadLine()
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return orBytes(string(line), err)
	case "encoding":
		return or[any](nil, r.SetEncoding(argument))
	}
	panic(malformed{fmt.Errorf("there is no step %q", step)})
}

func multipart(p *probe) (object, error) {
	body := p.wire("body")
	length := int64(len(body))
	p.get("content_length", &length)
	return form(p.wire("content_type"), body, length, p.settings)
}

func form(contentType, body string, length int64, settings *conf.Settings) (object, error) {
	e := environ(nil, body)
	e.Set("REQUEST_METHOD", "POST")
	e.Set("CONTENT_TYPE", contentType)
	e.Set("CONTENT_LENGTH", strconv.FormatInt(length, 10))
	r, err := web.NewWSGIRequest(e, settings)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return object{"POST": orLists(r.POST()), "FILES": orFiles(r.FILES())}, nil
}
