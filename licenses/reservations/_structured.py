"""HTTP structured-field dictionaries (RFC 9651, 3.2 and 4.2.2), which usage preferences are written in."""

from __future__ import annotations

import re

LIMIT = 16_384  # octets; RFC 9651 sets no limit, servers cap all headers together at about this much

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+\-.^_`|~:/]*")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,3})?")
_STRING = re.compile(r'"(?:[ !#-\[\]-~]|\\["\\])*"')
_BYTES = re.compile(r":[A-Za-z0-9+/=]*:")
_BOOLEAN = re.compile(r"\?[01]")
_DATE = re.compile(r"@-?[0-9]{1,15}")
_DISPLAY = re.compile(r'%"(?:[ !#$&-~]|%[0-9a-f]{2})*"')


class Token(str):
    """A bare word of a structured field, as distinct from a quoted string with the same letters."""

    __slots__ = ()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def done(self) -> bool:
        return self.at >= len(self.text)

    def skip(self, characters: str) -> None:
        while self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1

    def eat(self, character: str) -> bool:
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False

    def take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        return found[0]

    def key(self) -> str:
        key = self.take(_KEY)
        if key is None:
            raise ValueError(f"no key at {self.at}")
        return key

    def bare(self) -> object:
        """A bare item: Token, bool, or the text of any other type (no preference is written in those)."""
        token = self.take(_TOKEN)
        if token is not None:
            return Token(token)
        boolean = self.take(_BOOLEAN)
        if boolean is not None:
            return boolean == "?1"
        for pattern in (_STRING, _NUMBER, _BYTES, _DATE, _DISPLAY):
            text = self.take(pattern)
            if text is not None:
                return text
        raise ValueError(f"no value at {self.at}")

    def parameters(self) -> None:
        while self.eat(";"):
            self.skip(" ")
            self.key()
            if self.eat("="):
                self.bare()

    def item(self) -> object:
        if not self.eat("("):
            value = self.bare()
            self.parameters()
            return value
        members: list[object] = []
        while True:
            self.skip(" ")
            if self.eat(")"):
                self.parameters()
                return members
            members.append(self.bare())
            self.parameters()
            if not self.done() and self.text[self.at] not in " )":
                raise ValueError(f"no end of an inner list member at {self.at}")


def dictionary(text: str) -> dict[str, object]:
    """The members of a structured-field dictionary: key → Token, bool, list, or str for any other type; the last of two
    equal keys counts, parameters are read and dropped. Raises ValueError where the text is none or is over LIMIT."""
    if len(text) > LIMIT:
        raise ValueError("longer than what is read of it")
    reader = _Reader(text)
    members: dict[str, object] = {}
    reader.skip(" ")
    while not reader.done():
        key = reader.key()
        members.pop(key, None)
        if reader.eat("="):
            members[key] = reader.item()
        else:
            members[key] = True
            reader.parameters()
        reader.skip(" \t")
        if reader.done():
            break
        if not reader.eat(","):
            raise ValueError(f"no comma at {reader.at}")
        reader.skip(" \t")
        if reader.done():
            raise ValueError("a comma at the end")
    return members
