"""SQLite, by APSW, with its default journal. "EXTRA" is the setting for a loss of power that closely follows a commit."""

import os
from threading import Lock

import apsw
from value_store import serve


class Store:
    def __init__(self):
        self.db = apsw.Connection(os.path.join(os.environ["VALUE_STORE_DIR"], "store.db"))
        self.db.pragma("synchronous", "EXTRA")
        self.db.execute("CREATE TABLE IF NOT EXISTS store (key BLOB PRIMARY KEY, value BLOB)")
        # A connection is used by one thread at a time.
        self.lock = Lock()

    def put(self, key, value, options):
        with self.lock:
            self.db.execute("INSERT OR REPLACE INTO store VALUES (?, ?)", (key, value))

    def get(self, key, options):
        with self.lock:
            row = self.db.execute("SELECT value FROM store WHERE key = ?", (key,)).fetchone()
        return row and row[0]

    def close(self):
        self.db.close()


serve(Store())
