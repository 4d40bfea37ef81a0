#!/usr/bin/env python3
"""Makes random probes out of given ones, always the same for the same seed.

    python vary.py SEED COUNT [KIND…] < probes.jsonl > varied.jsonl

A varied probe is one of the given, of which some fields are those of others of
its kind, and some texts are changed: pieces inserted, cut out, doubled, taken
from other texts. Left out is what no port should copy, since it is Python's and
not Django's, or an accident; the reasons stand where it is left out.
"""

import argparse
import collections
import copy
import json
import mimetypes
import random
import re
import sys

ODD = """é ü ß %41 %zz % %C3%A9 %E9 %00 & ; = + , / // . .. : @ ? # ' " < > [ ] { } ( ) | ^ ~ * ` $
    \\ \\" \\054 \\377 \\400 &amp; &#x41; &#0; &lt charset= boundary= name= filename= q=0.5 q=0 *=
    */* text/* http:// //e.com/ : ; \x00 \x01 \x7f \x1f \t \r \n \r\n \r\n\r\n -- --B \u00a0 \u00ad
    \x85 \xff \xc3\xa9 \xe2\x82 \xed\xa0\x80 \xf0\x9f\x98\x80 <int:n> <str:s> <path:p> <slug:g> <n> ٣
    日本 \u2028 \ufeff 😀 İ ı ſ K ǅ 0 -1 1e3 007 18446744073709551616 true None HEAD POST utf-8 latin-1 ascii
    gzip ;q=0 W/ "abc" Mozilla www. .com localhost [::1] 127.0.0.1 /a/ /b/c/ a=b&a=c a=1;b=2""".split(" ")
ODD = [piece.strip("\n") for piece in ODD if piece.strip("\n")] + [" ", "  ", ""]
WIRE = [piece for piece in ODD if all(ord(c) < 256 for c in piece)]
PYTHONS_LINES = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
KNOWN = {"utf-8", "utf8", "iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"}

# Texts that are not for changing: they select, or their syntax is Python's.
WHOLE = {
    "kind", "name", "class", "re_path", "middleware", "view", "app_name", "namespace",
    "ops", "access", "$datetime", "$uuid", "datetime", "uuid", "separators",
    "DISALLOWED_USER_AGENTS", "SECURE_REDIRECT_EXEMPT", "wsgi.url_scheme",
}  # fmt: skip


def leaves(value, path=()):
    """Gives each text with its place; places in lists do not count."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)


class Maker:
    def __init__(self, seed, probes):
        self.rng = random.Random(seed)
        self.kinds = collections.defaultdict(list)
        self.texts = collections.defaultdict(list)
        self.ops = collections.defaultdict(list)
        for probe in probes:
            self.kinds[probe["kind"]].append(probe)
            self.ops[probe["kind"], probe.get("class")] += probe.get("ops", [])
            for path, text in leaves(probe):
                self.texts[probe["kind"], path].append(text)

    def varied(self, text, wire, others):
        rng = self.rng
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 5])):
            i, j = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
            piece = rng.choice(WIRE if wire else ODD)
            match rng.randrange(7):
                case 0 | 1:
                    text = text[:i] + piece + text[i:]
                case 2:
                    text = text[:i] + text[min(j, i + 4) :]
                case 3:
                    text = text[:j] + text[i:]
                case 4:
                    text = text[:i] + piece + text[i + 1 :]
                case 5:
                    other = rng.choice(others)
                    k = rng.randint(0, len(other))
                    text = text[:i] + other[k : k + rng.randint(1, 20)] + text[j:]
                case 6:
                    text = text[:i] + text[i:j].swapcase() + text[j:]
        return text

    def change(self, value, kind, path, p, pair=False):
        rng = self.rng
        if isinstance(value, str):
            if rng.random() > p or (path and path[-1] in WHOLE and path[-1] != "ops"):
                return value
            others = self.texts[kind, path]
            if rng.random() < 0.3:
                return rng.choice(others)
            wire = kind in ("request", "multipart", "middleware") and path[0] in ("environ", "body", "content_type")
            wire = wire or path[-1] == "bytes" or path == ("query",)
            return self.varied(value, wire, others)
        if isinstance(value, dict):
            return {k: self.change(v, kind, (*path, k), p) for k, v in value.items()}
        if isinstance(value, list) and path and path[-1] == "ops" and value and isinstance(value[0], str):
            return [value[0], *(self.change(v, kind, path, p) for v in value[1:])]
        if isinstance(value, list):
            value = [self.change(v, kind, path, p, pair=True) for v in value]
            if value and not pair and rng.random() < p / 3 and path[-1] not in ("separators", "SECURE_PROXY_SSL_HEADER", "update"):
                i = rng.randrange(len(value))
                value[i:i] = copy.deepcopy(value[i : i + 1])
                rng.shuffle(value)
            return value
        return value

    def probe(self, kind):
        rng = self.rng
        probe = copy.deepcopy(rng.choice(self.kinds[kind]))
        for field in list(probe):
            if field in ("kind", "class", "args", "ops") or rng.random() > 0.3:
                continue
            other = rng.choice(self.kinds[kind])
            if field in other:
                probe[field] = copy.deepcopy(other[field])
        if "environ" in probe and rng.random() < 0.6:
            for key, value in rng.choice(self.kinds[kind]).get("environ", {}).items():
                if rng.random() < 0.4:
                    probe["environ"][key] = value
        ops = self.ops[kind, probe.get("class")]
        if ops and rng.random() < 0.7:
            probe["ops"] = copy.deepcopy([*probe.get("ops", []), *rng.choices(ops, k=rng.randint(1, 6))])
            rng.shuffle(probe["ops"])
        often = [0, 0, 0.03, 0.1] if "routes" in probe and kind != "middleware" else [0.05, 0.15, 0.4, 0.8]
        return self.change(probe, kind, (), rng.choice(often))


def control(text):
    return any(c < " " or "\x7f" <= c < "\xa0" for c in text)


def routes_ok(routes, kind, names=frozenset(), extra=frozenset()):
    for route in routes:
        literal = route.get("path", route.get("re_path", ""))
        here = re.findall(r"\(\?P<(\w+)>" if "re_path" in route else r"<(?:[^<>:]*:)?([^<>]*)>", literal)
        # A name twice along a chain is an error of Python's re, found late.
        if len(set(here)) < len(here) or kind == "reverse" and names & set(here):
            return False
        given = frozenset(route.get("kwargs", {}))
        if kind == "reverse" and ("%" in literal or (given | extra) & (names | set(here))):
            return False
        if not routes_ok(route.get("include", []), kind, names | set(here), extra | given):
            return False
    return True


def authority(url):
    return re.split("[/?#]", re.sub("^([A-Za-z][A-Za-z0-9+.-]*:)?//", "", url), maxsplit=1)[0]


def target_ok(url):
    # urlsplit strips the one and refuses the other, in each version otherwise;
    # and a scheme that begins with a digit was one once.
    return not re.match("[0-9][A-Za-z0-9+.-]*:", url) and not (url[:1] <= " " and url) and not control(url) and not set(authority(url)) & set("[]") and "\u2028" not in url


def response_ok(response):
    args, status = response.get("args", {}), 200
    status = args.get("status", 200)
    if not target_ok(str(args.get("redirect_to", ""))) or args.get("charset", "utf-8").lower() not in KNOWN:
        return False
    if status in (413, 414, 416, 422) and not args.get("reason"):
        return False  # whose reason phrases newer Pythons have changed
    for text in (str(args.get("reason", "")), *(op[1] for op in response.get("ops", []) if op[0] == "reason_phrase" and len(op) > 1)):
        if control(str(text)) or not str(text).isascii():
            return False
    values = [str(v) for pair in args.get("headers", []) for v in pair]
    for op in response.get("ops", []):
        if op[0] in ("set", "setdefault"):
            values += [str(v) for v in op[1:]]
        if op[0] == "status_code" and op[1:] and op[1] in (413, 414, 416, 422):
            return False
        if op[0] == "charset" and op[1:] and op[1].lower() not in KNOWN:
            return False
        if op[0] in ("set_cookie", "delete_cookie"):
            for key, value in op[1].items():
                if key in ("path", "domain", "expires") and isinstance(value, str) and (control(value) or max(value, default="") > "\xff"):
                    return False  # Django sends them as they are
                if key in ("value", "key") and isinstance(value, str) and max(value, default="") > "\xff":
                    return False
    values.append(str(args.get("content_type", "")))
    values += [str(method) for method in args.get("permitted_methods", [])]
    for value in values:
        # The MIME encoder of Python folds lines there.
        if any(c > "\xff" for c in value) and any(c in PYTHONS_LINES for c in value):
            return False
        for charset in re.findall(r"charset=\s*\"?([^;\"\s]*)", value, re.I):
            if charset.lower() not in KNOWN:
                return False
    names = str(args.get("filename", "")) + str((args.get("file") or {}).get("name", "") if isinstance(args.get("file"), dict) else "")
    if any(mimetypes.guess_type(name.strip())[0] and not re.search(r"(?i:\.(txt|html|css|csv|json|pdf|png|jpg|gif|svg|mp4|zip|tar|tgz))$|\.(gz|bz2|xz|br|Z)$", name)
           for name in (str(args.get("filename", "")), names)):
        return False  # a type that not every system knows
    return ":" not in names and "\ufeff" not in names and "/" not in names.rstrip("/")[-1:]


def environ_ok(probe):
    environ, settings = probe.get("environ", {}), probe.get("settings", {})
    for key, value in environ.items():
        if value is None:
            if key in ("REQUEST_METHOD", "SERVER_NAME"):
                return False
            continue
        if any(c > "\xff" for c in value):
            return False
        if key in ("SCRIPT_NAME", "SCRIPT_URL", "REDIRECT_URL") and value and not value.startswith("/"):
            return False
    if any(f"HTTP_{key}" in environ for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if key in environ):
        return False  # the later one of a dict wins
    length = environ.get("CONTENT_LENGTH") or ""
    if not re.fullmatch(r"-?[0-9]{0,9}|[a-z.]+[0-9]*", length) or len(length) > 9:
        return False  # what only Python takes for a number
    accept = str(environ.get("HTTP_ACCEPT") or "") + "".join(map(str, probe.get("accepts", []) + probe.get("preferred", [])))
    for q in re.findall(r"q\s*=([^;,]*)", accept, re.I):
        if not re.fullmatch(r"[ \"]*(-?[0-9]{0,6}(\.[0-9]{0,6})?|[a-hj-mo-z/*]*)[ \"]*", q):
            return False
    prefix = settings.get("FORCE_SCRIPT_NAME")
    if prefix and not prefix.startswith("/"):
        return False
    limit = settings.get("DATA_UPLOAD_MAX_NUMBER_FIELDS", 1000)
    charset = "charset" in str(environ.get("CONTENT_TYPE")).lower() or any(str(s).startswith("encoding:") for s in probe.get("access", []))
    if limit == 0 or limit is not None and limit < 1000 and charset:
        return False  # assigning an encoding parses GET, and fails with it
    if settings.get("PREPEND_WWW") and "[" in str(environ.get("HTTP_HOST")):
        return False
    return all(target_ok(location or "") for location in probe.get("locations", []))


def charsets_ok(text):
    for charset in re.findall(r"charset\s*\*?=\s*\"?([^;\"\s,]*)", text, re.I):
        if charset.lower() not in KNOWN | {"x", "nope", ""}:
            return False
    # RFC 2231 with an unknown charset is a LookupError.
    return all(c.lower() in ("utf-8", "iso-8859-1", "us-ascii") for c in re.findall(r"\*\s*=\s*\"?([^';]*)'", text))


def usable(probe):
    kind = probe["kind"]
    if any("\ud800" <= c <= "\udfff" for _, text in leaves(probe) for c in text):
        return False
    if any(len(text) > 20000 for _, text in leaves(probe)):
        return False
    for path, text in leaves(probe):
        if (path[-1] in ("bytes", "body") or path == ("query",)) and max(text, default="") > "\xff":
            return False
    if not re.fullmatch("[A-Za-z0-9_-]*", probe.get("encoding") or "") or not charsets_ok("charset=" + (probe.get("encoding") or "")):
        return False
    if not probe.get("script_prefix", "/").startswith("/"):
        return False
    if not routes_ok(probe.get("routes", []), kind):
        return False
    if kind in ("request", "middleware") and not environ_ok(probe):
        return False
    if kind in ("request", "multipart"):
        texts = [str(probe.get("body", "")), str(probe.get("content_type", "")), *map(str, probe.get("environ", {}).values())]
        if not all(map(charsets_ok, texts)) or not all(charsets_ok(str(t)) for t in probe.get("accepts", []) + probe.get("preferred", [])):
            return False
        if kind == "multipart" and any(c > "\xff" for text in texts for c in text):
            return False
    if kind == "middleware":
        if not response_ok(probe.get("response", {})):
            return False
        if any(set(text) & set(PYTHONS_LINES) for _, text in leaves(probe.get("settings", {}))):
            return False  # headers of middleware, as in response_ok
        layers = probe["middleware"]
        if "GZipMiddleware" in layers and "ConditionalGetMiddleware" in layers[: layers.index("GZipMiddleware")]:
            return False  # an ETag over a compressed body
    return kind != "response" or response_ok(probe)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("kinds", nargs="*")
    args = parser.parse_args()
    probes = [json.loads(line) for line in sys.stdin if line.strip()]
    maker = Maker(args.seed, probes)
    kinds = args.kinds or sorted(maker.kinds)
    made = 0
    while made < args.count:
        probe = maker.probe(kinds[made % len(kinds)])
        if usable(probe):
            probe["name"] = f"{probe['kind']} {args.seed}.{made}"
            print(json.dumps(probe))
            made += 1


if __name__ == "__main__":
    main()
