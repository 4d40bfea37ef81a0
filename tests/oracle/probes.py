#!/usr/bin/env python3
"""Puts probes to the real Django and writes its answers down.

    python probes.py < probes.jsonl > recorded.jsonl

A probe is one small question, one JSON object a line: what a request says of
itself, what a QueryDict gives, which bytes a response puts on the wire, what a
path resolves to. Text that stands for bytes has one character, U+0000 to
U+00FF, for each of them, as PEP 3333 has it.
"""

import copy
import datetime
import email.utils
import gzip
import hashlib
import io
import json
import logging
import re
import sys
import time
import types
import uuid
import warnings

import django
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="no secret", LOGGING_CONFIG=None)
django.setup()

from django import http  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.http.cookie import parse_cookie  # noqa: E402
from django.middleware.clickjacking import XFrameOptionsMiddleware  # noqa: E402
from django.middleware.common import CommonMiddleware  # noqa: E402
from django.middleware.gzip import GZipMiddleware  # noqa: E402
from django.middleware.http import ConditionalGetMiddleware  # noqa: E402
from django.middleware.security import SecurityMiddleware  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.urls import Resolver404, clear_url_caches, get_resolver  # noqa: E402
from django.urls import include, path, re_path, reverse, set_script_prefix  # noqa: E402

MIDDLEWARE = {
    middleware.__name__: middleware
    for middleware in (
        SecurityMiddleware,
        CommonMiddleware,
        ConditionalGetMiddleware,
        GZipMiddleware,
        XFrameOptionsMiddleware,
    )
}

SETTINGS = """
    ALLOWED_HOSTS DEBUG USE_X_FORWARDED_HOST USE_X_FORWARDED_PORT
    SECURE_PROXY_SSL_HEADER FORCE_SCRIPT_NAME DATA_UPLOAD_MAX_MEMORY_SIZE
    DATA_UPLOAD_MAX_NUMBER_FIELDS DATA_UPLOAD_MAX_NUMBER_FILES
    FILE_UPLOAD_MAX_MEMORY_SIZE APPEND_SLASH PREPEND_WWW DISALLOWED_USER_AGENTS
    SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD
    SECURE_CONTENT_TYPE_NOSNIFF SECURE_SSL_REDIRECT SECURE_SSL_HOST
    SECURE_REDIRECT_EXEMPT SECURE_REFERRER_POLICY
    SECURE_CROSS_ORIGIN_OPENER_POLICY X_FRAME_OPTIONS
""".split()

# ---- what raises ---------------------------------------------------------

TOLD = """
    OSError RawPostDataException RequestDataTooBig TooManyFieldsSent
    TooManyFilesSent BadRequest DisallowedRedirect PermissionDenied RuntimeError
    AttributeError TypeError
""".split()
VALUE_ERRORS = (
    "HTTP status code must be an integer from 100 to 599.",
    "'headers' must not contain 'Content-Type' when the 'content_type' parameter"
    " is provided.",
    "'expires' and 'max_age' can't be used together.",
    'samesite must be "lax", "none", or "strict".',
    "Don't mix *args and **kwargs in call to reverse()!",
)


def raised(exc):
    """How an exception is told: the class, and what a port has to say too."""
    kind, message = type(exc).__name__, str(exc)
    if kind == "MultiPartParserError":
        message = message.partition(":")[0]
    elif kind == "NoReverseMatch":
        if found := re.search(r"\d+ pattern\(s\) tried", message):
            message = found[0]
    elif kind not in TOLD and not (kind == "ValueError" and message in VALUE_ERRORS):
        return kind
    return f"{kind}: {message}"


def ask(question):
    try:
        return question()
    except Exception as exc:
        return {"raised": raised(exc)}


def text_of(value):
    """Bytes as text, one character for each; all else as it is."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


# ---- requests ------------------------------------------------------------


def make_request(environ, body):
    whole = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        **environ,
        "wsgi.input": io.BytesIO(body.encode("latin-1")),
        "wsgi.errors": io.StringIO(),
    }
    return WSGIRequest({key: v for key, v in whole.items() if v is not None})


def lists(querydict):
    return [[key, values] for key, values in querydict.lists()]


def files(request):
    return [
        [field, [describe_file(file) for file in uploaded]]
        for field, uploaded in request.FILES.lists()
    ]


def describe_file(file):
    return {
        "filename": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "charset": text_of(file.charset),
        "extra": {k: text_of(v) for k, v in (file.content_type_extra or {}).items()},
        "sha256": hashlib.sha256(file.read()).hexdigest(),
    }


def take(request, step):
    """One step of access to what came with a request."""
    name, _, detail = step.partition(":")
    if name in ("GET", "POST"):
        return lists(getattr(request, name))
    if name == "FILES":
        return files(request)
    if name == "body":
        return text_of(request.body)
    if name == "read":
        return text_of(request.read(int(detail)) if detail else request.read())
    if name == "readline":
        return text_of(request.readline())
    if name == "encoding":
        request.encoding = detail
        return None
    raise NotImplementedError(step)


def probe_request(probe):
    request = make_request(probe.get("environ", {}), probe.get("body", ""))
    preferred = probe.get("preferred", [])
    return {
        "method": request.method,
        "path": request.path,
        "path_info": request.path_info,
        "script_name": request.META["SCRIPT_NAME"],
        "scheme": ask(lambda: request.scheme),
        "is_secure": ask(request.is_secure),
        "host": ask(request.get_host),
        "port": ask(request.get_port),
        "full_path": ask(request.get_full_path),
        "full_path_slash": ask(lambda: request.get_full_path(force_append_slash=True)),
        "full_path_info": ask(request.get_full_path_info),
        "absolute_uri": [
            ask(lambda: request.build_absolute_uri(location))
            for location in probe.get("locations", [None])
        ],
        "content_type": request.content_type,
        "content_params": request.content_params,
        "encoding": request.encoding,
        "GET": ask(lambda: lists(request.GET)),
        "GET_urlencode": ask(lambda: request.GET.urlencode()),
        "cookies": ask(lambda: request.COOKIES),
        "headers": ask(lambda: dict(request.headers)),
        "get_headers": [request.headers.get(n) for n in probe.get("get_headers", [])],
        "accepted_types": ask(lambda: [str(t) for t in request.accepted_types]),
        "accepts": [ask(lambda: request.accepts(t)) for t in probe.get("accepts", [])],
        "preferred_type": ask(lambda: request.get_preferred_type(preferred)),
        "access": [
            [step, ask(lambda: take(request, step))]
            for step in probe.get("access", ["POST", "FILES", "body"])
        ],
    }


def probe_multipart(probe):
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": probe["content_type"],
        "CONTENT_LENGTH": str(probe.get("content_length", len(probe.get("body", "")))),
    }
    request = make_request(environ, probe.get("body", ""))
    return {
        "POST": ask(lambda: lists(request.POST)),
        "FILES": ask(lambda: files(request)),
    }


def probe_cookie(probe):
    return {"cookies": parse_cookie(probe["header"])}


def probe_querydict(probe):
    q = http.QueryDict(
        probe.get("query", "").encode("latin-1"),
        mutable=probe.get("mutable", False),
        encoding=probe.get("encoding"),
    )

    def operate(name, *args):
        nonlocal q
        if name in ("get", "getlist", "setdefault", "setlistdefault", "pop", "urlencode"):
            return getattr(q, name)(*args)
        if name == "getitem":
            return q[args[0]]
        if name == "contains":
            return args[0] in q
        if name == "len":
            return len(q)
        if name in ("keys", "values"):
            return list(getattr(q, name)())
        if name in ("items", "lists"):
            return [list(pair) for pair in getattr(q, name)()]
        if name == "dict":
            return [list(pair) for pair in q.dict().items()]
        if name == "set":
            q[args[0]] = args[1]
        elif name == "delete":
            del q[args[0]]
        elif name in ("setlist", "appendlist", "clear"):
            getattr(q, name)(*args)
        elif name == "popitem":
            return list(q.popitem())
        elif name == "update":
            q.update([tuple(pair) for pair in args[0]])
        elif name == "update_querydict":
            q.update(http.QueryDict(args[0]))
        elif name == "copy":
            q = q.copy()
        elif name == "fromkeys":
            q = http.QueryDict.fromkeys(args[0], args[1], mutable=args[2])
        else:
            raise NotImplementedError(name)

    # The lists are those of the QueryDict, which later operations change.
    results = [copy.deepcopy(ask(lambda: operate(*op))) for op in probe["ops"]]
    return {"results": results, "lists": lists(q), "urlencode": ask(q.urlencode)}


# ---- responses -----------------------------------------------------------


class Iterable:
    """Content that can be closed."""

    def __init__(self, values):
        self.values, self.closes = values, 0

    def __iter__(self):
        return iter(self.values)

    def close(self):
        self.closes += 1


class File(io.BytesIO):
    closes = 0

    def close(self):
        self.closes += 1
        super().close()


class Maker:
    """Makes what a probe describes, and keeps what can be closed."""

    def __init__(self):
        self.closable = []

    def value(self, value):
        if isinstance(value, dict):
            return value["bytes"].encode("latin-1")
        return value

    def content(self, content):
        if isinstance(content, list):
            return iter([self.value(value) for value in content])
        if isinstance(content, dict) and "iter" in content:
            made = Iterable([self.value(value) for value in content["iter"]])
            self.closable.append(made)
            return made
        return self.value(content)

    def file(self, file):
        made = File(file["bytes"].encode("latin-1"))
        made.seek(file.get("position", 0))
        if "name" in file:
            made.name = file["name"]
        self.closable.append(made)
        return made

    def data(self, data):
        if isinstance(data, list):
            return [self.data(element) for element in data]
        if isinstance(data, dict):
            if "$datetime" in data:
                return datetime.datetime.fromisoformat(data["$datetime"])
            if "$uuid" in data:
                return uuid.UUID(data["$uuid"])
            return {key: self.data(value) for key, value in data.items()}
        return data

    def response(self, probe):
        args = dict(probe.get("args", {}))
        first = []
        for name, convert in (
            ("redirect_to", self.value),
            ("permitted_methods", list),
            ("data", self.data),
            ("file", self.file),
            ("streaming_content", self.content),
            ("content", self.content),
        ):
            if name in args:
                first.append(convert(args.pop(name)))
        if "headers" in args:
            args["headers"] = [(name, self.value(v)) for name, v in args["headers"]]
        if "separators" in args.get("json_dumps_params", {}):
            pair = tuple(args["json_dumps_params"]["separators"])
            args["json_dumps_params"] = {**args["json_dumps_params"], "separators": pair}
        return getattr(http, probe.get("class", "HttpResponse"))(*first, **args)

    def cookie(self, args):
        args = dict(args)
        if isinstance(args.get("expires"), dict):
            when = args["expires"]["datetime"]
            args["expires"] = datetime.datetime.fromisoformat(when)
        return args

    def operate(self, response, name, *args):
        if name == "set":
            response[args[0]] = self.value(args[1])
        elif name == "delete":
            del response[args[0]]
        elif name in ("get", "has_header"):
            return getattr(response, name)(*args)
        elif name == "getitem":
            return response[args[0]]
        elif name == "setdefault":
            return response.setdefault(args[0], self.value(args[1]))
        elif name == "items":
            return [list(pair) for pair in response.items()]
        elif name in ("set_cookie", "delete_cookie"):
            return getattr(response, name)(**self.cookie(args[0]))
        elif name == "write":
            return response.write(self.value(args[0]))
        elif name == "writelines":
            return response.writelines([self.value(value) for value in args[0]])
        elif name == "xframe_options_exempt":
            response.xframe_options_exempt = True
        elif name in ("content", "streaming_content") and args:
            setattr(response, name, self.content(args[0]))
        elif name in ("status_code", "reason_phrase", "charset") and args:
            setattr(response, name, args[0])
        elif name in ("getvalue", "tell", "readable", "seekable", "writable", "close"):
            return text_of(getattr(response, name)())
        elif name in """content text closed streaming url status_code reason_phrase
                        charset""".split():
            return text_of(getattr(response, name))
        else:
            raise NotImplementedError(name)

    def operate_all(self, response, probe):
        return [
            ask(lambda: self.operate(response, *op)) for op in probe.get("ops", [])
        ]


def hide_derived(name, value):
    """Writes <derived> for a date that Django has made of max_age."""
    found = re.search(r"expires=([^;]+)", value) if name == "Set-Cookie" else None
    age = re.search(r"Max-Age=(-?\d+)", value)
    if found and age:
        try:
            when = email.utils.parsedate_to_datetime(found[1]).timestamp()
        except ValueError:  # a text that was given
            return value
        if abs(when - time.time() - int(age[1])) < 5:
            return value.replace(found[1], "<derived>")
    return value


def probe_response(probe):
    maker = Maker()
    response = maker.response(probe)
    results = maker.operate_all(response, probe)

    urlconf = types.ModuleType("probed")
    urlconf.urlpatterns = [path("", lambda request: response)]
    started = []

    def start_response(status, headers, exc_info=None):
        started[:] = status, headers

    environ = make_request({}, "").environ
    with override_settings(ROOT_URLCONF=urlconf, MIDDLEWARE=[]):
        served = WSGIHandler()(environ, start_response)
        parts = []
        failed = ask(lambda: parts.extend(served))
        closes = [[made.closes for made in maker.closable]]
        closed = [response.closed]
        served.close()
    closes.append([made.closes for made in maker.closable])
    closed.append(response.closed)
    status, headers = started
    result = {
        "status": status,
        "headers": [[name, hide_derived(name, value)] for name, value in headers],
        "body": failed or text_of(b"".join(parts)),
    }
    if probe.get("class") == "StreamingHttpResponse":
        result["parts"] = [text_of(part) for part in parts]
    return {**result, "closed": closed, "closes": closes, "results": results}


# ---- URLs ----------------------------------------------------------------


class Views(dict):
    """The functions of a module views, made when they are named."""

    def __missing__(self, name):
        def view(request, *args, **kwargs):
            raise NotImplementedError

        view.__name__ = view.__qualname__ = name
        view.__module__ = "views"
        self[name] = view
        return view


def make_patterns(routes, views):
    patterns = []
    for route in routes:
        make = re_path if "re_path" in route else path
        pattern = route["re_path"] if "re_path" in route else route["path"]
        if "include" in route:
            children = make_patterns(route["include"], views)
            app_name = route.get("app_name")
            target = include(
                (children, app_name) if app_name else children, route.get("namespace")
            )
        else:
            target = views[route.get("view", "view")]
            if "should_append_slash" in route:
                target.should_append_slash = route["should_append_slash"]
        patterns.append(make(pattern, target, route.get("kwargs"), route.get("name")))
    return patterns


def make_urlconf(routes, views):
    clear_url_caches()
    urlconf = types.ModuleType("probed")
    urlconf.urlpatterns = make_patterns(routes, views)
    return urlconf


def typed(value):
    if value is None:
        return None
    if isinstance(value, uuid.UUID):
        return {"uuid": str(value)}
    return {type(value).__name__: value}


def typed_all(kwargs):
    return {name: typed(value) for name, value in kwargs.items()}


def chains(tried):
    if tried is None:
        return None
    return [[str(pattern.pattern) for pattern in chain] for chain in tried]


def probe_resolve(probe):
    urlconf = make_urlconf(probe["routes"], Views())
    try:
        match = get_resolver(urlconf).resolve(probe["path"])
    except Resolver404 as exc:
        told = exc.args[0]
        return {
            "raised": "Resolver404",
            "path": told["path"],
            "tried": chains(told.get("tried")),
        }
    return {
        "view": match.func.__name__,
        "args": [typed(value) for value in match.args],
        "kwargs": typed_all(match.kwargs),
        "captured_kwargs": typed_all(match.captured_kwargs),
        "extra_kwargs": typed_all(match.extra_kwargs),
        "url_name": match.url_name,
        "view_name": match.view_name,
        "app_names": match.app_names,
        "namespaces": match.namespaces,
        "route": match.route,
        "tried": chains(match.tried),
    }


def probe_reverse(probe):
    def argument(value):
        return uuid.UUID(value["uuid"]) if isinstance(value, dict) else value

    views = Views()
    urlconf = make_urlconf(probe["routes"], views)
    viewname = probe["viewname"]
    if isinstance(viewname, dict):
        viewname = views[viewname["view"]]
    options = {}
    if "args" in probe:
        options["args"] = [argument(value) for value in probe["args"]]
    if "kwargs" in probe:
        options["kwargs"] = {name: argument(v) for name, v in probe["kwargs"].items()}
    if "query" in probe:
        options["query"] = dict(probe["query"])
    for name in ("current_app", "fragment"):
        if name in probe:
            options[name] = probe[name]
    set_script_prefix(probe.get("script_prefix", "/"))
    try:
        return {"url": reverse(viewname, urlconf, **options)}
    finally:
        set_script_prefix("/")


def probe_middleware(probe):
    def view(request):
        maker = Maker()
        response = maker.response(probe["response"])
        maker.operate_all(response, probe["response"])
        return response

    urlconf = make_urlconf(probe.get("routes", [{"re_path": ""}]), Views())
    with override_settings(ROOT_URLCONF=urlconf):
        handler = view
        for name in reversed(probe["middleware"]):
            handler = MIDDLEWARE[name](handler)
        request = make_request(probe.get("environ", {}), probe.get("body", ""))
        response = handler(request)
        body = ask(lambda: b"".join(response))
    headers = [[name, value] for name, value in response.items()]
    for morsel in response.cookies.values():
        headers.append(["Set-Cookie", morsel.output(header="")])
    packed = isinstance(body, bytes) and body.startswith(b"\x1f\x8b")
    if packed:
        body = gzip.decompress(body)
        for header in headers:
            if header[0] == "Content-Length":
                header[1] = "<compressed>"
    return {
        "status": f"{response.status_code} {response.reason_phrase}",
        "headers": [[name, hide_derived(name, value)] for name, value in headers],
        "body": text_of(body),
        "gzip": packed,
    }


# ---- the run -------------------------------------------------------------


def run(probe):
    wanted = {n: v for n, v in probe.get("settings", {}).items() if n in SETTINGS}
    if wanted.get("SECURE_PROXY_SSL_HEADER") is not None:
        wanted["SECURE_PROXY_SSL_HEADER"] = tuple(wanted["SECURE_PROXY_SSL_HEADER"])
    if "DISALLOWED_USER_AGENTS" in wanted:
        agents = [re.compile(regex) for regex in wanted["DISALLOWED_USER_AGENTS"]]
        wanted["DISALLOWED_USER_AGENTS"] = agents
    answer = globals()["probe_" + probe["kind"]]
    with override_settings(**wanted):
        try:
            result = answer(probe)
        except NotImplementedError:
            raise
        except Exception as exc:
            result = {"raised": raised(exc)}
    return {"name": probe["name"], "kind": probe["kind"], **result}


def main():
    warnings.simplefilter("ignore")
    logging.disable()
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            result = run(json.loads(line))
        except Exception as exc:
            result = {"error": f"{type(exc).__name__}: {exc}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
