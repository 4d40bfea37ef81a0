package deck

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the files in testdata say comes out")

// archives compares the last file of each archive with what came out.
func archives(t *testing.T, pattern string, got func(t *testing.T, archive *txtar.Archive) string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v, %v", pattern, names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			last := &archive.Files[len(archive.Files)-1]
			out := got(t, archive)
			if *update {
				last.Data = []byte(out)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(last.Data), out); diff != "" {
				t.Errorf("(-want +got; if it is right, go test -update):\n%s", diff)
			}
		})
	}
}

func TestParse(t *testing.T) {
	archives(t, "testdata/parse/*.txtar", func(t *testing.T, archive *txtar.Archive) string {
		files := fstest.MapFS{}
		for _, file := range archive.Files[:len(archive.Files)-1] {
			files[file.Name] = &fstest.MapFile{Data: file.Data}
		}
		sections, err := Load(files)
		if err != nil {
			return err.Error() + "\n"
		}
		var out strings.Builder
		for _, section := range sections {
			dump(&out, section)
		}
		return out.String()
	})
}

// dump prints a section, a line for each thing.
func dump(out *strings.Builder, section *Section) {
	fmt.Fprintf(out, "%s %q", section.File, section.Title)
	for _, route := range Routes {
		fmt.Fprintf(out, " %d=%g", route, section.Minutes[route])
	}
	for _, slide := range section.Slides {
		fmt.Fprintf(out, "\n%d slide %s %v weight %g layout %q: %s\n", slide.Line, slide.ID, slide.Routes, slide.Weight, slide.Layout, slide.Title)
		for _, part := range slide.Parts {
			switch part := part.(type) {
			case Text:
				fmt.Fprintf(out, "%d text %q\n", part.Line, part.Source)
			case Pause:
				fmt.Fprintf(out, "%d pause\n", part.Line)
			case Picture:
				fmt.Fprintf(out, "%d picture %s\n", part.Line, part.Name)
			case Commands:
				fmt.Fprintf(out, "%d commands %q\n", part.Line, part.Source)
			case *Ask:
				fmt.Fprintf(out, "%d %s case %q %d scenario %q step %d asgi %t settings %q show %s\n", part.Line, part.Kind, part.Case, part.Nth, part.Scenario, part.Step, part.ASGI, part.Settings, part.Show)
				if part.Text != "" {
					fmt.Fprintf(out, "   %q\n", part.Text)
				}
			case *Code:
				fmt.Fprintf(out, "%d code changed %t\n", part.Line, part.Changed)
				for _, state := range part.States {
					fmt.Fprintf(out, "   %d %s", state.Line, state.Address)
					for _, file := range state.Files {
						fmt.Fprintf(out, " %s%q", file.Name, file.Decls)
					}
					fmt.Fprintf(out, " comments %t fresh %t keep %q\n", state.Comments, state.Fresh, state.Keep)
					for _, mark := range state.Marks {
						fmt.Fprintf(out, "      %d mark %q to %q: %s\n", mark.Line, mark.From, mark.To, mark.Caption)
					}
					for _, only := range state.Only {
						fmt.Fprintf(out, "      %d only %q to %q\n", only.Line, only.From, only.To)
					}
				}
			}
		}
		fmt.Fprintf(out, "%d notes %q\n", slide.Notes.Line, slide.Notes.Source)
	}
}

// Whatever is written, it is read without a crash, and what is said about it
// names a line that is there. What was read without complaint can be built, or
// it is said why not.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.txtar", "../*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(source))
			for _, file := range txtar.Parse(source).Files {
				f.Add(string(file.Data))
			}
		}
	}
	builder := smallBuilder(f)
	f.Fuzz(func(t *testing.T, source string) {
		if strings.Contains(source, "scenario") {
			return // they take time
		}
		lines := strings.Count(strings.TrimSuffix(strings.ReplaceAll(source, "\r\n", "\n"), "\n"), "\n") + 1
		inside := func(line int, what string) {
			if line < 1 || line > lines {
				t.Errorf("%s at line %d of %d", what, line, lines)
			}
		}
		section, problems := Parse("x.md", source)
		for _, problem := range problems {
			inside(problem.Line, problem.Message)
		}
		for _, slide := range section.Slides {
			inside(slide.Line, "a slide")
			for _, part := range slide.Parts {
				if code, ok := part.(*Code); ok {
					for _, state := range code.States {
						inside(state.Line, "a state")
					}
				}
			}
		}
		if problems != nil {
			return
		}
		_, err := builder.Build(t.Context(), []*Section{section})
		var found Problems
		if err != nil && !errors.As(err, &found) {
			t.Error(err)
		}
		for _, problem := range found {
			inside(problem.Line, problem.Message)
		}
	})
}
