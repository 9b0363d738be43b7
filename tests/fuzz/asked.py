"""Requests for an application's own routes: the method, path and body that one asks for, or nearly.

Any bytes seldom come past a router. These are made of the application's table of routes and of what
it says of its parameters and bodies; what it does not describe (forms, bodies that it reads by
hand) is taken from requests that are known.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.fuzz.mutate import CUT, VALUES, swapped

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "BREW")
#: What stands for a part of a path, now and then.
_CROOKED = (
    *("..%2fgate", "%2e%2e", "yard%00", "%0d%0aset-cookie:a=b", "yard%252f..%252fgate", ".", ""),
    *("a" * 300, "%ff", "%c0%ae", "-1", "0", "9" * 30, "'; drop table incidents; --", "\u202e"),
)
_HEADERS = (
    *(b"range: bytes=0-1,5-", b"if-none-match: *", b"last-event-id: 1", b"accept: */*;q=x"),
    *(b"content-type: text/plain", b"content-length: 3", b"transfer-encoding: chunked"),
    *(b"origin: https://elsewhere.test", b"cookie: a=b; a=c", b"host: elsewhere.test"),
    *(b"x-csrf-token: 0", b"authorization: Bearer hs_" + b"A" * 43, b"accept-language: \xff"),
)
#: So often something is not as the application asks for it.
_ODD = 0.08
#: So many of the requests that are known are changed before they are asked.
_CHANGED = 0.7


@dataclass(frozen=True)
class Route:
    """One method of one path, with what is known of it.

    Attributes:
        method: in capitals.
        path: with ``{name}`` for what varies.
        query: schemas of its parameters, by name.
        body: schema of its JSON; None: it describes none.
        known: whole requests for it.
    """

    method: str
    path: str
    query: Mapping[str, Any]
    body: Any
    known: Sequence[bytes]

    @property
    def described(self) -> bool:
        """Whether more is known of it than from requests."""
        return self.body is not None or bool(self.query)


class Asked:
    """Makes requests for an application.

    Args:
        app: whose routes they are for.
        description: what it says of them (OpenAPI); empty: nothing.
        words: what may stand for each ``{name}`` in a path, and for a field of that name.
        known: requests that it accepts.
        people: who may ask; a request names one in its header ``as``.
    """

    def __init__(
        self,
        app: FastAPI,
        description: Mapping[str, Any],
        words: Mapping[str, Sequence[str]],
        known: Iterable[bytes],
        people: Sequence[str],
    ) -> None:
        self._words, self._people = words, people
        self._schemas = description.get("components", {}).get("schemas", {})
        known = list(known)
        self.routes = [
            _route(method, context.path or "", description, known)
            for context in iter_route_contexts(app.routes)
            for method in sorted(context.methods or ("GET",))
        ]

    def anew(self, rng: random.Random, route: Route | None = None) -> bytes:
        """A request for one of the routes, or for the one that is given."""
        route = route or rng.choice(self.routes)
        if route.known and rng.random() < (0.2 if route.described else 0.7):
            known = rng.choice(route.known)
            return self.changed(known, rng) if rng.random() < _CHANGED else known
        path = re.sub(r"{(\w+)[^}]*}", lambda name: self._part(name[1], rng), route.path)
        query = urlencode(self._query(route.query, rng), doseq=True)
        headers = [f"as: {rng.choice(self._people)}".encode()]
        body = b""
        if route.body is not None:
            headers.append(b"content-type: application/json")
            body = json.dumps(self._value(route.body, rng)).encode()
        if rng.random() < _ODD:
            headers.append(rng.choice(_HEADERS))
        method = route.method if rng.random() > _ODD else rng.choice(METHODS)
        target = f"{path}?{query}" if query else path
        return CUT.join((method.encode(), target.encode(), b"\n".join(headers), body))

    def changed(self, request: bytes, rng: random.Random) -> bytes:
        """The request with one thing changed: who asks, a part of its address, a value."""
        parts = (request.split(CUT, 3) + [b""] * 4)[:4]
        match rng.randrange(6):
            case 0:
                parts[2] = _as(parts[2], rng.choice(self._people))
            case 1:
                parts[2] += b"\n" + rng.choice(_HEADERS)
            case 2:
                path, mark, query = parts[1].partition(b"?")
                pieces = path.split(b"/")
                anything = [word for words in self._words.values() for word in words]
                chosen = rng.choice((*_CROOKED, *anything)).encode()
                pieces[rng.randrange(len(pieces))] = chosen
                parts[1] = b"/".join(pieces) + mark + query
            case 3:
                path, _, query = parts[1].partition(b"?")
                fields = [field for field in query.split(b"&") if field]
                name = rng.choice([field.partition(b"=")[0] for field in fields] or [b"at"])
                value = rng.choice((*_CROOKED, "1", "true", "nan", "-1", "1e400", "yard"))
                fields.append(name + b"=" + quote(value).encode())
                parts[1] = path + b"?" + b"&".join(fields[-8:])
            case _:
                parts[3] = swapped(parts[3], rng) or parts[3]
        return CUT.join(parts)

    def _part(self, name: str, rng: random.Random) -> str:
        if rng.random() < _ODD or name not in self._words:
            return rng.choice(_CROOKED)
        return rng.choice(self._words[name])

    def _query(self, schemas: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
        told = {}
        for name, schema in schemas.items():
            if rng.random() < 0.5:
                value = self._value(schema, rng, name)
                told[name] = "" if value is None else value
        return told

    # --- values of a schema -------------------------------------------------------------------

    def _value(self, schema: Any, rng: random.Random, name: str = "") -> Any:
        """A value that the schema allows; now and then another."""
        if rng.random() < _ODD or not isinstance(schema, dict):
            return copy.deepcopy(rng.choice(VALUES))
        if (reference := schema.get("$ref")) is not None:
            return self._value(self._schemas[reference.rpartition("/")[2]], rng, name)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._value(rng.choice(schema[several]), rng, name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        make: dict[str, Callable[[], Any]] = {
            "object": lambda: self._object(schema, rng),
            "array": lambda: [
                self._value(schema.get("items"), rng, name) for _ in range(rng.randrange(4))
            ],
            "string": lambda: self._text(schema, rng, name),
            "integer": lambda: round(_number(schema, rng)),
            "number": lambda: _number(schema, rng),
            "boolean": lambda: rng.random() < 0.5,
        }
        return make[schema["type"]]() if schema.get("type") in make else None

    def _object(self, schema: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
        must = schema.get("required", ())
        return {
            name: self._value(inner, rng, name)
            for name, inner in schema.get("properties", {}).items()
            if rng.random() < (0.98 if name in must else 0.5)
        }

    def _text(self, schema: Mapping[str, Any], rng: random.Random, name: str) -> str:
        several = self._words.get(name) or self._words.get(name.removesuffix("s"))
        if several and rng.random() < 0.8:
            return rng.choice(several)
        longest = min(schema.get("maxLength", 40), 5000)
        return rng.choice(("", "a", "a fire", "\u202e\x1b[2J", "é" * longest, "x" * (longest + 1)))


def _route(method: str, path: str, description: Any, known: Sequence[bytes]) -> Route:
    told = description.get("paths", {}).get(path, {}).get(method.lower(), {})
    inside = told.get("requestBody", {}).get("content", {})
    pattern = re.compile(
        "".join(
            (".*" if part.endswith(":path}") else "[^/]+") if part[:1] == "{" else re.escape(part)
            for part in re.split(r"({[^}]+})", path)
        )
    )
    own = []
    for request in known:
        its, target = [*request.split(CUT, 2), b""][:2]
        asked = target.partition(b"?")[0].decode("latin-1")
        if its.decode("latin-1") == method and pattern.fullmatch(asked):
            own.append(request)
    return Route(
        method,
        path,
        {
            one["name"]: one.get("schema")
            for one in told.get("parameters", ())
            if one["in"] == "query"
        },
        inside.get("application/json", {}).get("schema"),
        own,
    )


def _as(headers: bytes, who: str) -> bytes:
    rest = [line for line in headers.split(b"\n") if line and not line.startswith(b"as:")]
    return b"\n".join((f"as: {who}".encode(), *rest))


def _number(schema: Mapping[str, Any], rng: random.Random) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -10))
    most = schema.get("maximum", schema.get("exclusiveMaximum", least + 1e6))
    between = rng.uniform(least, most)
    return float(rng.choice((least, most, between, least + 1, between**0.5 if between > 0 else 0)))
