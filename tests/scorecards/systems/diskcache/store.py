"""DiskCache: SQLite, and a file for each value that is large. It is "thread-safe and process-safe"."""

import os

from diskcache import Cache
from value_store import serve


class Store:
    def __init__(self):
        # By default it evicts what is old when it has 1 GiB.
        self.cache = Cache(os.environ["VALUE_STORE_DIR"], eviction_policy="none")

    def put(self, key, value, options):
        if not self.cache.set(key, value):
            raise RuntimeError("set returned False")

    def get(self, key, options):
        return self.cache.get(key)

    def close(self):
        self.cache.close()


serve(Store())
