"""`reinschrift init`: a commented starter configuration that validates."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import DONE, WorkError


def init(file: Path) -> int:
    """Writes the starter configuration to `file`, which must not exist. Returns the exit code; raises WorkError."""
    text = Path(__file__).with_name("starter.yaml").read_text("utf-8")
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise WorkError(f"{file}: exists already and is left as it is; give another name") from None
    except OSError as wrong:
        raise WorkError(f"{file}: cannot be written: {wrong.strerror}") from None
    print(f"{file}: written; change it to your corpus, then: reinschrift check {file}")  # noqa: T201
    return DONE
