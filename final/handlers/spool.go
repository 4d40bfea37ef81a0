package handlers

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// spool holds a body in memory, up to a limit, then in a temporary file.
type spool struct {
	limit  int64 // bytes
	dir    string
	memory bytes.Buffer
	again  bytes.Reader // of memory, from its beginning
	file   *os.File
	reader io.Reader // again or file
}

func (s *spool) write(part []byte) (err error) {
	if s.file == nil && int64(s.memory.Len()+len(part)) > s.limit {
		if s.file, err = os.CreateTemp(s.dir, "request-*"); err != nil {
			return err
		}
		if _, err := s.memory.WriteTo(s.file); err != nil {
			return err
		}
		s.memory = bytes.Buffer{}
	}
	if s.file != nil {
		_, err = s.file.Write(part)
		return err
	}
	s.memory.Write(part)
	return nil
}

// rewind makes it ready to be read from its beginning.
func (s *spool) rewind() error {
	s.again.Reset(s.memory.Bytes())
	s.reader = &s.again
	if s.file == nil {
		return nil
	}
	s.reader = s.file
	_, err := s.file.Seek(0, io.SeekStart)
	return err
}

// Len is the length of the body, in bytes.
func (s *spool) Len() int {
	if s.file == nil {
		return s.memory.Len()
	}
	info, err := s.file.Stat()
	if err != nil {
		return 0
	}
	return int(info.Size())
}

func (s *spool) Read(p []byte) (int, error) { return s.reader.Read(p) }

// Close removes the file, if there is one, the first time that it is called.
func (s *spool) Close() error {
	file := s.file
	if file == nil {
		return nil
	}
	s.file = nil
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
