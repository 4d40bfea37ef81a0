package page

import (
	"html/template"
	"strings"
)

// Trial is a request that a reader can send to a step, and perhaps what came of
// it when it was sent before.
type Trial struct {
	ID       string // begins the ids of its parts; one of its own on the page
	Step     string // "05"
	ASGI     bool
	Request  string // "GET / HTTP/1.1\nHost: localhost\n"
	Settings string // JSON laid over the site's own; "" for none
	Show     string // what of an answer is of interest: "response", "trace" or "both" ("" is both)
	Answers  []Answer
}

// Answer is what came of a request.
type Answer struct {
	Step     string
	Response string
	Trace    []string
	Log      []string
	Error    string // why there is no response
}

// Try writes the form with which a reader tries a request. Without JavaScript
// it posts to /try/NN/; with it, the answers come into the same page.
func Try(t Trial) (template.HTML, error) {
	if t.Show == "" {
		t.Show = "both"
	}
	t.Request = strings.TrimRight(t.Request, "\n")
	var out strings.Builder
	err := trial.Execute(&out, t)
	return template.HTML(out.String()), err
}

// Rows is the height of the field for the request, in lines.
func (t Trial) Rows() int { return min(strings.Count(t.Request, "\n")+1, 12) }

// SettingsRows is the height of the field for the settings, in lines.
func (t Trial) SettingsRows() int { return max(2, min(strings.Count(t.Settings, "\n")+1, 12)) }

// Hint is an example of settings that the step knows: middleware comes with
// step 05.
func (t Trial) Hint() string {
	if t.Step < "05" {
		return `such as {"THE_VIEW": "site.views.status"}`
	}
	return `such as {"MIDDLEWARE": ["site.middleware.A"]}`
}

var trial = template.Must(template.New("try").Parse(
	`<div class="try" data-step="{{.Step}}" data-asgi="{{.ASGI}}" data-show="{{.Show}}">
<form class="try-form" method="post" action="/try/{{.Step}}/" aria-label="A request to step {{.Step}}">
<label class="try-label" for="{{.ID}}-request">Request to step {{.Step}}{{if .ASGI}}, through ASGI{{end}}</label>
<textarea class="request" id="{{.ID}}-request" name="request" rows="{{.Rows}}" spellcheck="false" autocomplete="off" autocapitalize="off">{{.Request}}</textarea>
<details class="try-settings"{{if .Settings}} open{{end}}><summary>Settings</summary>
<label class="try-label" for="{{.ID}}-settings">Settings as JSON, laid over the site’s own</label>
<textarea class="settings" id="{{.ID}}-settings" name="settings" rows="{{.SettingsRows}}" placeholder="{{.Hint}}" spellcheck="false" autocomplete="off" autocapitalize="off">{{.Settings}}</textarea>
</details>
{{if .ASGI}}<input type="hidden" name="asgi" value="true">
{{end}}<button type="submit">Send<span class="try-to"> to step {{.Step}}</span></button>
</form>
<div class="answers" aria-live="polite">{{range .Answers}}
<section class="answer" data-step="{{.Step}}" aria-label="Answer of step {{.Step}}">
<p class="answer-title">Step {{.Step}}</p>
{{with .Error}}<p class="answer-error">{{.}}</p>
{{end}}{{with .Response}}<pre class="response" tabindex="0" role="group" aria-label="Response">{{.}}</pre>
{{end}}{{with .Trace}}<pre class="trace" tabindex="0" role="group" aria-label="Trace">{{range .}}{{.}}
{{end}}</pre>
{{end}}{{with .Log}}<pre class="log" tabindex="0" role="group" aria-label="Log of the server">{{range .}}{{.}}
{{end}}</pre>
{{end}}</section>{{end}}
</div>
</div>
`))
