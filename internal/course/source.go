package course

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the path of the course's Go module, which is how a checkout of it
// is known.
const Module = "basehandler"

// FindCheckout looks for a checkout from dir upwards: a folder with the
// course's go.mod and its steps. (A copy made by "walkthrough start" is a
// module of the same name, but has no steps.)
func FindCheckout(dir string) (root string, found bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		if isCheckout(dir) {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func isCheckout(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	steps, err := os.Stat(filepath.Join(dir, "steps"))
	if err != nil || !steps.IsDir() {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "module" {
			return fields[1] == Module
		}
	}
	return false
}

// Library is where sources are read from: a checkout, or what a program
// carries.
type Library struct {
	Checkout string // the checkout's root; "" where the sources are embedded
	Files    fs.FS  // the folder of the steps
}

// OpenLibrary takes the checkout around dir if there is one, else the embedded
// folder of the steps.
func OpenLibrary(dir string, embedded fs.FS) *Library {
	if root, found := FindCheckout(dir); found {
		return &Library{Checkout: root, Files: os.DirFS(filepath.Join(root, "steps"))}
	}
	return &Library{Files: embedded}
}

// Source is the text of one address.
type Source struct {
	Address Address
	Files   map[string][]byte // what the package is compiled from: .go files that are no tests
	Origin  map[string]string // file to its path below the folder of the steps
	Beside  map[string][]byte // a step's other files: the chapter, the examples, the tests
}

// Names gives the names of the package's files, sorted.
func (s Source) Names() []string { return slices.Sorted(maps.Keys(s.Files)) }

// File gives a file of a source, its package's or one beside it.
func (s Source) File(name string) ([]byte, error) {
	if file, ok := s.Files[name]; ok {
		return file, nil
	}
	if file, ok := s.Beside[name]; ok {
		return file, nil
	}
	message := fmt.Sprintf("%s has no file %q", s.Address, name)
	if near := Nearest(name, s.Names()); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, errors.New(message)
}

// Equal says whether two addresses are compiled from the same text.
func (s Source) Equal(other Source) bool {
	return maps.EqualFunc(s.Files, other.Files, bytes.Equal)
}

// absentFile lists the step's files that a beat does not have yet.
const absentFile = "absent"

// Source reads the files of an address: for a beat or a mistake those of the
// step, without the ones that are absent, and with its own laid over them.
func (l *Library) Source(a Address) (Source, error) {
	source := Source{Address: a, Files: map[string][]byte{}, Origin: map[string]string{}, Beside: map[string][]byte{}}
	if a.Step == 0 {
		return source, nil
	}
	step, found := Find(a.Step)
	if !found {
		return Source{}, &UnknownError{Kind: "step", Name: a.String()}
	}
	if err := l.lay(&source, step.Folder()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("step %s has no folder yet: %w", a, err)
		}
		return Source{}, err
	}
	if a.IsStep() {
		return source, nil
	}
	clear(source.Beside)
	absent, err := fs.ReadFile(l.Files, path.Join(a.Folder(), absentFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Source{}, err
	}
	for _, name := range strings.Fields(string(absent)) {
		if source.Files[name] == nil {
			return Source{}, fmt.Errorf("%s/%s names %s, which step %02d does not have", a.Folder(), absentFile, name, a.Step)
		}
		delete(source.Files, name)
		delete(source.Origin, name)
	}
	if err := l.lay(&source, a.Folder()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Source{}, l.unknown(a, err)
		}
		return Source{}, err
	}
	return source, nil
}

// lay puts the files of one folder over what is there.
func (l *Library) lay(source *Source, folder string) error {
	entries, err := fs.ReadDir(l.Files, folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || name == absentFile || strings.HasPrefix(name, ".") {
			continue
		}
		text, err := fs.ReadFile(l.Files, path.Join(folder, name))
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			source.Files[name] = text
			source.Origin[name] = path.Join(folder, name)
		} else {
			source.Beside[name] = text
		}
	}
	return nil
}

func (l *Library) unknown(a Address, err error) error {
	if a.Mistake == "" {
		return fmt.Errorf("beat %s has no folder yet: %w", a, err)
	}
	unknown := &UnknownError{Kind: "mistake", Name: a.String(), Hint: fmt.Sprintf("step %02d has none", a.Step)}
	mistakes, err := l.Mistakes(a.Step)
	if err != nil || len(mistakes) == 0 {
		return unknown
	}
	names := make([]string, len(mistakes))
	for i, mistake := range mistakes {
		names[i] = mistake.Mistake
	}
	if near := Nearest(a.Mistake, names); near != "" {
		unknown.Nearest = Address{Step: a.Step, Mistake: near}.String()
	}
	unknown.Hint = fmt.Sprintf("those of step %02d are: %s", a.Step, strings.Join(names, ", "))
	return unknown
}

// Mistakes gives the addresses of a step's typical mistakes, by name.
func (l *Library) Mistakes(number int) ([]Address, error) {
	step, found := Find(number)
	if !found {
		return nil, &UnknownError{Kind: "step", Name: fmt.Sprint(number)}
	}
	entries, err := fs.ReadDir(l.Files, path.Join(step.Folder(), "_mistakes"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var mistakes []Address
	for _, entry := range entries {
		if entry.IsDir() {
			mistakes = append(mistakes, Address{Step: number, Mistake: entry.Name()})
		}
	}
	return mistakes, nil
}

// Resolve is [ParseAddress], then reads the files.
func (l *Library) Resolve(text string) (Source, error) {
	address, err := ParseAddress(text)
	if err != nil {
		return Source{}, err
	}
	return l.Source(address)
}
