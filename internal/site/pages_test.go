package site

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"basehandler/internal/dom"

	"golang.org/x/net/html"
)

// crawled is a page that was read.
type crawled struct {
	ids   map[string]bool
	links []string
}

// fewSteps are the pages of those steps that are read under the race detector.
var fewSteps = regexp.MustCompile(`^/steps/(01|05|14)`)

var outside = regexp.MustCompile(`^[a-z]+:`)

// read parses a page, and fails for what the policy would forbid and for what a
// screen reader stumbles over.
func read(t *testing.T, at, text string) crawled {
	t.Helper()
	document, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	c := crawled{ids: map[string]bool{}}
	labels, controls := map[string]bool{}, []string{}
	h1, mains := 0, 0
	for node := range document.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		attributes := map[string]string{}
		for _, a := range node.Attr {
			attributes[a.Key] = a.Val
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: <%s> has the attribute %s, which the policy forbids", at, node.Data, a.Key)
			}
			if strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("%s: a value in <%s %s> was refused by the template", at, node.Data, a.Key)
			}
		}
		if id, found := attributes["id"]; found {
			if c.ids[id] {
				t.Errorf("%s: the id %q is given twice", at, id)
			}
			c.ids[id] = true
		}
		switch node.Data {
		case "style":
			t.Errorf("%s: has a <style>", at)
		case "script":
			if node.FirstChild != nil || attributes["src"] == "" {
				t.Errorf("%s: has a script in the page", at)
			}
			c.links = append(c.links, attributes["src"])
		case "link", "a":
			c.links = append(c.links, attributes["href"])
			// A step's site has no way back to the course.
			if strings.HasPrefix(attributes["href"], "/run/") && (attributes["target"] != "_blank" || !strings.Contains(dom.Text(node), "new tab")) {
				t.Errorf("%s: the link to %s does not open a new tab, or does not say so", at, attributes["href"])
			}
		case "img":
			c.links = append(c.links, attributes["src"])
			if _, found := attributes["alt"]; !found {
				t.Errorf("%s: an image has no alt", at)
			}
		case "form":
			c.links = append(c.links, "POST "+attributes["action"])
		case "label":
			labels[attributes["for"]] = true
		case "textarea", "input", "select":
			if attributes["type"] != "hidden" {
				controls = append(controls, attributes["id"])
			}
		case "h1":
			h1++
		case "main":
			mains++
		case "html":
			if attributes["lang"] != "en" {
				t.Errorf("%s: says no language", at)
			}
		}
	}
	for _, control := range controls {
		if !labels[control] {
			t.Errorf("%s: the control %q has no label", at, control)
		}
	}
	if h1 != 1 || mains != 1 {
		t.Errorf("%s: has %d h1 and %d main, want one of each", at, h1, mains)
	}
	return c
}

// Every page that can be reached from the first one is there, is well made, and
// every link leads to something.
func TestPages(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	pages := map[string]crawled{}
	fetched := map[string]bool{}
	queue := []string{"/", "/nowhere/"}
	fragments := map[string]string{} // to where they are from
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if fetched[at] {
			continue
		}
		fetched[at] = true
		answer := get(s, at)
		if want := map[bool]int{true: 404, false: 200}[at == "/nowhere/"]; answer.Code != want {
			t.Errorf("%s: %d, want %d; from %s", at, answer.Code, want, fragments[at])
			continue
		}
		if strings.HasPrefix(at, "/run/") || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			continue
		}
		c := read(t, at, answer.Body.String())
		pages[at] = c
		base, _ := url.Parse(at)
		for _, link := range c.links {
			link, isForm := strings.CutPrefix(link, "POST ")
			if outside.MatchString(link) || link == "" {
				t.Errorf("%s: links to %q, which is not part of the site", at, link)
				continue
			}
			to, err := base.Parse(link)
			if err != nil {
				t.Errorf("%s: %v", at, err)
				continue
			}
			if to.Fragment != "" {
				fragments[to.Path+"#"+to.Fragment] = at
			}
			if fragments[to.Path] == "" {
				fragments[to.Path] = at
			}
			if isForm && !strings.HasPrefix(to.Path, "/try/") {
				t.Errorf("%s: a form leads to %s", at, to.Path)
			}
			if raceDetector && strings.HasPrefix(to.Path, "/steps/") && !fewSteps.MatchString(to.Path) {
				continue
			}
			queue = append(queue, to.Path)
		}
	}
	for link, from := range fragments {
		path, fragment, found := strings.Cut(link, "#")
		if found && fetched[path] && !strings.HasPrefix(path, "/slides/") && !pages[path].ids[fragment] {
			t.Errorf("%s: links to %s, and there is no such place", from, link)
		}
	}
	for _, want := range []string{"/steps/05/", "/steps/05.1/", "/steps/05~forward-loop/", "/steps/05/diff/", "/steps/05/files/",
		"/steps/05/files/handler.go", "/steps/05.1/files/base.go", "/steps/05~forward-loop/files/base.go", "/steps/14/files/README.md", "/glossary/", "/slides/", "/slides/45/", "/slides/45/presenter", "/run/14/"} {
		if !fetched[want] {
			t.Errorf("no page leads to %s", want)
		}
	}
	t.Logf("%d pages, %d addresses", len(pages), len(fetched))
}

func TestAddressesOfPages(t *testing.T) {
	s := sharedSite(t)
	for at, want := range map[string]string{
		"/steps/5/":                         "301 /steps/05/",
		"/steps/middleware/":                "301 /steps/05/",
		"/steps/05.3/":                      "301 /steps/05/",
		"/steps/5.1/files/base.go":          "301 /steps/05.1/files/base.go",
		"/steps/05":                         "307 /steps/05/",
		"/steps/":                           "301 /",
		"/steps/15/":                        "404 ",
		"/steps/05.9/":                      "404 ",
		"/steps/05~nothing/":                "404 ",
		"/steps/05/files/none.go":           "404 ",
		"/steps/05/files/..%2f..%2fgo.mod":  "404 ",
		"/steps/05/files/_beats%2Fabsent":   "404 ",
		"/steps/..%2f..%2fetc%2fpasswd/":    "404 ",
		"/steps/05~..%2f04-signals/":        "404 ",
		"/steps/05.1/files/middleware_x.go": "404 ",
		"/static/":                          "404 ",
		"/static/../site.go":                "404 ",
		"/static/..%2fsite.go":              "404 ",
		"/static/slides/":                   "404 ",
		"/slides/30/":                       "404 ",
		"/slides/-45/":                      "404 ",
		"/slides/45/nowhere":                "404 ",
		"/slides/45/onion/two":              "404 ",
		"/slides/45/onion/2/3":              "404 ",
		"/slides/45/onion":                  "200 ",
		"/slides/45/onion/":                 "200 ",
		"/slides/45/onion/99":               "200 ",
		"/slides/45/presenter/onion/2":      "200 ",
		"/run/05":                           "307 /run/05/",
		"/run/5/":                           "301 /run/05/",
		"/run/middleware/a%3Fb/?c=d":        "301 /run/05/a%3Fb/?c=d",
		"/steps/5/files/a%3Fb":              "301 /steps/05/files/a%3Fb",
		"/steps/5/files/%0d%0aX:1":          "301 /steps/05/files/%0D%0AX:1",
		"/01/":                              "301 /steps/01/",
		"/5":                                "301 /steps/05/",
		"/05.1/":                            "301 /steps/05.1/",
		"/05~forward-loop/?a=b":             "301 /steps/05~forward-loop/?a=b",
		"/middleware/":                      "301 /steps/05/",
		"/15/":                              "404 ",
		"/05/files/":                        "404 ",
		"/run/05.1/":                        "404 ",
		"/run/15/":                          "404 ",
		"/try/05.1/":                        "404 ",
		"/try/5/":                           "200 ",
	} {
		answer := get(s, at)
		if got := fmt.Sprintf("%d %s", answer.Code, answer.Header().Get("Location")); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func TestErrorsAreTold(t *testing.T) {
	s := sharedSite(t)
	for at, want := range map[string]string{
		"/steps/middlewear/":          `There is no step &#34;middlewear&#34;; did you mean &#34;middleware&#34;?`,
		"/steps/05/files/handlers.go": `There is no file &#34;handlers.go&#34;; did you mean &#34;handler.go&#34;?`,
		"/15/":                        `There is no step &#34;15&#34;; the steps go from 01 to 14.`,
		"/steps/05~forward/":          `did you mean &#34;05~forward-loop&#34;?`,
		"/nowhere/<b>/":               `There is nothing at /nowhere/&lt;b&gt;/.`,
	} {
		answer := get(s, at)
		if answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d, and %q is not in\n%s", at, answer.Code, want, answer.Body)
		}
	}
	answer := ask(s, "DELETE", "/steps/05/", "")
	if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, HEAD" ||
		!strings.Contains(answer.Body.String(), "does not take DELETE, but GET, HEAD") {
		t.Errorf("DELETE: %d %v %s", answer.Code, answer.Header(), answer.Body)
	}
	if answer := ask(s, "HEAD", "/steps/05/", ""); answer.Code != http.StatusOK {
		t.Errorf("HEAD: %d", answer.Code)
	}
	answer = ask(s, "GET", "/api/try", "")
	if answer.Code != http.StatusMethodNotAllowed || !strings.HasPrefix(answer.Body.String(), `{"error":`) {
		t.Errorf("GET /api/try: %d %s", answer.Code, answer.Body)
	}
}
