"""A stand-in for the Hub on this machine: the few endpoints that a commit needs, over HTTP, with the real client.

It shows what our code asks of the client and what is sent twice, not what the Hub itself does: Xet, quotas, validation
and access rights are not here. Files for LFS go over the older «basic» transfer, which the client takes without Xet.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

LFS = (".parquet", ".png")


class Hub:
    """One dataset repository; `files` is its head, `objects` its LFS store, `put` how often an object was sent."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {".gitattributes": b"*.parquet filter=lfs\n"}
        self.objects: dict[str, bytes] = {}
        self.commits: list[tuple[str, int]] = []
        self.put = 0
        self.fails_after: int | None = None
        self._lock = threading.Lock()
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Hub:
        hub = self

        class Handler(_Handler):
            owner = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._patch.setattr(huggingface_hub.constants, "ENDPOINT", self.address)
        self._patch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        self._patch.setenv("HF_TOKEN", "hf_of_nobody")
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
        self._server.shutdown()
        self._server.server_close()

    def save(self, folder: Path) -> None:
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def store(self, oid: str, content: bytes) -> bool:
        with self._lock:
            if self.fails_after is not None and len(self.objects) >= self.fails_after:
                return False
            assert hashlib.sha256(content).hexdigest() == oid
            self.objects[oid] = content
            self.put += 1
            return True

    def commit(self, lines: list[dict[str, Any]]) -> None:
        head = dict(self.files)
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                head[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                head[value["path"]] = self.objects[value["oid"]]
            else:
                del head[value["path"]]
        self.files = head
        self.commits.append((lines[0]["value"]["summary"], len(lines) - 1))


class _Handler(BaseHTTPRequestHandler):
    owner: Hub

    def _answer(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if "/tree/main" in self.path:
            self._answer(
                [{"type": "file", "path": n, "size": len(c), "oid": "0" * 40} for n, c in self.owner.files.items()]
            )
        else:
            self._answer({"id": "org/corpus", "sha": "0" * 40, "siblings": []})

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        stored = self.owner.store(self.path.rsplit("/", 1)[1], content)
        self._answer({}, 200 if stored else 403)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hub = self.owner
        if self.path == "/api/repos/create":
            self._answer({"url": f"{hub.address}/datasets/org/corpus", "id": "org/corpus"})
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = [entry["path"] for entry in json.loads(body)["files"]]
            modes = [{"path": p, "uploadMode": "lfs" if p.endswith(LFS) else "regular"} for p in files]
            self._answer({"files": [{**mode, "shouldIgnore": False, "oid": None} for mode in modes]})
        elif self.path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            upload = {o["oid"]: {"upload": {"href": f"{hub.address}/lfs/{o['oid']}"}} for o in objects}
            told = [o if o["oid"] in hub.objects else {**o, "actions": upload[o["oid"]]} for o in objects]
            self._answer({"transfer": "basic", "objects": told})
        elif "/commit/" in self.path:
            hub.commit([json.loads(line) for line in body.splitlines() if line.strip()])
            self._answer({"commitUrl": f"{hub.address}/datasets/org/corpus/commit/1", "commitOid": "1" * 40})
        else:
            self._answer({"error": self.path}, 404)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
