"""semidbm: a log of keys and values. "You should call [sync] to guarantee that the data is written to disk.\""""

import os
from threading import Lock

import semidbm
from value_store import serve


class Store:
    def __init__(self):
        self.db = semidbm.open(os.environ["VALUE_STORE_DIR"], "c", verify_checksums=True)
        # It does not say that threads may share it.
        self.lock = Lock()

    def put(self, key, value, options):
        with self.lock:
            self.db[key] = value
            self.db.sync()

    def get(self, key, options):
        with self.lock:
            return self.db[key] if key in self.db else None

    def close(self):
        self.db.close()


serve(Store())
