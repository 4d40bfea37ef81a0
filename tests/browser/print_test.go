package browser_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// print is what a page is on paper, as PDF, in the size that the page says.
func (w *tab) print() (pdf []byte) {
	w.t.Helper()
	w.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPrintBackground(true).WithPreferCSSPageSize(true).Do(ctx)
		return err
	}))
	return pdf
}

var (
	pdfPage   = regexp.MustCompile(`/Type\s*/Page\b`)
	pdfStream = regexp.MustCompile(`stream\r?\n`)
)

// countPages counts the pages of a PDF, also within its packed objects.
func countPages(pdf []byte) int {
	n := len(pdfPage.FindAll(pdf, -1))
	for _, at := range pdfStream.FindAllIndex(pdf, -1) {
		if packed, err := zlib.NewReader(bytes.NewReader(pdf[at[1]:])); err == nil {
			plain, _ := io.ReadAll(packed)
			n += len(pdfPage.FindAll(plain, -1))
		}
	}
	return n
}

// On paper a slide is a page, nothing of it is cut, and afterwards the deck
// stands where it was.
func TestPrint(t *testing.T) {
	w := open(t)
	for _, route := range routes {
		w.slides("/slides/" + route + "/onion/2")
		list := w.list()
		w.eval(`addEventListener("beforeprint", () => { globalThis.cut = (`+script(t, "printed.js")+`)(); })`, nil)
		before, _ := w.place()
		if n := countPages(w.print()); n != len(list) {
			t.Errorf("route %s: %d slides become %d pages", route, len(list), n)
		}
		var cut []string
		w.eval(`globalThis.cut`, &cut)
		for _, what := range cut {
			t.Errorf("route %s: %s", route, what)
		}
		if cut == nil {
			t.Error("the page was not told that it is printed")
		}
		w.at(before)
	}
	w.slides("/slides/20/?notes")
	slides := len(w.list())
	if n := countPages(w.print()); n < slides || n > slides+slides/4 {
		t.Errorf("with notes %d slides become %d pages", slides, n)
	}
	w.visit("/steps/05/")
	if n := countPages(w.print()); n < 2 || n > 20 {
		t.Errorf("a chapter becomes %d pages", n)
	}
}
