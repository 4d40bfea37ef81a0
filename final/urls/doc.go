// Package urls is Django's URL dispatcher: a URLconf says which view answers
// which path, and which path leads to which view.
//
//	root := &urls.URLConf{Patterns: []urls.Pattern{
//		urls.Path("launches/<int:year>/", launches, urls.Name("launches")),
//		urls.RePath(`^(?P<slug>[a-z-]+)\.html$`, page),
//		urls.Include("shop/", shop.URLs, urls.Namespace("eu")),
//	}}
//	resolver, err := urls.NewResolver(root)
//	match, err := resolver.Resolve("/launches/2021/")
//	path, err := resolver.Reverse("launches", &urls.ReverseOptions{Args: []any{2021}})
//
// A view says urls.Reverse(request, "launches", …), which takes the URLconf and
// the script prefix of the request.
//
// Patterns are tried in order, and the first match wins, however many there
// are. Django compares a path with one regular expression after the other. Here
// a prefix tree finds the patterns that can match at all, so that the time goes
// with the length of the path; file tree.go tells how the order is kept.
//
// Where this differs from Django on purpose:
//   - Regular expressions are Go's (RE2): what they cannot express, such as a
//     lookahead or a backreference, is an ImproperlyConfigured that names it. In
//     return, no path can make a match take more than linear time.
//   - \b knows ASCII letters only. A $ that is not the end of a view's pattern
//     does not match before the last newline of a path with several.
//   - The value of a group that is repeated and can match nothing, as in (a?)*,
//     is the last text it matched; Python's may be the empty one after.
//   - A parameter that a route names twice is an ImproperlyConfigured, where
//     Python fails with re.error.
//   - Reverse reads classes and escapes such as [^)] and a+\(, comments, flags
//     and braces that are no quantifier as what they are; Django's reader trips
//     over them, and refuses to reverse anything beside some of them.
//   - An extra argument with the name of a parameter makes a pattern that cannot
//     be reversed without it; Django fails with a KeyError.
//
// Django: urls/__init__.py.
package urls
