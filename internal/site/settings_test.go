package site

import "testing"

// What a step says of its settings is told in their own words.
func TestSettingsAreExplained(t *testing.T) {
	s := sharedSite(t)
	for settings, want := range map[string][2]string{ // at step 11, and at step 10 before it, if 11 answers
		`{"DATABASES": []}`:                  {"", "Step 10 does not know the setting DATABASES, which comes with step 11."},
		`{"DATABASES": {}}`:                  {"The setting DATABASES has to be a list, and not an object.", ""},
		`{"MIDDLEWARE": 1.5}`:                {"The setting MIDDLEWARE has to be a list of strings, and not a number.", ""},
		`{"MIDDLEWARE": [true]}`:             {"The setting MIDDLEWARE has to be a string, and not true or false.", ""},
		`{"DEBUG": "yes"}`:                   {"The setting DEBUG has to be true or false, and not a string.", ""},
		`{"DEBUG": true}`:                    {"", ""},
		`{"MIDDELWARE": []}`:                 {"There is no setting MIDDELWARE; did you mean MIDDLEWARE?", ""},
		`{"THE_VIEW": "site.views.status"}`:  {"Step 11 does not know the setting THE_VIEW any more: step 05 was the last to have it.", ""},
		`{"MIDDLEWARE": ["site.nowhere.X"]}`: {`The application cannot be made: no module has the name "site.nowhere.X"`, ""},
	} {
		got, failure := try(t, s, map[string]any{"step": "11", "request": hello, "settings": settings, "beside": true})
		if failure != "" {
			t.Fatal(failure)
		}
		before := ""
		if got.Before != nil {
			before = got.Before.Error
		}
		if got.Here.Error != want[0] || before != want[1] {
			t.Errorf("%s:\n got %q\n and %q", settings, got.Here.Error, before)
		}
	}
	got, _ := try(t, s, map[string]any{"step": "01", "request": hello, "settings": `{"QQQQQQQQQ": 1}`})
	if want := "There is no setting QQQQQQQQQ; step 01 knows THE_VIEW."; got.Here.Error != want {
		t.Errorf("got %q, want %q", got.Here.Error, want)
	}
}
