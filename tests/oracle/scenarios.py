#!/usr/bin/env python3
"""Runs scenarios through the real Django and writes down what happened.

    python scenarios.py < scenarios.jsonl > recorded.jsonl

A scenario is an application and one request to it, as data, one JSON object a
line. Django is used as a server uses it: settings, a WSGIHandler or an
ASGIHandler, an environ or a scope. Nothing of it is replaced. What is reported
comes from the scenario's own middleware, views and templates, and from what
Django offers to anybody who wants to look on: signals, loggers, and the
database, which tells of each statement it runs.
"""

import asyncio
import io
import json
import logging
import signal
import sys
import types
import warnings
from importlib.machinery import ModuleSpec

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="a scenario has no secrets",
    LOGGING_CONFIG=None,
    DATABASES={
        alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        for alias in ("default", "other")
    },
)
django.setup()

from asgiref.sync import iscoroutinefunction, markcoroutinefunction  # noqa: E402
from django.core import exceptions, signals  # noqa: E402
from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from django.http import Http404, HttpResponse, StreamingHttpResponse  # noqa: E402
from django.http.multipartparser import MultiPartParserError  # noqa: E402
from django.template.response import TemplateResponse  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.urls import clear_url_caches, include, path, re_path  # noqa: E402
from django.urls import set_script_prefix, set_urlconf  # noqa: E402
from django.utils.deprecation import MiddlewareMixin  # noqa: E402

LIMIT = 20  # seconds, for one scenario

KINDS = {
    kind.__name__: kind
    for kind in (
        Http404,
        exceptions.PermissionDenied,
        exceptions.SuspiciousOperation,
        exceptions.DisallowedHost,
        exceptions.BadRequest,
        MultiPartParserError,
        ValueError,
        TypeError,
        RuntimeError,
        SystemExit,
    )
}


# ---- looking on ----------------------------------------------------------

trace = []  # of the scenario that runs now; there is never more than one


def note(text):
    """Notes an event of the application.

    The ending tells whether it is async code that runs: such code, and no
    other, is run by an event loop of its own thread.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        trace.append(text)
    else:
        trace.append(text + " @loop")


class Log(logging.Handler):
    def emit(self, record):
        trace.append(f"log {record.name} {record.levelname} {record.getMessage()}")


for name in ("django.request", "django.security"):
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(Log())


def request_started(**kwargs):
    trace.append("signal request_started")


def request_finished(**kwargs):
    trace.append("signal request_finished")


def got_request_exception(**kwargs):
    trace.append("signal got_request_exception " + sys.exc_info()[0].__name__)


signals.request_started.connect(request_started)
signals.request_finished.connect(request_finished)
signals.got_request_exception.connect(got_request_exception)


def watch(connection, **kwargs):
    def statement(sql):
        verb = sql.split()[0].lower()
        if verb in ("begin", "commit", "rollback"):
            trace.append(f"atomic {verb} {connection.alias}")

    connection.connection.set_trace_callback(statement)


connection_created.connect(watch)


# ---- the application -----------------------------------------------------


class Template:
    """The template of an actor."""

    def __init__(self, actor, kind):
        self.actor, self.kind = actor, kind

    def render(self, context, request):
        note("render " + self.actor)
        if self.kind:
            raise KINDS[self.kind]("render " + self.actor)
        return "+".join(["template " + self.actor, *context.get("marks", [])])


def parts():
    for number in range(3):
        note(f"chunk {number}")
        yield f"part{number};"


async def nobody_awaits_it():
    pass


def act(actor, action, request=None):
    """Does what an action says where a response is wanted."""
    verb, _, detail = action.partition(":")
    if verb in ("pass", "none"):
        return None
    if verb == "raise":
        raise KINDS[detail](actor)
    if verb == "coroutine":
        return nobody_awaits_it()
    if verb == "respond":
        response = HttpResponse(actor, content_type="text/plain", status=int(detail))
    elif verb == "stream":
        response = StreamingHttpResponse(parts(), content_type="text/plain")
    elif verb == "template":
        status, _, kind = detail.partition(":")
        response = TemplateResponse(
            request, Template(actor, kind), {}, status=int(status)
        )
    else:
        raise Wrong(f"{actor}: there is no action {action!r}")
    response["X-Actor"] = actor
    return response


class Wrong(Exception):
    """Says what is wrong with a scenario."""


class Layer:
    """What a middleware does, whatever its style and mode."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.name = wanted["name"]

    def enter(self, request):
        note(f"{self.name} request")
        action = self.wanted.get("request", "pass")
        if action.startswith("urlconf:"):
            request.urlconf = URLCONF + action.partition(":")[2]
            return None
        return act(f"{self.name}.request", action, request)

    def leave(self, request, response):
        note(f"{self.name} response {response.status_code}")
        action = self.wanted.get("response", "pass")
        if action != "pass":
            return act(f"{self.name}.response", action, request)
        via = response.get("X-Via")
        response["X-Via"] = f"{via},{self.name}" if via else self.name
        return response

    def view(self, request, view_func, view_args, view_kwargs):
        # A view is a function, or an object with a class.
        name = getattr(view_func, "__name__", type(view_func).__name__)
        note(f"{self.name} process_view {name}")
        return act(f"{self.name}.view", self.wanted["view"], request)

    def exception(self, request, exception):
        note(f"{self.name} process_exception {type(exception).__name__}")
        return act(f"{self.name}.exception", self.wanted["exception"], request)

    def template(self, request, response):
        note(f"{self.name} process_template_response")
        if self.wanted["template"] != "pass":
            return act(f"{self.name}.template", self.wanted["template"], request)
        # What an inner hook put in its place may have no context to mark.
        context = getattr(response, "context_data", None)
        if context is not None:
            context.setdefault("marks", []).append(self.name)
        return response

    def hooks(self):
        """The methods that the handler looks for, of the kind wanted."""
        methods = {}
        for field, method, work in (
            ("view", "process_view", self.view),
            ("exception", "process_exception", self.exception),
            ("template", "process_template_response", self.template),
        ):
            if field in self.wanted:
                if self.wanted.get("hooks") == "async":
                    methods[method] = as_async_method(work)
                else:
                    methods[method] = as_method(work)
        return methods

    def called(self, get_response):
        """The class of a layer of style call, as sync code."""

        def __call__(self_, request):
            response = self.enter(request)
            if response is None:
                response = self.leave(request, get_response(request))
            return response

        return {"__call__": __call__}

    def called_async(self, get_response):
        """The same as async code."""

        def __init__(self_):
            markcoroutinefunction(self_)

        async def __call__(self_, request):
            response = self.enter(request)
            if response is None:
                response = self.leave(request, await get_response(request))
            return response

        return {"__init__": __init__, "__call__": __call__}

    def mixed_in(self):
        """The class of a layer of style mixin."""
        return {
            "process_request": as_method(self.enter),
            "process_response": as_method(self.leave),
        }

    def factory(self):
        wanted = self.wanted
        mode = wanted.get("mode", "sync")
        init, _, detail = wanted.get("init", "ok").partition(":")

        def make(get_response):
            note(f"init {self.name}")
            if init == "not_used":
                raise exceptions.MiddlewareNotUsed(*[detail] if detail else [])
            if init == "raise":
                raise KINDS[detail](f"{self.name}.init")
            if init == "none":
                return None
            if wanted.get("style") == "mixin":
                members = {**self.mixed_in(), **self.hooks()}
                return type(self.name, (MiddlewareMixin,), members)(get_response)
            runs_async = mode == "async" or (
                mode == "both" and iscoroutinefunction(get_response)
            )
            call = self.called_async if runs_async else self.called
            return type(self.name, (), {**call(get_response), **self.hooks()})()

        mixin = wanted.get("style") == "mixin"
        make.sync_capable = mixin or mode in ("sync", "both")
        make.async_capable = mixin or mode in ("async", "both")
        return make


def as_method(work):
    def method(self, *args):
        return work(*args)

    return method


def as_async_method(work):
    async def method(self, *args):
        return work(*args)

    return method


def make_view(name, wanted):
    def do(request, kwargs):
        pairs = [f"{key}={value}" for key, value in sorted(kwargs.items())]
        note(" ".join(["view", name, *pairs]))
        return act("view." + name, wanted.get("does", "respond:200"), request)

    if wanted.get("async"):

        async def view(request, *args, **kwargs):
            return do(request, kwargs)

    else:

        def view(request, *args, **kwargs):
            return do(request, kwargs)

    view.__name__ = view.__qualname__ = name
    view.__module__ = "scenario"
    if wanted.get("kind") == "class":
        function = view
        call = {"__call__": lambda self, *args, **kwargs: function(*args, **kwargs)}
        view = type(name, (), {**call, "__module__": "scenario"})()
        if wanted.get("async"):
            markcoroutinefunction(view)
    for alias in wanted.get("non_atomic", []):
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


def make_error_view(code, action):
    def view(request, exception=None):
        note(f"error_view {code}")
        return act(f"error.{code}", action, request)

    return view


URLCONF = "scenario_urlconf_"  # what the names of URLconfs begin with as modules


def make_routes(routes, views):
    patterns = []
    for route in routes:
        if "include" in route:
            target = include(make_routes(route["include"], views))
        else:
            target = views[route["view"]]
        make, pattern = (
            (re_path, route["re_path"]) if "re_path" in route else (path, route["path"])
        )
        patterns.append(make(pattern, target, route.get("kwargs")))
    return patterns


# ---- the run -------------------------------------------------------------


class Application:
    """The application of a scenario, while it is under a with."""

    def __init__(self, scenario):
        wanted = scenario.get("settings", {})
        atomic = wanted.get("ATOMIC_REQUESTS", {})
        for alias in ("default", "other"):
            connections.settings[alias]["ATOMIC_REQUESTS"] = atomic.get(alias, False)

        self.module = types.ModuleType("scenario")
        for middleware in scenario.get("middleware", []):
            setattr(self.module, middleware["name"], Layer(middleware).factory())
        self.urlconfs = scenario["urlconfs"]
        self.error_views = scenario.get("error_views", {})
        self.views = {name: make_view(name, v) for name, v in scenario["views"].items()}
        self.settings = override_settings(
            DEBUG=wanted.get("DEBUG", False),
            DEBUG_PROPAGATE_EXCEPTIONS=wanted.get("DEBUG_PROPAGATE_EXCEPTIONS", False),
            MIDDLEWARE=["scenario." + m["name"] for m in scenario.get("middleware", [])],
            ROOT_URLCONF=URLCONF + "root",
        )

    # URLconfs are modules which Django imports when it needs them first. Python
    # asks those in sys.meta_path for a module, and whom they name to fill it.

    def find_spec(self, name, path=None, target=None):
        if name.removeprefix(URLCONF) in self.urlconfs and name.startswith(URLCONF):
            return ModuleSpec(name, self)

    def create_module(self, spec):
        return None  # the usual

    def exec_module(self, module):
        routes = self.urlconfs[module.__name__.removeprefix(URLCONF)]
        for code, action in self.error_views.items():
            setattr(module, "handler" + code, make_error_view(code, action))
        module.urlpatterns = make_routes(routes, self.views)

    def __enter__(self):
        sys.modules["scenario"] = self.module
        sys.meta_path.insert(0, self)
        self.settings.enable()
        clear_url_caches()

    def __exit__(self, *exc_info):
        self.settings.disable()
        sys.meta_path.remove(self)
        for name in ["scenario", *(URLCONF + name for name in self.urlconfs)]:
            sys.modules.pop(name, None)
        # What SystemExit leaves behind in this thread, as no request ended.
        clear_url_caches()
        set_urlconf(None)
        set_script_prefix("/")


def serve_wsgi(wanted):
    handler = WSGIHandler()
    body = wanted.get("body", "").encode()
    environ = {
        "REQUEST_METHOD": wanted.get("method", "GET"),
        "SCRIPT_NAME": "",
        # PEP 3333: bytes, each as the character of that number.
        "PATH_INFO": wanted["path"].encode().decode("latin-1"),
        "QUERY_STRING": wanted.get("query", "").encode().decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in wanted.get("headers", {}).items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        environ[key] = value.encode().decode("latin-1")
    started = []

    def start_response(status, headers, exc_info=None):
        started[:] = status, headers

    response = handler(environ, start_response)
    try:
        content = b"".join(response)
    finally:
        response.close()
    status, headers = started
    return int(status.split()[0]), headers, content


def serve_asgi(wanted):
    handler = ASGIHandler()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": wanted.get("method", "GET"),
        "scheme": "http",
        "path": wanted["path"],
        "query_string": wanted.get("query", "").encode(),
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in wanted.get("headers", {}).items()
        ],
        "server": ("testserver", 80),
    }
    events = [
        {"type": "http.request", "body": wanted.get("body", "").encode()},
    ]
    sent = []

    async def receive():
        if events:
            return events.pop(0)
        # The client stays until it has its answer.
        await asyncio.get_running_loop().create_future()

    async def send(event):
        sent.append(event)

    asyncio.run(handler(scope, receive, send))
    start, *bodies = sent
    headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in start["headers"]]
    return start["status"], headers, b"".join(b.get("body", b"") for b in bodies)


def describe(status, headers, content):
    own = any(name == "X-Actor" for name, _ in headers)
    return {
        "status": status,
        "headers": sorted([k, v] for k, v in headers if own or k != "Content-Type"),
        "body": content.decode() if own else None,
    }


def run(scenario):
    """Gives the result of one scenario."""
    global trace
    trace = []
    serve = serve_asgi if scenario.get("mode") == "asgi" else serve_wsgi
    with Application(scenario):
        try:
            outcome = {"response": describe(*serve(scenario["request"]))}
        except TooLong:
            raise
        except BaseException as exc:  # SystemExit is one of them
            outcome = {"raised": f"{type(exc).__name__}: {exc}"}
    return {"name": scenario["name"], **outcome, "trace": trace}


class TooLong(BaseException):
    pass


def too_long(*args):
    raise TooLong


def main():
    warnings.simplefilter("ignore")  # such as a coroutine that nobody awaits
    logging.getLogger("asyncio").disabled = True
    signal.signal(signal.SIGALRM, too_long)
    for line in sys.stdin:
        if not line.strip():
            continue
        signal.alarm(LIMIT)
        try:
            result = run(json.loads(line))
        except TooLong:
            result = {"error": f"it took longer than {LIMIT} seconds"}
        except Exception as exc:
            result = {"error": f"{type(exc).__name__}: {exc}"}
        finally:
            signal.alarm(0)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
