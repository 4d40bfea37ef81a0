package urls_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"basehandler/final/urls"
	"basehandler/final/web"
)

// The targets: the last of 10,000 routes takes at most twice as long as the
// only one, and a hit allocates the match alone.

var sizes = []int{1, 10, 100, 1000, 10000}

// manyRoutes is a URLconf like that of a large site: one parameter a route, and
// names that have much in common.
func manyRoutes(n int) *urls.URLConf {
	view := &web.View{Name: "views.page"}
	root := &urls.URLConf{}
	for i := range n {
		root.Patterns = append(root.Patterns,
			urls.Path(fmt.Sprintf("section%d/page%d/<int:number>/", i%100, i), view, urls.Name(fmt.Sprintf("page%d", i))))
	}
	return root
}

func pathOf(i int) string { return fmt.Sprintf("/section%d/page%d/%d/", i%100, i, 40+i%60) }

func BenchmarkResolve(b *testing.B) {
	for _, n := range sizes {
		resolver, err := urls.NewResolver(manyRoutes(n))
		if err != nil {
			b.Fatal(err)
		}
		random := make([]string, 1024)
		for i := range random {
			random[i] = pathOf(rand.IntN(n))
		}
		paths := map[string][]string{
			"first":  {pathOf(0)},
			"last":   {pathOf(n - 1)},
			"random": random,
			"miss":   {fmt.Sprintf("/section%d/page%d/%dx/", (n-1)%100, n-1, n)},
		}
		for _, kind := range []string{"first", "last", "random", "miss"} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				b.ReportAllocs()
				paths := paths[kind]
				for i := 0; b.Loop(); i++ {
					match, err := resolver.Resolve(paths[i%len(paths)])
					if (err != nil) != (kind == "miss") || err == nil && match.Args.Len() != 1 {
						b.Fatal(paths[i%len(paths)], err)
					}
				}
			})
		}
	}
}

// Shapes of routes, each among 60 others.
func BenchmarkResolveShapes(b *testing.B) {
	view := &web.View{Name: "views.page"}
	api := urls.Patterns{
		urls.Path("", view),
		urls.Path("<slug:slug>/", view),
		urls.RePath(`^(?P<year>\d{4})/(?P<rest>.*)$`, view),
		urls.RePath(`^opt(?:/(?P<n>[0-9]+))?/$`, view),
	}
	root := manyRoutes(60)
	root.Patterns = append(root.Patterns,
		urls.Path("about/", view),
		urls.Path("<int:a>/<slug:b>/", view),
		urls.Path("files/<path:path>", view),
		urls.Path("wiki/<path:page>/edit/", view),
		urls.Path("u/<uuid:id>/", view),
		urls.Path("five/<int:a>/<int:b>/<str:c>/<str:d>/<str:e>/", view),
		urls.RePath(`^re/([0-9]{4})/([a-z]+)/$`, view),
		urls.RePath(`^a(b|c)+/$`, view),
		urls.Include("api/", api, urls.AppName("api")),
		urls.Include("<slug:site>/api/", api, urls.AppName("api"), urls.Namespace("site")),
		urls.ReInclude(`^(?P<lang>[a-z]{2}|xx)/`, api),
	)
	resolver, err := urls.NewResolver(root)
	if err != nil {
		b.Fatal(err)
	}
	for _, shape := range []struct{ name, path string }{
		{"literal", "/about/"},
		{"two parameters", "/7/a-b/"},
		{"path", "/files/a/b/c.txt"},
		{"path and more", "/wiki/a/b/c/edit/"},
		{"uuid", "/u/075194d3-6885-417e-a8a8-6c931e272f00/"},
		{"five parameters", "/five/1/2/a/b/c/"},
		{"simple regex", "/re/2021/may/"},
		{"opaque regex", "/abcbc/"},
		{"include", "/api/a-b/"},
		{"include with parameter", "/shop/api/a-b/"},
		{"include, opaque regex inside", "/api/opt/7/"},
		{"opaque include", "/de/a-b/"},
	} {
		b.Run(shape.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := resolver.Resolve(shape.path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReverse(b *testing.B) {
	resolver, err := urls.NewResolver(manyRoutes(10000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	options := &urls.ReverseOptions{Args: []any{42}}
	for b.Loop() {
		if _, err := resolver.Reverse("page7777", options); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewResolver(b *testing.B) {
	root := manyRoutes(10000)
	for b.Loop() {
		if _, err := urls.NewResolver(root); err != nil {
			b.Fatal(err)
		}
	}
}
