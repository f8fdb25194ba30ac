"""ZODB with FileStorage, and a B-tree of bytes. A connection is of one thread, so calls take turns."""

import os
from threading import Lock

import transaction
import ZODB
from BTrees.OOBTree import OOBTree
from value_store import serve


class Store:
    def __init__(self):
        self.lock = Lock()
        self.db = ZODB.DB(os.path.join(os.environ["VALUE_STORE_DIR"], "Data.fs"))
        self.transactions = transaction.TransactionManager(explicit=True)
        self.connection = self.db.open(self.transactions)
        with self.transactions:
            self.connection.root().setdefault("store", OOBTree())

    def put(self, key, value, options):
        with self.lock, self.transactions:
            self.connection.root()["store"][key] = value

    def get(self, key, options):
        with self.lock, self.transactions:
            return self.connection.root()["store"].get(key)

    def close(self):
        self.connection.close()
        self.db.close()


serve(Store())
