"""LMDB, by py-lmdb, as it is by default: each commit is synced."""

import os

import lmdb
from value_store import InvalidKey, serve


class Store:
    def __init__(self):
        self.environment = lmdb.open(os.environ["VALUE_STORE_DIR"], map_size=2**30)

    def put(self, key, value, options):
        try:
            with self.environment.begin(write=True) as transaction:
                transaction.put(key, value)
        except lmdb.BadValsizeError as error:
            raise InvalidKey(str(error)) from error

    def get(self, key, options):
        try:
            with self.environment.begin() as transaction:
                return transaction.get(key)
        except lmdb.BadValsizeError as error:
            raise InvalidKey(str(error)) from error

    def close(self):
        self.environment.close()


serve(Store())
