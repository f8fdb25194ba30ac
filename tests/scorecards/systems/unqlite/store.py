"""UnQLite, "transactional (ACID)" and "thread-safe"."""

import os
from threading import Lock

from unqlite import UnQLite
from value_store import InvalidKey, serve


class Store:
    def __init__(self):
        self.db = UnQLite(os.path.join(os.environ["VALUE_STORE_DIR"], "store.db"))
        # What a commit commits is what was put by it, so a put and its commit are one.
        self.lock = Lock()

    def put(self, key, value, options):
        if not key:
            raise InvalidKey("it has no empty keys")
        # The transaction is rolled back if its commit fails.
        with self.lock, self.db.transaction():
            self.db[key] = value

    def get(self, key, options):
        if not key:
            return None
        with self.lock:
            try:
                return self.db[key]
            except KeyError:
                return None

    def close(self):
        self.db.close()


serve(Store())
