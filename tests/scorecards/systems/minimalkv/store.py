"""minimalkv with its store of files. Its keys are ASCII, of letters, digits and some symbols, and 250 bytes at most. It refuses
others by a ValueError, but for those that are too long."""

import os

import keys
from minimalkv.fs import FilesystemStore
from value_store import InvalidKey, serve


MAX_KEY_LEN = 250


def text(key):
    if len(key) > MAX_KEY_LEN:
        raise InvalidKey(f"longer than {MAX_KEY_LEN} bytes")
    return keys.text(key)


class Store:
    def __init__(self):
        self.store = FilesystemStore(os.environ["VALUE_STORE_DIR"])

    def put(self, key, value, options):
        try:
            self.store.put(text(key), value)
        except ValueError as error:
            raise InvalidKey(str(error)) from error

    def get(self, key, options):
        try:
            return self.store.get(text(key))
        except ValueError as error:
            raise InvalidKey(str(error)) from error
        except KeyError:
            return None


serve(Store())
