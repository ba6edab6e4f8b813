"""The command line: parses, calls one command, prints what went wrong.

Every command is a function in `commands/<verb>.py`. It is imported when it is called, so that `--help` and `license`
answer at once; one whose module does not exist is not listed.
"""

from __future__ import annotations

import importlib
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from pipeline.errors import ERROR, INTERRUPTED, InternalError, ReinschriftError

HERE = Path(__file__).parent

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Turns text corpora into a training dataset in which every document carries the evidence of its permission.",
    epilog="Exit codes: 0 done; 1 a gate failed, or nothing was kept; 2 usage, configuration, input or internal error; "
    "130 interrupted.",
)

Config = Annotated[str, typer.Argument(metavar="CONFIG", help="The configuration, a YAML file.")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="The folder of a finished release.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def command(verb: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Lists a command only where its module exists."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if (HERE / "commands" / f"{_module(verb)}.py").exists():
            app.command(verb)(function)
        return function

    return register


def _module(verb: str) -> str:
    return verb.replace("-", "_")


def _call(verb: str, *arguments: Any, **options: Any) -> None:
    """Runs `pipeline.commands.<verb>.<verb>` and ends with the exit code that it returns."""
    name = _module(verb)
    function = getattr(importlib.import_module(f"pipeline.commands.{name}"), name)
    raise typer.Exit(function(*arguments, **options))


@app.callback()
def group() -> None:
    """Turns text corpora into a training dataset in which every document carries the evidence of its permission."""


@command("init")
def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="Where it is written.")] = Path("reinschrift.yaml"),
) -> None:
    """Write a commented starter configuration that validates."""
    _call("init", file)


@command("check")
def check(
    config: Config,
    online: Annotated[bool, typer.Option("--online", help="List remote sources too.")] = False,
) -> None:
    """Validate a configuration, list its inputs and print the plan; reads no record."""
    _call("check", config, online=online)


@command("run")
def run(
    config: Config,
    limit: Annotated[Optional[int], typer.Option(min=1, help="Read at most N records of a source.")] = None,  # noqa: UP045
    workers: Annotated[Optional[int], typer.Option(min=1, help="Work in N processes.")] = None,  # noqa: UP045
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew; an older release is moved aside.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge 1,000 records a source; write nothing.")] = False,
) -> None:
    """Run a configuration, or resume it where it was interrupted."""
    _call("run", config, limit=limit, workers=workers, fresh=fresh, dry_run=dry_run)


@command("license")
def license_(
    statements: Annotated[list[str], typer.Argument(metavar="STATEMENT…", help="`-` reads one a line from stdin.")],
    as_json: Json = False,
) -> None:
    """Say what a statement about rights means."""
    _call("license", statements, as_json)


@command("inspect")
def inspect(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="`-` reads JSON lines from stdin.")],
    url: Annotated[Optional[str], typer.Option(help="Where the document stands on the web.")] = None,  # noqa: UP045
    headers: Annotated[Optional[Path], typer.Option(help="A file with its response headers.")] = None,  # noqa: UP045
    policy: Annotated[str, typer.Option(help="A policy file, or the name of a shipped policy.")] = "default",
    as_json: Json = False,
    robots: Annotated[Optional[Path], typer.Option(help="The site's robots.txt.")] = None,  # noqa: UP045
    tdmrep: Annotated[Optional[Path], typer.Option(help="Its /.well-known/tdmrep.json.")] = None,  # noqa: UP045
    rsl: Annotated[Optional[Path], typer.Option(help="Its RSL document.")] = None,  # noqa: UP045
    ai_txt: Annotated[Optional[Path], typer.Option(help="Its ai.txt.")] = None,  # noqa: UP045
) -> None:
    """Show all evidence in a document, its opt-outs, what follows from them, and the decision."""
    beside = {"robots": robots, "tdmrep": tdmrep, "rsl": rsl, "ai_txt": ai_txt}
    _call("inspect", files, url, headers, policy, as_json, beside)


@command("explain")
def explain(
    out: Out,
    record: Annotated[str, typer.Argument(metavar="ID", help="ID or SOURCE:ID of a record.")],
    as_json: Json = False,
) -> None:
    """Say why a record was kept or refused, with its receipt."""
    _call("explain", out, record, as_json)


@command("lookup")
def lookup(
    out: Out,
    url: Annotated[Optional[str], typer.Option(help="An address.")] = None,  # noqa: UP045
    author: Annotated[Optional[str], typer.Option(help="A name.")] = None,  # noqa: UP045
    host: Annotated[Optional[str], typer.Option(help="A host.")] = None,  # noqa: UP045
    text: Annotated[Optional[Path], typer.Option(help="A file with the text.")] = None,  # noqa: UP045
    as_json: Json = False,
) -> None:
    """Say whether something is in a release, or was ever seen: for rightholders."""
    _call("lookup", out, url=url, author=author, host=host, text=text, as_json=as_json)


@command("report")
def report(
    out: Out,
    html: Annotated[Optional[Path], typer.Option(help="Write it as one HTML file.")] = None,  # noqa: UP045
    as_json: Json = False,
) -> None:
    """Show the funnel and what the dataset is made of."""
    _call("report", out, html, as_json)


@command("what-if")
def what_if(
    out: Out,
    policy: Annotated[str, typer.Option(help="A policy file, or the name of a shipped policy.")],
    as_json: Json = False,
) -> None:
    """Say what another policy would keep, from the ledger, without reading text."""
    _call("what-if", out, policy, as_json)


@command("verify")
def verify(out: Out, as_json: Json = False) -> None:
    """Prove a release again from its own files: digests, texts, statements, verdicts, credits and counts.

    What only the sources could show is not proved: that a statement stood where its receipt says, and that a text was
    not replaced together with all that follows from it. Note the SHA-256 that it prints where nobody can change it:
    with that, any change is seen.
    """
    _call("verify", out, as_json)


@command("diff")
def diff(
    first: Annotated[Path, typer.Argument(metavar="OUT_A", help="The one release.")],
    second: Annotated[Path, typer.Argument(metavar="OUT_B", help="The other.")],
    as_json: Json = False,
) -> None:
    """Show which records changed their verdict between two releases."""
    _call("diff", first, second, as_json)


@command("retract")
def retract(
    out: Out,
    list_: Annotated[Path, typer.Option("--list", metavar="FILE", help="Ids, addresses, hosts, authors, hashes.")],
    to: Annotated[Optional[Path], typer.Option(metavar="DIR", help="Default: beside OUT.")] = None,  # noqa: UP045
) -> None:
    """Write a new release without some records, and the list that keeps them out of later ones."""
    _call("retract", out, list_, to)


@command("reserved")
def reserved(
    out: Out,
    captures: Annotated[str, typer.Option(metavar="PATH", help="Newer captures, as `captures:` of a source.")],
) -> None:
    """List what has been reserved since a release was built, as a removal list for `retract --list`."""
    _call("reserved", out, captures)


@command("publish")
def publish(
    out: Out,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="ORG/NAME on the Hub, or an fsspec address.")],
    decisions: Annotated[bool, typer.Option("--decisions", help="Refused records' rows too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Verify a release and publish it."""
    _call("publish", out, target, decisions=decisions, yes=yes)


@command("audit")
def audit(
    out: Out,
    sample: Annotated[int, typer.Option(min=1, help="How many records a person looks at.")] = 300,
) -> None:
    """Let a person judge a sample of what was kept, and measure the error."""
    _call("audit", out, sample)


@command("schema")
def schema() -> None:
    """Print the JSON Schema of the configuration."""
    _call("schema")


def main(arguments: list[str] | None = None) -> None:
    """The program `reinschrift`: ends with the exit code of the contract and never shows a traceback or record text."""
    given = sys.argv[1:] if arguments is None else arguments
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` ignores SIGHUP, and so do we then
            signal.signal(number, signal.default_int_handler)
    sys.exit(_run(given))


def _run(arguments: list[str]) -> int:
    try:
        code = app(arguments, standalone_mode=False)
        if code == INTERRUPTED:  # typer's own answer to Ctrl-C
            return _interrupted(arguments)
        return code if isinstance(code, int) else 0
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted(arguments)
    except InternalError as wrong:
        _say(f"internal error: {wrong}; {_next(arguments)}")
        return wrong.code
    except ReinschriftError as wrong:
        _say(str(wrong))
        return wrong.code
    except BrokenPipeError:
        # The reader of our output went away; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except OSError as wrong:  # a disk, a folder or a network, whatever the command was about to do with it
        place = os.fsdecode(wrong.filename) if isinstance(wrong.filename, str | bytes) else "input or output"
        _say(f"{place}: {(wrong.strerror or type(wrong).__name__).lower()}; see to it, then run the same command again")
        return ERROR
    except Exception as wrong:
        if hasattr(wrong, "show") and hasattr(wrong, "exit_code"):  # click's own: wrong usage
            wrong.show()
            return ERROR
        # The message of an unknown exception may quote a record, so only its type and place are shown.
        out = _release(arguments)
        if out is not None and type(wrong).__module__.partition(".")[0] in ("pyarrow", "polars"):
            _say(f"{out}: was damaged or changed; `{shlex.join(['reinschrift', 'verify', out])}` says where")
        else:
            _say(f"internal error: {type(wrong).__name__} {_where(wrong)}; {_next(arguments)}")
        return ERROR


def _release(arguments: list[str]) -> str | None:
    """The release that the command was to read, another one than `verify`, which looks for damage itself."""
    return next((a for a in arguments[1:] if arguments[0] != "verify" and (Path(a) / "run.json").is_file()), None)


def _next(arguments: list[str]) -> str:
    """What to do about an error that nobody foresaw. A release that was changed is the likeliest cause of one."""
    out = _release(arguments)
    if out is None:
        return "please report this line, with the version of reinschrift"
    return (
        f"`{shlex.join(['reinschrift', 'verify', out])}` says whether the release was damaged; if not, report this line"
    )


def _where(wrong: BaseException) -> str:
    """The innermost line, and the innermost one of ours where that is another."""
    frames = traceback.extract_tb(wrong.__traceback__)
    own = [frame for frame in frames if HERE.parent in Path(frame.filename).parents and ".venv" not in frame.filename]
    places = [f"at {Path(f.filename).name}:{f.lineno} in {f.name}" for f in (*own[-1:], *frames[-1:])]
    return ", ".join(dict.fromkeys(places))


def _interrupted(arguments: list[str]) -> int:
    if arguments[:1] == ["run"]:
        again = shlex.join(["reinschrift", *(a for a in arguments if a != "--fresh")])
        _say(f"interrupted; what is finished is kept; to go on, run: {again}")
    else:
        _say("interrupted")
    return INTERRUPTED


def _say(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
