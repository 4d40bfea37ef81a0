package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"basehandler/internal/onion"
	"basehandler/internal/page"
)

//go:embed static
var static embed.FS

// assets are the files that pages load, by their path. Pages name them below a
// folder of this version, so that a browser asks for each of them once.
type assets map[string]asset

type asset struct {
	content []byte
	kind    string // the Content-Type
	etag    string
}

// kinds are said here, since what a machine says of an ending varies.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func newAssets(player fs.FS) assets {
	a := assets{}
	a.addFolder("/static/", static, "static")
	a.addFolder("/static/slides/", player, "player")
	a.add("/static/code.css", []byte(page.CodeCSS))
	a.add("/static/onion.css", onion.CSS)
	icon := a["/static/icon.svg"]
	a["/favicon.ico"] = icon
	return a
}

func (a assets) add(at string, content []byte) { a[at] = newAsset(content, kinds[path.Ext(at)]) }

func newAsset(content []byte, kind string) asset {
	sum := sha256.Sum256(content)
	return asset{content, kind, `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// addFolder adds the files of a folder that pages can load.
func (a assets) addFolder(at string, files fs.FS, folder string) {
	entries, _ := fs.ReadDir(files, folder)
	for _, entry := range entries {
		if content, err := fs.ReadFile(files, path.Join(folder, entry.Name())); err == nil && kinds[path.Ext(entry.Name())] != "" {
			a.add(at+entry.Name(), content)
		}
	}
}

// folder is where this version of the files is served: other files, another
// folder.
func (a assets) folder() string {
	sum := sha256.New()
	for _, at := range slices.Sorted(maps.Keys(a)) {
		fmt.Fprintf(sum, "%s %s\n", at, a[at].etag)
	}
	return "/static/" + hex.EncodeToString(sum.Sum(nil)[:6]) + "/"
}

func (a assets) register(mux *http.ServeMux) {
	folder := a.folder()
	for at, asset := range a {
		mux.Handle("GET "+at, asset)
		if name, below := strings.CutPrefix(at, "/static/"); below {
			mux.HandleFunc("GET "+folder+name, func(w http.ResponseWriter, r *http.Request) {
				asset.serve(w, r, "max-age=31536000, immutable")
			})
		}
	}
}

// ServeHTTP lets a browser keep the file, and ask each time whether it is still
// the same.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.serve(w, r, "no-cache") }

func (a asset) serve(w http.ResponseWriter, r *http.Request, caching string) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("ETag", a.etag)
	w.Header().Set("Cache-Control", caching)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}
