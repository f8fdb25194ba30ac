"""zict's File: a file for each key, which is text."""

import os

from keys import text
from value_store import serve
from zict import File


class Store:
    def __init__(self):
        self.files = File(os.environ["VALUE_STORE_DIR"])

    def put(self, key, value, options):
        self.files[text(key)] = value

    def get(self, key, options):
        value = self.files.get(text(key))
        return None if value is None else bytes(value)


serve(Store())
