"""Every column that is written: name, type, meaning. One schema for every file of a kind, whatever the sources have."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

RECEIPT = pa.struct(
    [
        ("place", pa.string()),
        ("kind", pa.string()),
        ("statement", pa.string()),
        ("locator", pa.string()),
        ("scope", pa.string()),
        ("rule", pa.string()),
        ("claim", pa.string()),
        ("context", pa.string()),
        ("seen", pa.string()),
        ("starts", pa.string()),
        ("by", pa.string()),
        ("because", pa.string()),
        ("url", pa.string()),
        ("license", pa.string()),
        ("members", pa.list_(pa.string())),
        ("decided", pa.bool_()),
    ]
)
SIGNAL = pa.struct(
    [
        ("protocol", pa.string()),
        ("answer", pa.string()),
        ("value", pa.string()),
        ("parsed", pa.string()),
        ("agent", pa.string()),
        ("locator", pa.string()),
        ("seen", pa.string()),
        ("version", pa.string()),
    ]
)
CUT = pa.struct([("reason", pa.string()), ("places", pa.int64()), ("characters", pa.int64())])
FINGERPRINT = pa.struct([("hi", pa.uint64()), ("lo", pa.uint64())])


def _field(name: str, kind: Any, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"meaning": meaning})


DATA = pa.schema(
    [
        _field("id", pa.string(), "the record's id as its source has it, else its URL, else path#row"),
        _field("source", pa.string(), "name of the source in the configuration"),
        _field("text", pa.large_string(), "the text"),
        _field("url", pa.string(), "where the record stands, as its source says"),
        _field("title", pa.string(), "title as supplied"),
        _field("author", pa.string(), "author or other party to be named, as supplied"),
        _field("published", pa.string(), "date of publication, ISO 8601, as supplied"),
        _field("retrieved", pa.string(), "when the record was fetched, ISO 8601"),
        _field("license", pa.string(), "SPDX id or LicenseRef of what the text was kept under"),
        _field("members", pa.list_(pa.string()), "every licence that the statement may mean"),
        _field("basis", pa.string(), "on which ground: license, official-work, public-domain, own, contract …"),
        _field(
            "evidence", pa.list_(RECEIPT), "the receipt: every statement found, exactly as found, and what it covers"
        ),
        _field("rule", pa.string(), "the rule of the policy that let the record pass"),
        _field("duties", pa.list_(pa.string()), "what whoever passes this text on owes; of all copies together"),
        _field("credit", pa.string(), "the attribution to print with this text"),
        _field("reservations", pa.list_(SIGNAL), "opt-out signals looked for, with their answers"),
        _field("changes", pa.list_(pa.string()), "what was changed against the source, since licences ask to say so"),
        _field("media", pa.string(), "html or xml: what the text is taken out of; null: the source has it as text"),
        _field("cuts", pa.list_(CUT), "what was left out of the text: why, in how many places, how many code points"),
        _field("language", pa.string(), "BCP 47 tag of the main language, as detected"),
        _field("language_score", pa.float64(), "confidence of the detector, 0 to 1"),
        _field("region", pa.string(), "BCP 47 tag with the region whose usage the text follows; null: undecided"),
        _field("region_evidence", pa.list_(pa.string()), "what the region was concluded from"),
        _field("repeated", pa.int64(), "code points in lines that many records of its host have; null: not counted"),
        _field("fingerprint", FINGERPRINT, "128 bits of the normalised text, as two unsigned 64-bit integers"),
        _field("copies", pa.int64(), "how many records with this text would be kept each by itself, this one counted"),
        _field("characters", pa.int64(), "length of the text in Unicode code points"),
    ]
)

DECISIONS = pa.schema(
    [
        _field("id", pa.string(), "the record's id; path#row for what could not be read"),
        _field("source", pa.string(), "name of the source in the configuration"),
        _field("locator", pa.string(), "path:row of the record in its source; rows and lines count from 1"),
        _field("url", pa.string(), "where the record stands, as its source says"),
        _field("author", pa.string(), "author as supplied, so that a rightholder can ask"),
        _field("decision", pa.string(), "keep, refuse or review"),
        _field("stage", pa.string(), "the stage that decided"),
        _field("reason", pa.string(), "keep, or the reason code; reasons/reasons.parquet has the sentences"),
        _field("detail", pa.string(), "what was wrong with malformed input, or where our own code failed; never text"),
        _field("license", pa.string(), "what the statement was concluded to mean; null: not one licence"),
        _field("family", pa.string(), "the family that was named, where no version was"),
        _field("members", pa.list_(pa.string()), "every licence that the statement may mean"),
        _field("basis", pa.string(), "on which ground"),
        _field("evidence", pa.list_(RECEIPT), "every statement found, exactly as found, and what it covers"),
        _field("rule", pa.string(), "the rule that decided on the rights"),
        _field("duties", pa.list_(pa.string()), "what the licence asks"),
        _field("language", pa.string(), "BCP 47 tag of the main language, as detected"),
        _field("language_score", pa.float64(), "confidence of the detector, 0 to 1"),
        _field("region", pa.string(), "BCP 47 tag with the region whose usage the text follows"),
        _field("region_evidence", pa.list_(pa.string()), "what the region was concluded from"),
        _field("signals", pa.list_(SIGNAL), "opt-out signals looked for, with their answers"),
        _field("duplicate_of", pa.string(), "source:id of the kept record that has this text"),
        _field("similarity", pa.float64(), "Jaccard similarity of word shingles with that record; 1.0: the same text"),
        _field("estimated", pa.bool_(), "the similarity is estimated from an index, whose texts were not at hand"),
        _field("contested_by", pa.string(), "source:id of a record that has this text under a contrary statement"),
        _field("repeated", pa.int64(), "code points in lines that many records of its host have; null: not counted"),
        _field("fingerprint", FINGERPRINT, "128 bits of the normalised text, as two unsigned 64-bit integers"),
        _field("media", pa.string(), "html or xml: what the text is taken out of; null: the source has it as text"),
        _field("cuts", pa.list_(CUT), "what was left out of the text: why, in how many places, how many code points"),
        _field("whole", FINGERPRINT, "of a text that something was left out of: the fingerprint that it had before"),
        _field("copies", pa.int64(), "as in the data; 0 for what is not kept"),
        _field("characters", pa.int64(), "length of the text in Unicode code points"),
        _field("file", pa.string(), "the release file of a kept record"),
        _field("provenance", pa.string(), "of a record in a container: id, offset, date and digests there, as JSON"),
    ]
)

REASONS = pa.schema(
    [
        _field("code", pa.string(), "reason code"),
        _field("decision", pa.string(), "its one decision"),
        _field("sentence", pa.string(), "what it means"),
        _field("records", pa.int64(), "records of this release with this reason"),
    ]
)


def as_frame(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    """A table as a polars frame, without a copy where Arrow's layout allows it."""
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table was wanted")
    return frame
