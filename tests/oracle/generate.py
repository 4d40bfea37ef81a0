#!/usr/bin/env python3
"""Makes random scenarios, always the same ones for the same seed.

    python generate.py SEED COUNT [--odd] > scenarios.jsonl

With --odd also what one rarely meets: names and paths with characters from
all over Unicode, percent signs, control characters, very long paths, empty
URLconfs, mistakes in routes, extra arguments that shadow captured ones or are
no text, every status there is, strange methods, headers and queries, and `none`
and `coroutine` wherever an action may stand.
"""

import argparse
import json
import random

KINDS = [
    "Http404", "PermissionDenied", "SuspiciousOperation", "DisallowedHost", "BadRequest",
    "MultiPartParserError", "ValueError", "TypeError", "RuntimeError",
]  # fmt: skip
STATUSES = [200, 200, 201, 204, 302, 400, 403, 404, 405, 418, 429, 500, 503, 599]
METHODS = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
ODD_METHODS = ["TRACE", "CONNECT", "PROPFIND", "get", "Foo"]
ODD_HEADERS = {
    "Content-Length": ["0", "5", "abc", "-1", "99999999999", "", " 3"],
    "Content-Type": ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=B",
                     "text/plain; charset=nope", "; charset=utf-8", "", "application/json;;", "a/b; charset*=utf-8''x"],
    "Host": ["example.com", "[::1]:80", "x:99999"],
    "Cookie": ["a=1", "a", "=;;", 'a="\\054"', "é=ü"],
    "X-Forwarded-Host": ["f.com"], "X-Forwarded-Proto": ["https"], "accept": ["*/*", "text/html;q=x", ""],
    "If-None-Match": ["*"], "X_Under": ["1"], "X-Under": ["2"], "Transfer-Encoding": ["chunked"],
    "Expect": ["100-continue"], "Connection": ["close", "upgrade"], "Range": ["bytes=0-1"],
    "X-Via": ["fake"], "X-Actor": ["fake"],
}  # fmt: skip
ODD_VALUES = [[1, 2], ["a", None, True], {"a": 1}, {}, [], {"b": [1, {"c": "d"}]}, 1.5, -0.25, 0.0, 1e22, 1e-7, 1e16,
              12345.678, 123456789012345678901234567890, "x=y", "a b", [1.0], "'", ["'"], ['"'], ["'\""], ["a\\b"],
              "\\", ["é"], [""]]  # fmt: skip
# With one of these no part of the URLconf can be read.
MISTAKES = ["<foo:n>/", "< int:n>/", "<int: n>/", "<int:1n>/", "<:n>/", "<int:>/", "<str:a-b>/", "<<int:n>>", "<Int:n>/"]
UUID = "075194d3-6885-417e-a8a8-6c931e272f00"
ODD_TEXT = ["é", "λ", "日本", "a b", "%41", "%zz", "%", "\u2028", "\x7f", "\x01", "\t",
            "𝄞", "\\x41", "'", '"', "<b>", "&", "?", "#", ";", "+", "~", ".", "..", "\u0085",
            "\u00a0", "ß", "İ", "\0", "$", "(x)", "[", "^", "|", "*", "\u0661"]  # fmt: skip
# Names get into headers. Python folds a line there at a separator, and then
# refuses the newline: an accident.
ODD_NAMES = [text for text in ODD_TEXT if not set(text) & set(".,\0\u2028\u0085")]


class Maker:
    def __init__(self, rng, odd):
        self.rng, self.odd = rng, odd

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, *choices):
        return self.rng.choice(choices)

    def kind(self, exit=0.04):
        return "SystemExit" if self.chance(exit) else self.rng.choice(KINDS)

    def status(self):
        if self.odd and self.chance(0.3):
            return self.rng.randint(100, 599)
        return self.rng.choice(STATUSES)

    def answer(self, p_raise=0.25):
        """An action that gives a response, or raises instead."""
        if self.chance(p_raise):
            return "raise:" + self.kind()
        r = self.rng.random()
        if r < 0.55:
            return f"respond:{self.status()}"
        if r < 0.75:
            return f"template:{self.status()}"
        if r < 0.87:
            return f"template:{self.status()}:{self.kind()}"
        return "stream"

    def may_answer(self, p_pass, p_raise=0.4):
        if self.chance(p_pass):
            return "pass"
        if self.odd and self.chance(0.1):
            return self.pick("none", "coroutine")
        return self.answer(p_raise)

    # ---- views

    def view(self):
        wanted = {}
        r = self.rng.random()
        if r < 0.07:
            wanted["does"] = "none"
        elif r < 0.12:
            wanted["does"] = "coroutine"
        elif r < 0.92:
            wanted["does"] = self.answer(0.35)
        if self.chance(0.4):
            wanted["async"] = True
        if self.chance(0.3):
            wanted["kind"] = self.pick("class", "class", "function")
        if self.chance(0.2):
            aliases = ["default", "other"]
            self.rng.shuffle(aliases)
            wanted["non_atomic"] = aliases[: self.pick(0, 1, 1, 2)]
        return wanted

    # ---- URLs

    def word(self):
        if self.odd and self.chance(0.3):
            return self.rng.choice(ODD_TEXT)
        return self.pick("a", "b", "ab", "hello", "files", "in", "x-1", "7", "007")

    def value(self, converter):
        """A text that the converter takes, mostly."""
        if self.chance(0.12):
            return self.word()
        if converter == "int":
            return self.pick("0", "3", "42", "007", "12345678901234567890123")
        if converter == "uuid":
            return self.pick(UUID, UUID, UUID.upper())
        if converter == "path":
            return self.pick("a/b.txt", "a", "a/b/c/", "x/")
        if converter == "slug":
            return self.pick("a-b", "A_1", "7", "x")
        return self.word()

    def pattern(self, used, inner=False):
        """A path route, and a text that it matches, mostly."""
        if self.odd and self.chance(0.01):
            self.broken = True
            return self.rng.choice(MISTAKES), "3/"
        route, text = "", ""
        for _ in range(self.pick(0, 1, 1, 2, 2, 3)):
            if self.chance(0.45):
                converter = self.pick("int", "str", "slug", "uuid", "path", "")
                name = self.pick("n", "n1", "s", "k", "id", "_x", "any")
                while name in used:
                    name += "_"
                used.add(name)
                route += f"<{converter}:{name}>" if converter else f"<{name}>"
                text += self.value(converter)
            else:
                word = self.word()
                route += word
                text += word
            if self.chance(0.85):
                route += "/"
                text += "/"
        return route, text

    def regex(self, used):
        name = self.pick("n", "s", "k", "w")
        while name in used:
            name += "_"
        regex, text = self.pick(
            ("^$", ""),
            ("", "anything/"),
            ("^a/$", "a/"),
            ("^a", "ab/"),
            ("b/$", "a/b/"),
            (f"^(?P<{name}>[0-9]+)/$", "42/"),
            (f"^(?P<{name}>[a-z]+)/", "hello/x"),
            ("^([a-z]+)/([0-9]+)/$", "ab/7/"),
            (f"^([a-z]+)/(?P<{name}>[0-9]+)/$", "ab/7/"),
            (f"^(?:(?P<{name}>[0-9]+)/)?$", ""),
            (f"^(?:(?P<{name}>[0-9]+)/)?$", "7/"),
            (f"^hello(?P<{name}>.*)$", "hello/a/b"),
            ("^a|b$", "xb"),
            (f"^(?P<{name}>a|ab)/?$", "ab"),
            ("^.{2,4}/$", "abc/"),
            (r"^files/[^/]+\.txt$", "files/b.txt"),
        )
        if f"<{name}>" in regex:
            used.add(name)
        return regex, text

    def extra(self, used):
        names = ["k", "extra", "z"]
        if self.odd and used:
            names += sorted(used)
        values = ["v", "", 3, True, False, None, "ü", -7]
        if self.odd and self.chance(0.3):
            names, values = [*names, "a-b", "a b", "é", "", "0"], ODD_VALUES
        return {self.rng.choice(names): self.rng.choice(values) for _ in range(self.pick(0, 1, 1, 1, 1, 2))}

    def route(self, used, depth):
        """A route, and a text that it matches, mostly."""
        # An inner part may capture what an outer one has captured already.
        used = set() if self.odd and self.chance(0.2) else set(used)
        is_path = self.chance(0.75)
        made, text = self.pattern(used) if is_path else self.regex(used)
        route = {"path" if is_path else "re_path": made}
        if depth < 3 and self.chance(0.2):
            if not is_path and made.endswith("$") and self.chance(0.8):
                route["re_path"] = made.removesuffix("$")
            children = [self.route(used, depth + 1) for _ in range(self.pick(0, 1, 2, 3))]
            route["include"] = [child for child, _ in children]
            if children:
                text += self.rng.choice(children)[1]
        else:
            route["view"] = self.rng.choice(self.views)
        if self.chance(0.15):
            route["kwargs"] = self.extra(used)
        return route, text

    def urlconf(self):
        if self.chance(0.06):
            return []
        made = [self.route((), 0) for _ in range(self.pick(1, 2, 3, 4, 5, 6))]
        self.texts += [text for _, text in made]
        return [route for route, _ in made]

    # ---- middleware

    def layer(self, name, p):
        m = {"name": name}
        if self.chance(0.3):
            m["style"] = "mixin"
        if self.chance(0.75):
            m["mode"] = self.pick("sync", "async", "both")
        r = self.rng.random()
        if r < 0.06:
            m["init"] = self.pick("not_used", "not_used:off", "not_used:only for: staff", "not_used:")
        elif r < 0.065:
            m["init"] = "none"
        elif r < 0.07:
            m["init"] = "raise:" + self.kind(0.1)
        elif r < 0.1:
            m["init"] = "ok"
        if "alt" in self.names and self.chance(0.12):
            m["request"] = "urlconf:" + self.rng.choice(self.names)
        elif self.chance(0.3):
            m["request"] = self.may_answer(1 - p)
        if self.chance(0.3):
            m["response"] = self.may_answer(1 - p)
        for hook, often in (("view", 0.4), ("exception", 0.4), ("template", 0.5)):
            if self.chance(often):
                m[hook] = self.may_answer(1 - 2 * p, 0.3 if hook != "view" else 0.5)
        if "template" in m and self.chance(0.03):
            m["template"] = "none"
        if self.chance(0.4):
            m["hooks"] = self.pick("sync", "async", "async")
        return m

    # ---- the whole

    def path(self):
        r = self.rng.random()
        if self.texts and r < 0.75:
            path = "/" + self.rng.choice(self.texts)
        elif r < 0.8:
            path = "/"
        else:
            path = "/" + "".join(self.word() + "/" for _ in range(self.pick(1, 1, 2, 3)))
        r = self.rng.random()
        if r < 0.03:
            path = path.rstrip("/") or "/"
        elif r < 0.05:
            path = "/" + path
        elif r < 0.07:
            path += self.word()
        if self.odd:
            r = self.rng.random()
            if r < 0.1:
                path += self.rng.choice(ODD_TEXT)
            elif r < 0.12:
                path += "x" * self.pick(255, 4096, 70000)
            elif r < 0.14:
                path += "/".join(["a"] * self.pick(100, 2000)) + "/"
            elif r < 0.16:
                path += "\n"
        return path

    def request(self):
        request = {"path": self.path()}
        if self.chance(0.5):
            request["method"] = self.rng.choice(METHODS)
        if self.chance(0.2):
            request["query"] = self.pick("a=1", "a=1&b=2&a=%C3%A9", "q", "%", "a=%FF")
        if self.chance(0.2):
            request["headers"] = self.pick(
                {"Accept": "text/html"}, {"X-Requested-With": "XMLHttpRequest"},
                {"Host": "example.com", "Cookie": "a=1; b=2"}, {"Content-Type": "text/plain; charset=latin-1"},
            )  # fmt: skip
        if self.chance(0.2):
            request["body"] = self.pick("", "a=1", "hello", "é", "x" * 3000)
        if self.odd and self.chance(0.2):
            request["method"] = self.rng.choice(ODD_METHODS)
        if self.odd and self.chance(0.3):
            names = self.rng.sample(list(ODD_HEADERS), self.pick(1, 2, 3, 5))
            request["headers"] = {name: self.rng.choice(ODD_HEADERS[name]) for name in names}
        if self.odd and self.chance(0.2):
            request["query"] = self.pick("&", "=", "a=b;c=d", "é=ü", "%FF%00", "a" * 3000, "?", "#x", "日本")
        return request

    def scenario(self, name):
        s = {"name": name}
        if self.chance(0.55):
            s["mode"] = "asgi" if self.chance(0.9) else "wsgi"
        wanted = {}
        if self.chance(0.15):
            wanted["DEBUG"] = True
        if self.chance(0.12):
            wanted["DEBUG_PROPAGATE_EXCEPTIONS"] = True
        if self.chance(0.35):
            aliases = self.pick(["default"], ["other"], ["default", "other"], ["other", "default"])
            wanted["ATOMIC_REQUESTS"] = {a: self.chance(0.9) for a in aliases}
        if wanted:
            s["settings"] = wanted
        self.texts, self.broken = [], False
        self.names = ["root", "alt", "third"][: self.pick(1, 1, 2, 3)]
        self.views = ["home", "detail", "extra", "last"][: self.pick(1, 2, 3, 4)]
        if self.odd and self.chance(0.3):
            self.views = [v + self.rng.choice(ODD_NAMES) for v in self.views]
        # Most layers of a long stack have to let things pass, or nothing but
        # the outermost would ever be tried.
        depth = self.pick(0, 1, 2, 3, 4, 5, 6, 7, 8)
        p = self.pick(0, 0.02, 0.05, 0.1, 0.2)
        letters = list("ABCDEFGH")
        if self.odd and self.chance(0.3):
            letters = self.rng.sample(["process", "Class", "x1", "_y", *ODD_NAMES], 8)
        s["middleware"] = [self.layer(letters[i], p) for i in range(depth)]
        s["urlconfs"] = {name: self.urlconf() for name in self.names}
        s["views"] = {name: self.view() for name in self.views}
        if self.chance(0.4):
            s["error_views"] = {}
            for code in ("400", "403", "404", "500"):
                if self.chance(0.5):
                    action = f"respond:{code}" if self.chance(0.4) else self.answer(0.3)
                    if self.odd and self.chance(0.1):
                        action = self.pick("none", "coroutine")
                    s["error_views"][code] = action
        s["request"] = self.request()
        if self.broken:
            # A technical page looks for the URLconf, too, and Django's fails.
            wanted.pop("DEBUG", None)
        return s


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--odd", action="store_true", help="also what one rarely meets")
    args = parser.parse_args()
    for number in range(args.count):
        # A seed for each, so that any of them can be made alone.
        name = f"{'odd' if args.odd else 'random'} {args.seed}.{number}"
        print(json.dumps(Maker(random.Random(name), args.odd).scenario(name)))


if __name__ == "__main__":
    main()
