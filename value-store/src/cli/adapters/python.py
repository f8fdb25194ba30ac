"""Puts a store in Python (3.9 or later) behind the HTTP protocol of value-store. Printed by `value-store adapter python`.
Save it as value_store.py, write a store.py like this one beside it, and run: value-store check --start 'python3 store.py'

    from value_store import serve
    class Store:
        def __init__(self):
            self.values = {}
        def put(self, key, value, options):
            self.values[key] = value
        def get(self, key, options):
            return self.values.get(key)
    serve(Store())

`key` and `value` are bytes. `get` returns bytes, or a pair of the peer that had them and the bytes, or None.
`options` is a dict, with the "timeout" in seconds if the call has one. Calls come on several threads at a time.
Raise NotFound, InvalidKey, InvalidValue or TimeoutError, or any other exception.
Keep files in the directory os.environ["VALUE_STORE_DIR"]. If the store has a method `close`, it is called at the end.
"""
import json
import os
import re
import sys
from base64 import b64encode, urlsafe_b64decode
from concurrent import futures
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import TIMEOUT_MAX, Thread
from urllib.parse import parse_qsl


class NotFound(Exception):
    pass


class InvalidKey(Exception):
    kind = "invalid key"


class InvalidValue(Exception):
    kind = "invalid value"


def serve(*stores):
    """Serves each store under a URL of its own, until standard input ends. Several stores are nodes of one network."""
    servers = [Server(("127.0.0.1", 0), Handler) for _ in stores]
    for server, server.store in zip(servers, stores):
        Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write("".join(f"http://127.0.0.1:{server.server_address[1]}\n" for server in servers))
    sys.stdout.flush()
    sys.stdin.buffer.read()
    for store in stores:
        getattr(store, "close", lambda: None)()
    os._exit(0)  # Without waiting for calls that hang.


class Server(ThreadingTCPServer):  # An HTTPServer would first look up the name of its address.
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # A client may go at any time.
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Keeps connections open.
    disable_nagle_algorithm, wbufsize = True, -1  # Sends an answer at once, and in one piece.

    def log_request(self, *_):
        """Not a line for each of thousands."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            peer, value = self.answer_to(body)
            status, answer = 200, {"ID": str(peer or ""), "Type": 5, "Responses": None, "Extra": b64encode(value).decode()}
        except Exception as error:
            status, answer = 500, {"Message": message_of(error), "Code": 0, "Type": "error"}
        line = json.dumps(answer).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(line)))
        self.end_headers()
        self.wfile.write(line)

    def answer_to(self, body):  # The peer and the value.
        path, _, query = self.path.partition("?")
        if path == "/api/v0/routing/put":  # The body is a form: the value, and then what the URL had no room for.
            _, *parts, end = (b"\r\n" + body).split(b"\r\n--" + self.headers.get_boundary().encode())
            if not parts or not end.startswith(b"--"):
                raise ValueError("the body of a put is multipart/form-data, and this one is not whole")
            value, body, *_ = [part.partition(b"\r\n\r\n")[2] for part in parts] + [b""]
        parameters = dict(parse_qsl(f"{query}&{body.decode()}", keep_blank_values=True))
        key, timeout = key_of(parameters.pop("arg")), parameters.pop("timeout", None)
        options = {name: option_of(text) for name, text in parameters.items()}
        if timeout is not None:
            options["timeout"] = timeout = seconds_of(timeout)
        if path.endswith("/put"):
            within(timeout, self.server.store.put, key, value, options)
            return "", b""
        found = within(timeout, self.server.store.get, key, options)
        if found is None:
            raise NotFound
        return found if isinstance(found, tuple) else ("", found)


def within(timeout, call, *arguments):  # On a thread of its own, so that a call that hangs is answered in time.
    return futures.ThreadPoolExecutor(1).submit(call, *arguments).result(timeout)


def key_of(text):  # As it is, or, if it is no text, as base64url after a prefix.
    return urlsafe_b64decode(text[12:] + "==") if text.startswith("/multibase/u") else text.encode()


def option_of(text):  # As JSON, or else as text.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def seconds_of(text):  # Such as 500ms or 1m30s, up to the longest that a thread can wait.
    units = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
    parts = re.findall("([0-9.]+)([a-zµ]+)", text)
    return min(sum(float(number) * units[unit] for number, unit in parts), TIMEOUT_MAX)


def message_of(error):  # By which the client tells what kind of error it is.
    if isinstance(error, NotFound):
        return "routing: not found"
    if isinstance(error, (TimeoutError, futures.TimeoutError)):
        return "context deadline exceeded"
    return f"{getattr(error, 'kind', type(error).__name__)}: {error}"
