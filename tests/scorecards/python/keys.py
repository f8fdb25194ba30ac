"""What the stores whose keys are text have in common."""

from value_store import InvalidKey


def text(key: bytes) -> str:
    """A key as text. Bytes that are no text cannot be a key of such a store."""
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise InvalidKey(f"keys are text: {error}") from error
