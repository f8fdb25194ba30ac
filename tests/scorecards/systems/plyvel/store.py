"""LevelDB, by plyvel: "sync" is the setting that survives a crash of the system."""

import os

import plyvel
from value_store import serve


class Store:
    def __init__(self):
        self.db = plyvel.DB(os.environ["VALUE_STORE_DIR"], create_if_missing=True)

    def put(self, key, value, options):
        self.db.put(key, value, sync=True)

    def get(self, key, options):
        return self.db.get(key)

    def close(self):
        self.db.close()


serve(Store())
