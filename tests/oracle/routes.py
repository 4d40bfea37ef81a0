#!/usr/bin/env python3
"""Puts the probes of URLs to the real Django.

    python routes.py < urls.jsonl > urls.django.jsonl

A probe of kind resolve or reverse is a URLconf and a question about it, as
data, one JSON object a line. Probes of other kinds are passed over.
"""

import json
import re
import sys
import uuid
import warnings

from django.conf import settings

settings.configure(ROOT_URLCONF="none")
warnings.simplefilter("ignore")

from django.urls import Resolver404, base, include, path, re_path
from django.urls.resolvers import RegexPattern, URLResolver


class Routes:
    """The URLconf of one probe."""

    def __init__(self, routes):
        self.views = {}
        self.resolver = URLResolver(RegexPattern(r"^/"), self.patterns(routes))

    def view(self, name):
        """A name is the same function wherever it stands."""
        if name not in self.views:
            def view(request, *args, **kwargs):
                pass

            view.__module__, view.__name__, view.__qualname__ = "views", name, name
            self.views[name] = view
        return self.views[name]

    def patterns(self, routes):
        patterns = []
        for route in routes:
            make, text = (path, route["path"]) if "path" in route else (re_path, route["re_path"])
            if "include" in route:
                included = self.patterns(route["include"])
                if route.get("app_name"):
                    included = (included, route["app_name"])
                target = include(included, namespace=route.get("namespace"))
                patterns.append(make(text, target, route.get("kwargs")))
            else:
                view = self.view(route.get("view", "view"))
                patterns.append(make(text, view, route.get("kwargs"), route.get("name")))
        return patterns


def typed(value):
    if value is None:
        return None
    for kind in (bool, int, uuid.UUID):  # True is an int, too
        if isinstance(value, kind):
            return {kind.__name__.lower(): str(value) if kind is uuid.UUID else value}
    return {"str": value}


def objects(values):
    return {name: typed(value) for name, value in values.items()}


def chains(tried):
    return None if tried is None else [[str(p.pattern) for p in chain] for chain in tried]


def resolve(probe):
    try:
        match = Routes(probe["routes"]).resolver.resolve(probe["path"])
    except Resolver404 as error:
        told = error.args[0]
        return {"raised": "Resolver404", "path": told["path"], "tried": chains(told.get("tried"))}
    return {
        "view": match.func.__name__,
        "args": [typed(value) for value in match.args],
        "kwargs": objects(match.kwargs),
        "captured_kwargs": objects(match.captured_kwargs),
        "extra_kwargs": objects(match.extra_kwargs),
        "url_name": match.url_name,
        "view_name": match.view_name,
        "app_names": match.app_names,
        "namespaces": match.namespaces,
        "route": match.route,
        "tried": chains(match.tried),
    }


def argument(value):
    return uuid.UUID(value["uuid"]) if isinstance(value, dict) else value


def reverse(probe):
    routes = Routes(probe["routes"])
    name = probe["viewname"]
    if isinstance(name, dict):
        name = routes.view(name["view"])
    base.get_resolver = lambda urlconf=None: routes.resolver
    base.set_script_prefix(probe.get("script_prefix", "/"))
    query = probe.get("query")
    return {"url": base.reverse(
        name,
        args=[argument(value) for value in probe.get("args", [])],
        kwargs={key: argument(value) for key, value in probe.get("kwargs", {}).items()},
        current_app=probe.get("current_app"),
        query=None if query is None else {key: value for key, value in query},
        fragment=probe.get("fragment"),
    )}


def told(error):
    """The kind of an error, and the message where it is part of the answer."""
    kind, message = type(error).__name__, str(error)
    if kind == "NoReverseMatch":
        tried = re.search(r"\d+ pattern\(s\) tried", message)
        return f"{kind}: {tried[0] if tried else message}"
    if kind == "TypeError" or message.startswith("Don't mix"):
        return f"{kind}: {message}"
    return kind


def main():
    kinds = {"resolve": resolve, "reverse": reverse}
    for line in sys.stdin:
        probe = json.loads(line)
        if probe["kind"] in kinds:
            result = {"name": probe["name"], "kind": probe["kind"]}
            try:
                result |= kinds[probe["kind"]](probe)
            except Exception as error:
                result["raised"] = told(error)
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
