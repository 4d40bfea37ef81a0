package browser_test

import (
	"io/fs"
	"os"

	"basehandler/final"
	"basehandler/internal/course"
	"basehandler/internal/play"
	"basehandler/internal/site"
	"basehandler/slides"
	"basehandler/steps"
	"basehandler/tests"
)

// newSite makes the server as the command does.
func newSite() (*site.Site, error) {
	golden, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		return nil, err
	}
	return site.New(site.Needs{
		Library: &course.Library{Files: steps.Files},
		Final:   final.Files,
		Golden:  golden,
		Slides:  slides.Files,
		Open:    play.Linked,
		Log:     os.Stderr,
	})
}
