"""sqlitedict, a dictionary on SQLite for several threads. `commit` is to "persist all data to disk". Its keys are text."""

import os

from keys import text
from sqlitedict import SqliteDict
from value_store import serve


class Store:
    def __init__(self):
        self.db = SqliteDict(os.path.join(os.environ["VALUE_STORE_DIR"], "store.sqlite"))

    def put(self, key, value, options):
        self.db[text(key)] = value
        self.db.commit()

    def get(self, key, options):
        return self.db.get(text(key))

    def close(self):
        self.db.close()


serve(Store())
