"""A map in memory."""
from value_store import serve


class Store:
    def __init__(self):
        self.values = {}

    def put(self, key, value, options):
        self.values[key] = value

    def get(self, key, options):
        return self.values.get(key)


serve(Store())
