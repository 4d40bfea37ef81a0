package site

import (
	"html/template"
	"sync"

	"basehandler/internal/page"
)

// colours keeps coloured code, since most files are the same in many steps and
// each text of the course is asked for again and again. What is sent to the
// server never comes here, so it does not grow.
var colours sync.Map // of colourKey to []template.HTML

type colourKey struct{ language, text string }

// coloured is [page.Lines], made once for each text.
func coloured(language, text string) ([]template.HTML, error) {
	key := colourKey{language, text}
	if lines, found := colours.Load(key); found {
		return lines.([]template.HTML), nil
	}
	lines, err := page.Lines(language, text)
	if err == nil {
		colours.Store(key, lines)
	}
	return lines, err
}
