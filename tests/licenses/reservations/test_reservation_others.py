"""noai, ai.txt, and reservations in plain words."""

from __future__ import annotations

import pytest

from licenses.model import Document, Policy
from licenses.reservations import ai_txt, natural_language, noai

URL = "https://kunst.example/werk/1"


def header(*values: str) -> str:
    return noai.look(Document(headers={"x-robots-tag": values}), Policy())[0].answer


def meta(name: str, content: str) -> str:
    html = f'<html><head><meta content="{content}" name="{name}"></head><body>Text</body></html>'
    return noai.look(Document(html=html), Policy())[1].answer


@pytest.mark.parametrize(
    ("directives", "answer"),
    [
        ("noai", "reserved"),
        ("noai, noimageai", "reserved"),
        ("NOAI", "reserved"),
        ("noindex,noml", "reserved"),
        ("no-ai", "reserved"),
        ("noimageai", "beside-the-point"),
        ("noindex, nofollow", "beside-the-point"),
        ("noarchive", "beside-the-point"),
        ("notranslate, nosnippet", "beside-the-point"),
        ("index, follow, max-image-preview:large", "not-found"),
        ("all", "not-found"),
        # An unknown spelling of a no is not a yes.
        ("noaitraining", "unreadable"),
        ("no-ai-training", "unreadable"),
        ("notdm", "unreadable"),
        ("nogpt", "unreadable"),
        ("no-machine-learning", "unreadable"),
        ("nomail", "not-found"),
        ("", "not-found"),
    ],
)
def test_directives(directives: str, answer: str) -> None:
    assert header(directives) == answer
    assert meta("robots", directives) == answer


def test_whom_directives_address() -> None:
    assert header("googlebot: noindex", "otherbot: noai") == "reserved"
    assert header("unavailable_after: 25 Jun 2030 15:00:00 PST, noai") == "reserved"
    assert header("googlebot: noindex, nofollow") == "beside-the-point"
    assert header("GPTBot: noindex") == "reserved"
    assert meta("ROBOTS", "noai") == "reserved"
    assert meta("gptbot", "noindex") == "reserved"
    assert meta("googlebot", "noindex") == "beside-the-point"
    assert meta("keywords", "noai, noml") == "not-found"


def test_a_comment_is_no_element() -> None:
    html = '<!-- <meta name="robots" content="noai"> --><p>Das Wort noai im Text'
    assert noai.look(Document(html=html), Policy())[1].answer == "not-found"
    assert [s.answer for s in noai.look(Document(text="x"), Policy())] == ["not-looked-for", "not-looked-for"]


@pytest.mark.parametrize(
    ("file", "answer"),
    [
        ("User-Agent: *\nDisallow: *.txt\nDisallow: *.html\n", "reserved"),
        ("User-Agent: *\nDisallow: /\n", "reserved"),
        ("User-Agent: *\nDisallow: *\n", "reserved"),
        ("User-Agent: *\nDisallow: /werk/\n", "reserved"),
        ("User-Agent: *\nDisallow: *.jpg\nDisallow: *.mp3\n", "allowed"),
        ("User-Agent: *\nDisallow: *.jpg\nAllow: *.html\n", "allowed"),
        ("User-Agent: *\nDisallow: /andere/\n", "allowed"),
        ("Disallow: /\n", "reserved"),
        ("# Spawning AI\n", "not-found"),
        ("Contact: x@kunst.example\nTraining: please ask\n", "unreadable"),
        ("<html>404</html>", "unreadable"),
        ({"status": 404}, "not-found"),
        ({"status": 503}, "unreadable"),
        (None, "not-looked-for"),
    ],
)
def test_ai_txt(file: object, answer: str) -> None:
    (signal,) = ai_txt.look(Document(url=URL, ai_txt=file), Policy())  # type: ignore[arg-type]
    assert signal.answer == answer


DENIALS = [
    "Die Nutzung dieses Textes zum Training von KI ist nicht gestattet.",
    "Wir behalten uns die Nutzung für Text und Data Mining (§ 44b UrhG) ausdrücklich vor.",
    "Text- und Data-Mining sowie das Trainieren künstlicher Intelligenz mit unseren Inhalten ist untersagt.",
    "No part of this site may be used to train artificial intelligence without prior written permission.",
    "The publisher reserves all rights to text and data mining under Article 4(3) of Directive (EU) 2019/790.",
    "You may not use our articles to train large language models.",
    "We do not allow our pages to be used for AI training, and never will.",
    "L'utilisation de ces contenus pour l'entraînement de modèles d'IA est interdite.",
    "La fouille de textes et de données est expressément réservée (fouille de textes, art. 4).",
    "È vietato l'uso dei contenuti per addestrare modelli di intelligenza artificiale.",
    "Queda prohibido el uso de estos contenidos para entrenar sistemas de IA.",
]
MENTIONS = [
    "Der Verein bietet am Samstag ein Training für Anfänger an. Hunde sind nicht gestattet.",
    "Künstliche Intelligenz wird mit vielen Texten trainiert, schreibt die Forscherin.",
    "The new law on data mining was discussed in parliament yesterday.",
    "Wir trainieren jeden Dienstag. Das Parken vor der Halle ist verboten.",
    "Alle Rechte vorbehalten.",
]


@pytest.mark.parametrize("words", DENIALS)
def test_denial_in_words(words: str) -> None:
    page = f"<html><body><p>Hafen und Meer.</p><footer>{words}</footer></body></html>"
    for document in (
        Document(text=f"Vorher.\n\n{words}\n\nNachher."),
        Document(html=page),
        Document(html=page.encode()),
    ):
        (signal, _) = natural_language.look(document, Policy())
        assert signal.answer == "beside-the-point"  # recorded: the courts disagree
        assert signal.value[:20] in words or words[:20] in signal.value
        (signal, _) = natural_language.look(document, Policy(natural_language="honour"))
        assert signal.answer == "reserved"


@pytest.mark.parametrize("words", MENTIONS)
def test_mention_is_no_denial(words: str) -> None:
    assert natural_language.look(Document(text=words), Policy(natural_language="honour"))[0].answer == "not-found"


def test_comments_of_robots_are_words() -> None:
    robots = "# We do not allow scraping: our texts may not\n# be used for AI training.\nUser-agent: *\nAllow: /\n"
    signals = natural_language.look(Document(text="Hafen", robots=robots), Policy(natural_language="honour"))
    assert [signal.answer for signal in signals] == ["not-found", "reserved"]


def test_script_and_style_are_no_words() -> None:
    html = f"<html><body><script>var t = '{DENIALS[0]}'</script><p>Hafen</p></body></html>"
    assert natural_language.look(Document(html=html), Policy(natural_language="honour"))[0].answer == "not-found"
