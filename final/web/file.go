package web

import (
	"io"
	"path"
	"strconv"
	"strings"

	"basehandler/wsgi"
)

// FileResponse streams a file. Content-Length, Content-Type and
// Content-Disposition come from the file and its name. Django:
// http/response.py FileResponse.
type FileResponse struct {
	StreamingHttpResponse

	file         io.Reader
	blockSize    int
	block        []byte
	asAttachment bool
	filename     string
	explicitType bool
}

// AsAttachment asks the browser to save the file rather than show it.
func AsAttachment() Option { return Option{what: optionAttachment} }

// Filename names the file where it has no name itself, or another one.
func Filename(name string) Option { return Option{what: optionFilename, value: name} }

// NewFileResponse makes a response of a file, which it reads from where it
// stands and closes with the response (if it can be closed), or at once if there
// is an error. Its name is what its method Name gives. Its length is known if it
// can seek. A nil file is none yet: SetFile or SetStreamingContent bring the
// content. Django: FileResponse.__init__.
func NewFileResponse(file io.Reader, options ...Option) (*FileResponse, error) {
	r := &FileResponse{blockSize: 4096}
	r.closeWith(file)
	if err := r.begin(file, options); err != nil {
		r.Abandon()
		return nil, err
	}
	return r, nil
}

func (r *FileResponse) begin(file io.Reader, options []Option) error {
	if err := r.init(kindFile, "", options); err != nil {
		return err
	}
	r.streaming = true
	for _, o := range options {
		switch o.what {
		case optionAttachment:
			r.asAttachment = true
		case optionFilename:
			r.filename = o.value
		case optionContentType:
			r.explicitType = true
		}
	}
	if file == nil {
		r.content = wsgi.List()
		return nil
	}
	return r.read(file)
}

// closeWith has a file closed with the response, if it can be closed.
func (r *FileResponse) closeWith(file io.Reader) {
	if closer, ok := file.(io.Closer); ok {
		r.AddResource(closer)
	}
}

// FileToStream is the file, nil where the content is something else: servers
// that offer wsgi.file_wrapper can send it by themselves.
func (r *FileResponse) FileToStream() io.Reader { return r.file }

// BlockSize is how many bytes are read at a time: 4096, and 65536 under ASGI.
// Django: FileResponse.block_size.
func (r *FileResponse) BlockSize() int { return r.blockSize }

// SetBlockSize changes it.
func (r *FileResponse) SetBlockSize(size int) { r.blockSize = size }

// SetFile replaces the content by a file. Django:
// FileResponse._set_streaming_content.
func (r *FileResponse) SetFile(file io.Reader) error {
	r.closeWith(file)
	return r.read(file)
}

// read makes a file the content.
func (r *FileResponse) read(file io.Reader) error {
	if err := r.setHeaders(file); err != nil {
		return err
	}
	r.file = file
	done := false // a file that has ended is not asked again, since it may be closed by then
	r.content, r.async = nextFunc(func() ([]byte, error) {
		if done {
			return nil, io.EOF
		}
		block, err := r.nextBlock(file)
		done = err == io.EOF
		return block, err
	}), nil
	return nil
}

// SetStreamingContent replaces the content by an iterator.
func (r *FileResponse) SetStreamingContent(content wsgi.Body) {
	r.file = nil
	r.StreamingHttpResponse.SetStreamingContent(content)
}

// WrapStreamingContent is that of StreamingHttpResponse; what comes is no longer
// the file.
func (r *FileResponse) WrapStreamingContent(next func() ([]byte, error)) {
	r.file = nil
	r.StreamingHttpResponse.WrapStreamingContent(next)
}

func (r *FileResponse) nextBlock(file io.Reader) ([]byte, error) {
	if len(r.block) != r.blockSize {
		r.block = make([]byte, r.blockSize)
	}
	n, err := io.ReadFull(file, r.block)
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	return r.block[:n], err
}

// setHeaders sets what is known of the file. Django: FileResponse.set_headers.
func (r *FileResponse) setHeaders(file io.Reader) error {
	filename := ""
	if named, ok := file.(interface{ Name() string }); ok {
		filename = named.Name()
	}
	if seeker, ok := file.(io.Seeker); ok {
		here, err := seeker.Seek(0, io.SeekCurrent)
		if err == nil { // a pipe has the method and cannot do it
			end, err := seeker.Seek(0, io.SeekEnd)
			if err != nil {
				return err
			}
			if _, err := seeker.Seek(here, io.SeekStart); err != nil {
				return err
			}
			r.headers.put("Content-Length", strconv.FormatInt(end-here, 10))
		}
	}
	if r.filename != "" {
		filename = r.filename
	}
	filename = filename[strings.LastIndexByte(filename, '/')+1:]
	if !r.explicitType {
		contentType := ""
		if filename != "" {
			contentType = GuessType(filename)
		}
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		r.headers.put("Content-Type", contentType)
	}
	if disposition := ContentDispositionHeader(r.asAttachment, filename); disposition != "" {
		r.headers.put("Content-Disposition", disposition)
	}
	return nil
}

// ContentDispositionHeader is the header that names a file, "" where there is
// nothing to say. A name that cannot stand within quotes is percent-encoded.
// Django: utils/http.py content_disposition_header.
func ContentDispositionHeader(asAttachment bool, filename string) string {
	disposition := "inline"
	if asAttachment {
		disposition = "attachment"
	}
	if filename == "" {
		if asAttachment {
			return disposition
		}
		return ""
	}
	for i := range len(filename) {
		if c := filename[i]; c != '\t' && (c < ' ' || c > '~') {
			return disposition + "; filename*=utf-8''" + quote(filename, safeInName)
		}
	}
	return disposition + `; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filename) + `"`
}

// The types of files, and of what they are compressed with; the latter are
// archives to a browser, which would unpack them otherwise. The list is short
// and our own, since what package mime knows depends on the machine. Python:
// mimetypes.py.
var (
	fileTypes = map[string]string{
		".avif": "image/avif", ".bin": "application/octet-stream", ".bmp": "image/bmp", ".css": "text/css", ".csv": "text/csv",
		".doc": "application/msword", ".gif": "image/gif", ".htm": "text/html", ".html": "text/html", ".ico": "image/vnd.microsoft.icon",
		".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript", ".json": "application/json", ".mjs": "text/javascript",
		".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".mpeg": "video/mpeg", ".mpg": "video/mpeg",
		".pdf": "application/pdf", ".png": "image/png", ".ps": "application/postscript", ".rtf": "application/rtf", ".svg": "image/svg+xml",
		".tar": "application/x-tar", ".tif": "image/tiff", ".tiff": "image/tiff", ".tsv": "text/tab-separated-values", ".txt": "text/plain",
		".wasm": "application/wasm", ".wav": "audio/x-wav", ".webm": "video/webm", ".xml": "text/xml", ".zip": "application/zip",
	}
	compressed = map[string]string{
		".gz": "application/gzip", ".bz2": "application/x-bzip", ".xz": "application/x-xz", ".br": "application/x-brotli", ".Z": "application/x-compress",
	}
	suffixes = map[string]string{".tgz": ".gz", ".taz": ".gz", ".tz": ".gz", ".tbz2": ".bz2", ".txz": ".xz", ".svgz": ".gz"}
)

// GuessType gives the type of a file by its name, "" if the ending is unknown.
// Python: mimetypes.guess_type.
func GuessType(filename string) string {
	_, extension := splitExtension(path.Base(filename))
	if long, ok := suffixes[strings.ToLower(extension)]; ok {
		extension = long
	}
	if archive, ok := compressed[extension]; ok {
		return archive
	}
	return fileTypes[strings.ToLower(extension)]
}
