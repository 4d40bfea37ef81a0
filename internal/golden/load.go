package golden

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Load reads all cases of a folder, NN-name/case.txtar each, in the order of
// their names. An error tells of every file that is no case.
func Load(files fs.FS) ([]*Case, error) {
	names, err := fs.Glob(files, "*/*")
	if err != nil {
		return nil, err
	}
	var cases []*Case
	var faults []error
	for _, file := range names {
		name, ok := strings.CutSuffix(file, ".txtar")
		if !ok {
			faults = append(faults, fmt.Errorf("%s: a case is a file whose name ends in .txtar", file))
			continue
		}
		c, err := LoadCase(files, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		cases = append(cases, c)
	}
	return cases, errors.Join(faults...)
}

// LoadCase reads one case by its name, such as 05-middleware/onion.
func LoadCase(files fs.FS, name string) (*Case, error) {
	data, err := fs.ReadFile(files, name+".txtar")
	if errors.Is(err, fs.ErrNotExist) {
		message := fmt.Sprintf("there is no case %q", name)
		if siblings, _ := fs.Glob(files, path.Dir(name)+"/*.txtar"); len(siblings) > 0 {
			for i := range siblings {
				siblings[i] = strings.TrimSuffix(path.Base(siblings[i]), ".txtar")
			}
			message += fmt.Sprintf("; those of %s are: %s", path.Dir(name), strings.Join(siblings, ", "))
		}
		return nil, errors.New(message)
	}
	if err != nil {
		return nil, err
	}
	return Parse(name, data)
}
