package page

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Options say what [Markdown] does where pages differ. The zero value is a
// plain page.
type Options struct {
	// Link gives what a link or an image leads to on this page; nil leaves all
	// as they are.
	Link func(destination string) (string, error)
	// Block gives the HTML of a fenced block; handled false leaves it to be
	// coloured as code. Nil colours all.
	Block func(Block) (html template.HTML, handled bool, err error)
	// Prefix begins the id of every heading, so that several texts can stand
	// on one page.
	Prefix string
	// Down is how many levels headings go down: 1 makes # an h2. None goes
	// below h6.
	Down int
}

// Block is a fenced block of a text.
type Block struct {
	Directive string // what stands in the HTML comment right before it; "" if there is none
	Language  string // what stands behind the fence
	Content   string // whole lines
	Line      int    // of the first line of the content, from 1
}

// Markdown writes a text as HTML: CommonMark with tables, ids at the headings,
// code coloured by class. Comments are left out; other HTML is shown as text,
// since a text of the course has none.
func Markdown(source []byte, options Options) (template.HTML, error) {
	changes := &changes{options: options}
	converter := goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone))),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(changes, 1000)), // after that of the tables
		),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(readyRenderer{}, 1))),
	)
	var out bytes.Buffer
	if err := converter.Convert(source, &out); err != nil {
		return "", err
	}
	return template.HTML(out.String()), errors.Join(changes.faults...)
}

// changes makes of a parsed text what is written.
type changes struct {
	options Options
	faults  []error
}

// Transform is called by goldmark, between parsing and writing.
func (c *changes) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	source := reader.Source()
	var nodes []ast.Node // first, since the tree is changed below
	ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			nodes = append(nodes, node)
		}
		return ast.WalkContinue, nil
	})
	var comments []ast.Node
	for _, node := range nodes {
		switch node := node.(type) {
		case *ast.Heading:
			node.Level = min(node.Level+c.options.Down, 6)
			if id, found := node.AttributeString("id"); found {
				if id, ok := id.([]byte); ok {
					node.SetAttributeString("id", []byte(c.options.Prefix+string(id)))
				}
			}
		case *ast.Link:
			node.Destination = c.link(node.Destination)
		case *ast.Image:
			node.Destination = c.link(node.Destination)
		case *tables.TableCell:
			if node.Alignment == tables.AlignRight || node.Alignment == tables.AlignCenter {
				node.SetAttributeString("class", []byte(node.Alignment.String()))
			}
		case *ast.FencedCodeBlock:
			b := Block{Language: string(node.Language(source)), Content: string(node.Lines().Value(source))}
			if lines := node.Lines(); lines.Len() > 0 {
				b.Line = bytes.Count(source[:lines.At(0).Start], []byte("\n")) + 1
			}
			if before, ok := node.PreviousSibling().(*ast.HTMLBlock); ok {
				b.Directive, _ = comment(blockText(before, source))
			}
			replace(node, &ready{html: c.block(b)})
		case *ast.CodeBlock:
			replace(node, &ready{html: c.code(Block{Content: string(node.Lines().Value(source))})})
		case *ast.HTMLBlock:
			if _, found := comment(blockText(node, source)); found {
				comments = append(comments, node)
			} else {
				replace(node, &ready{html: "<p>" + plain(strings.TrimSpace(blockText(node, source))) + "</p>\n"})
			}
		case *ast.RawHTML:
			raw := string(node.Segments.Value(source))
			if _, found := comment(raw); found {
				comments = append(comments, node)
			} else {
				replace(node, ast.NewString([]byte(raw)))
			}
		}
	}
	for _, node := range comments { // last, since blocks look at those before them
		node.Parent().RemoveChild(node.Parent(), node)
	}
}

func replace(node, by ast.Node) { node.Parent().ReplaceChild(node.Parent(), node, by) }

func (c *changes) link(destination []byte) []byte {
	if c.options.Link == nil {
		return destination
	}
	to, err := c.options.Link(string(destination))
	if err != nil {
		c.faults = append(c.faults, fmt.Errorf("link %s: %w", destination, err))
		return destination
	}
	return []byte(to)
}

func (c *changes) block(b Block) template.HTML {
	if c.options.Block != nil {
		html, handled, err := c.options.Block(b)
		if err != nil {
			c.faults = append(c.faults, err)
		}
		if handled || err != nil {
			return html
		}
	}
	return c.code(b)
}

func (c *changes) code(b Block) template.HTML {
	html, err := Code(b)
	if err != nil {
		c.faults = append(c.faults, fmt.Errorf("line %d: %w", b.Line, err))
	}
	return html
}

// Code writes a block as coloured code. A difference, in the language diff, is
// coloured as one of Go code.
func Code(b Block) (template.HTML, error) {
	var lines []template.HTML
	var classes []string
	var err error
	if b.Language == "diff" {
		lines, classes, err = Difference("go", b.Content)
	} else {
		lines, err = Lines(b.Language, b.Content)
	}
	if err != nil {
		return "", err
	}
	var out strings.Builder
	language := b.Language
	if language == "" {
		language = "text"
	}
	out.WriteString(`<pre class="code ` + html.EscapeString(language) + `" tabindex="0"><code>`)
	for i, line := range lines {
		if classes != nil {
			out.WriteString(strings.TrimSuffix(`<span class="line `+classes[i], " ") + `">` + string(line) + "\n</span>")
		} else {
			out.WriteString(string(line) + "\n")
		}
	}
	out.WriteString("</code></pre>\n")
	return template.HTML(out.String()), nil
}

// blockText is the source of a block of HTML.
func blockText(node *ast.HTMLBlock, source []byte) string {
	raw := string(node.Lines().Value(source))
	if node.HasClosure() {
		raw += string(node.ClosureLine.Value(source))
	}
	return raw
}

// comment gives what stands in HTML that is one comment and nothing else.
func comment(raw string) (inner string, found bool) {
	inner, opened := strings.CutPrefix(strings.TrimSpace(raw), "<!--")
	inner, closed := strings.CutSuffix(inner, "-->")
	return strings.TrimSpace(inner), opened && closed && !strings.Contains(inner, "-->")
}

// ready is a block whose HTML is made already.
type ready struct {
	ast.BaseBlock
	html template.HTML
}

var kindReady = ast.NewNodeKind("Ready")

// Kind is asked for by goldmark.
func (*ready) Kind() ast.NodeKind { return kindReady }

// Dump is asked for by goldmark.
func (r *ready) Dump(source []byte, level int) { ast.DumpHelper(r, source, level, nil, nil) }

// IsRaw is asked for by goldmark.
func (*ready) IsRaw() bool { return true }

type readyRenderer struct{}

// RegisterFuncs is called by goldmark.
func (readyRenderer) RegisterFuncs(to renderer.NodeRendererFuncRegisterer) {
	to.Register(kindReady, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString(string(node.(*ready).html))
		}
		return ast.WalkSkipChildren, nil
	})
}
