// Package page turns texts of the course into HTML: Markdown, code and the form
// with which a reader tries a request.
//
// Nothing it writes needs a style attribute or an inline script, so pages can
// forbid both. Colours come by class, from [CodeCSS]:
//
//	func main() {}   <span class="k">func</span> <span class="nf">main</span>() {}
package page

import _ "embed"

// CodeCSS colours the classes of [Lines] and [Difference], on light and on dark.
// Every colour has a contrast of at least 4.5 : 1 (WCAG 2.2, AA) on the page
// and on the tints for lines that are added, removed or marked.
//
//go:embed code.css
var CodeCSS string
