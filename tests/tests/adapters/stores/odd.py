"""Two stores that fail as the key says. Of a call with the option `count`, they return what they were given."""
import os
import pathlib
import threading

from value_store import InvalidKey, InvalidValue, NotFound, serve

ERRORS = {
    b"not found": NotFound(),
    b"timeout": TimeoutError(),
    b"invalid key": InvalidKey("odd"),
    b"invalid value": InvalidValue("odd"),
    b"another error": RuntimeError("odd"),
}


class Store:
    def __init__(self, name):
        self.name = name

    def put(self, key, value, options):
        raise ERRORS[key]

    def get(self, key, options):
        if "count" in options:
            return key + f" {options['count'] + 1} {options['text']} {options['timeout']:.0f}".encode()
        if key == b"no bytes":
            return 5
        if key == b"name":
            return self.name.encode()
        if key == b"hang":
            threading.Event().wait()
        raise ERRORS[key]

    def close(self):
        pathlib.Path(os.environ["VALUE_STORE_DIR"], self.name).write_text("closed")


serve(Store("first"), Store("second"))
