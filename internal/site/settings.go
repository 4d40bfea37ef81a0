package site

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"basehandler/internal/course"
	"basehandler/internal/jsonkind"
	"basehandler/internal/play"
)

// settingNames knows which settings each step has, to say of a name that a step
// refuses what is wrong with it. It reads the sources when it is first asked.
type settingNames struct {
	bySteps func() map[int][]string
}

func newSettingNames(library *course.Library) *settingNames {
	return &settingNames{sync.OnceValue(func() map[int][]string {
		names := map[int][]string{}
		for _, step := range course.Steps {
			source, err := library.Source(step.Address())
			if err != nil {
				continue // its own pages tell that
			}
			if needs, err := play.Inspect(source); err == nil {
				names[step.Number] = needs.Settings
			}
		}
		return names
	})}
}

// How encoding/json refuses settings, in the message of a step.
var (
	unknownSetting = regexp.MustCompile(`json: unknown field "([^"]*)"`)
	wrongSetting   = regexp.MustCompile(`json: cannot unmarshal (\w+).* into Go struct field Settings\.(\S+) of type (\S+)`)
)

// explain says why an application cannot be made, in the words of settings and
// not of Go where that can be done.
func (s *settingNames) explain(step int, message string) string {
	if found := unknownSetting.FindStringSubmatch(message); found != nil {
		return s.unknown(step, found[1])
	}
	if found := wrongSetting.FindStringSubmatch(message); found != nil {
		return fmt.Sprintf("The setting %s has to be %s, and not %s.", found[2], settingKind(found[3]), jsonKind(found[1]))
	}
	return "The application cannot be made: " + message
}

// unknown is what to say of a name that a step does not know.
func (s *settingNames) unknown(step int, name string) string {
	own := course.Address{Step: step}
	var with []int
	for number, names := range s.bySteps() {
		if slices.Contains(names, name) {
			with = append(with, number)
		}
	}
	switch {
	case len(with) == 0:
		known := s.bySteps()[step]
		text := fmt.Sprintf("There is no setting %s", name)
		if near := course.Nearest(name, known); near != "" {
			return text + "; did you mean " + near + "?"
		}
		return text + fmt.Sprintf("; step %s knows %s.", own, strings.Join(known, ", "))
	case slices.Min(with) > step:
		return fmt.Sprintf("Step %s does not know the setting %s, which comes with step %s.", own, name, course.Address{Step: slices.Min(with)})
	}
	return fmt.Sprintf("Step %s does not know the setting %s any more: step %s was the last to have it.", own, name, course.Address{Step: slices.Max(with)})
}

// settingKind is a type of Go as one writes its values in JSON.
func settingKind(goes string) string {
	switch {
	case goes == "[]string":
		return jsonkind.List + " of strings"
	case strings.HasPrefix(goes, "[]"):
		return jsonkind.List
	case goes == "string":
		return jsonkind.String
	case goes == "bool":
		return jsonkind.Bool
	case strings.HasPrefix(goes, "int"):
		return jsonkind.Whole
	}
	return jsonkind.Object
}

// jsonKind is what encoding/json calls a value, in other words.
func jsonKind(kind string) string {
	switch kind {
	case "string":
		return jsonkind.String
	case "bool":
		return jsonkind.Bool
	case "array":
		return jsonkind.List
	case "object":
		return jsonkind.Object
	}
	return jsonkind.Number
}
