"""The benchmark "typical" on the real Django, for comparison: the same seven
layers, sixty routes, cookie and kilobyte of JSON, through WSGIHandler with a
start_response that keeps nothing.

    PYTHONPATH=/path/to/django python3 django_typical.py

prints the median of several runs, in nanoseconds a request.
"""

import io
import logging
import statistics
import sys
import time

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path

ADA = object()
DOCUMENT = b'{"items": "' + b"x" * (1024 - 13) + b'"}'


def pass_on(get_response):
    def middleware(request):
        return get_response(request)

    return middleware


def set_header(name, value):
    def factory(get_response):
        def middleware(request):
            response = get_response(request)
            response[name] = value
            return response

        return middleware

    return factory


def set_value(get_response):
    def middleware(request):
        request.owner = ADA
        return get_response(request)

    return middleware


def read_cookie(get_response):
    def middleware(request):
        if request.COOKIES.get("session"):
            request.user = ADA
        return get_response(request)

    return middleware


nosniff = set_header("X-Content-Type-Options", "nosniff")
deny = set_header("X-Frame-Options", "DENY")
vary = set_header("Vary", "Cookie")


def detail(request, id):
    if id == 0:
        raise ValueError("no id")
    return HttpResponse(DOCUMENT, content_type="application/json")


urlpatterns = [path(f"api/v1/resource{i}/<int:id>/", detail) for i in range(60)]


def environ():
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/v1/resource42/17/",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "example.com",
        "HTTP_COOKIE": "session=abcdef0123456789",
        "HTTP_ACCEPT": "application/json",
        "HTTP_USER_AGENT": "bench",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }


def main():
    name = __name__
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=name,
        MIDDLEWARE=[f"{name}.{layer}" for layer in ("pass_on", "nosniff", "set_value", "deny", "read_cookie", "vary", "pass_on")],
    )
    django.setup()
    logging.disable(logging.CRITICAL)
    application = WSGIHandler()

    def once():
        status = []
        response = application(environ(), lambda line, headers, exc_info=None: status.append(line))
        body = b"".join(response)
        response.close()
        return status[0], body

    answer = once()
    if answer != ("200 OK", DOCUMENT):
        sys.exit(f"Django answers {answer}")
    runs, count = [], 5000
    for _ in range(7):
        start = time.perf_counter_ns()
        for _ in range(count):
            once()
        runs.append((time.perf_counter_ns() - start) / count)
    print(f"Django {django.get_version()}, Python {sys.version.split()[0]}: {statistics.median(runs):.0f} ns a request")


if __name__ == "__main__":
    main()
