"""For other people's pipelines: a datatrove filter and a batched function for `datasets.Dataset.map`.

Both are thin over `licenses.inspect`: they add evidence, licence, decision and reason; what a pipeline does with a
record that is not kept is its own affair (the filter drops it, the function only says so).
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from datatrove.data import Document as TroveDocument
from datatrove.pipeline.filters.base_filter import BaseFilter

from licenses.inspection import Inspection, inspect
from licenses.model import Document, Policy
from pipeline.attempt import FAILED
from pipeline.config import load_policy

Media = Literal["text", "html", "xml"]
COLUMNS = ("rights_evidence", "rights_license", "rights_members", "rights_duties", "rights_decision", "rights_reason")


class DocumentsUnderPolicy(BaseFilter):  # type: ignore[misc, unused-ignore]
    """A datatrove filter that forwards the documents a policy keeps and drops the others with their reason.

    `media` says what `document.text` holds at this point of the pipeline (`html` straight from a WARC reader);
    statements are also looked for in the document's metadata (`license`, `rights`, `headers`, `robots`, `tdmrep` …).
    Adds `rights_*` to the metadata. `as_of` is an ISO date, the one clock of the run.
    """

    name = "⚖️ Documents under policy"

    def __init__(
        self,
        policy: str | Policy = "default",
        as_of: str | None = None,
        media: Media = "text",
        exclusion_writer: Any = None,
    ) -> None:
        super().__init__(exclusion_writer)
        self.policy = load_policy(policy) if isinstance(policy, str) else policy
        self.as_of = as_of or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        self.media = media

    def filter(self, doc: TroveDocument) -> bool | tuple[bool, str]:
        """True where the policy keeps the document, else False with the reason code. Never raises."""
        fields = {**(doc.metadata or {}), "id": doc.id, "text": None, self.media: doc.text}
        found = _columns(fields, self.policy, self.as_of)
        doc.metadata.update(found)
        if found["rights_decision"] == "keep":
            return True
        return False, str(found["rights_reason"])


def under_policy(
    policy: str | Policy = "default", as_of: str | None = None, columns: Mapping[str, str] | None = None
) -> Callable[[Mapping[str, Sequence[Any]]], dict[str, list[Any]]]:
    """A function for `dataset.map(…, batched=True)` that adds the `rights_*` columns to each row.

    `columns` maps our names (`html`, `xml`, `text`, `url`, `headers`, `robots`, `license` …) to the dataset's; a name
    that is not mapped is looked for under itself. Raises ConfigError for a policy that does not exist.
    """
    chosen = load_policy(policy) if isinstance(policy, str) else policy
    day = as_of or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    names = dict(columns or {})

    def add(batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        height = len(next(iter(batch.values()), ()))
        mapped = {name: batch[source] for name, source in names.items()}
        mapped.update(
            {name: values for name, values in batch.items() if name not in names and name not in names.values()}
        )
        rows = [_columns({name: values[row] for name, values in mapped.items()}, chosen, day) for row in range(height)]
        return {name: [row[name] for row in rows] for name in COLUMNS}

    return add


def _columns(fields: Mapping[str, Any], policy: Policy, as_of: str) -> dict[str, Any]:
    try:
        found = inspect(_document(fields), policy, as_of=as_of)
    except Exception as error:  # a record that cannot be judged is never kept, and never ends the run
        return {**dict.fromkeys(COLUMNS, ""), "rights_evidence": json.dumps([{"error": type(error).__name__}]),
                "rights_license": None, "rights_members": [], "rights_duties": [], "rights_decision": "refuse",
                "rights_reason": FAILED}  # fmt: skip
    return _row(found)


def _row(found: Inspection) -> dict[str, Any]:
    answer = found.as_dict()
    return {
        "rights_evidence": json.dumps(answer["evidence"], ensure_ascii=False),
        "rights_license": answer["license"],
        "rights_members": answer["members"],
        "rights_duties": answer["duties"],
        "rights_decision": answer["decision"],
        "rights_reason": answer["reason"],
    }


def _document(fields: Mapping[str, Any]) -> Document:
    headers = fields.get("headers") or fields.get("http_headers")
    if isinstance(headers, str):
        headers = json.loads(headers)
    pairs = headers.items() if isinstance(headers, dict) else ()
    known = ("id", "html", "xml", "text", "url", "headers", "http_headers", "robots", "tdmrep", "rsl", "ai_txt")
    return Document(
        id=str(fields.get("id") or ""),
        html=fields.get("html"),
        xml=fields.get("xml"),
        text=fields.get("text"),
        url=fields.get("url"),
        headers={str(k).lower(): tuple(v) if isinstance(v, list | tuple) else (str(v),) for k, v in pairs} or None,
        robots=fields.get("robots"),
        tdmrep=fields.get("tdmrep"),
        rsl=fields.get("rsl"),
        ai_txt=fields.get("ai_txt"),
        metadata={name: value for name, value in fields.items() if name not in known},
    )
