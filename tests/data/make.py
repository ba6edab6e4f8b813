"""Writes the embedded sample beside this file: some 300 short documents, made up for this purpose, released as CC0-1.0.

    python tests/data/make.py

The sentences below are ours. A document is drawn from the bank of its language, with numbers and names of its own, so
that no two share more than a sentence unless the sample wants a copy. Nothing here depends on anything but the seed.
"""

# ruff: noqa: E501, SIM905 (the sentences and pages are data)
from __future__ import annotations

import csv
import io
import json
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent / "sample"
PLACES = "Altenfeld Birkenau Dornbach Eschental Friedrichsruh Grünwald Hohenstein Imbach Kaltenbrunn Lindenthal".split()

BANK = {
    "de-DE": [
        "Die Stadtbücherei in {p} öffnet ab dem {n}. März auch am Samstag, allerdings erst um zehn Uhr.",
        "Wer sein Fahrrad abholen möchte, sollte den Kassenzettel mitbringen und ungefähr {n} Minuten einplanen.",
        "Auf der Straße nach {p} wird seit Montag gebaut, der Bus hält deshalb vor der alten Schmiede.",
        "Im Januar fielen in {p} {n} Liter Regen je Quadratmeter, so viel wie sonst im ganzen Winter.",
        "Der Gärtner schneidet die Obstbäume erst, wenn der Frost vorbei ist und die Knospen noch geschlossen sind.",
        "Für den Kuchen braucht man {n} Gramm Mehl, Sahne, Aprikosen und eine große Portion Geduld.",
        "Die Grundschule bekommt {n} neue Tafeln, bezahlt aus dem Verkauf des alten Feuerwehrhauses.",
        "Ein Verein aus {p} hat die Dampflok von 19{n} wieder auf die Schiene gebracht.",
        "Gemäß der Satzung entscheidet der Vorstand mit einfacher Mehrheit, sofern {n} Mitglieder anwesend sind.",
        "Abends sitzt die halbe Nachbarschaft auf der Bank vor dem Brunnen und erzählt sich, was am Tag geschah.",
        "Die Messung ergab {n},5 Grad im Keller und deutlich mehr unter dem Dach.",
        "Außerdem muss der Antrag spätestens am {n}. des Monats im Rathaus von {p} liegen.",
        "Das Wasser im Weiher steht so tief, dass man die alten Pfähle der Mühle sieht.",
        "Die Imkerin zählt {n} Völker, von denen im letzten Winter drei eingegangen sind.",
    ],
    "de-AT": [
        "Im Jänner hat die Trafik in {p} nur bis Mittag offen, im Feber dann wieder den ganzen Tag.",
        "Am Markt kosten die Marillen heuer {n} Cent mehr, die Paradeiser dafür weniger.",
        "Der Gemeinderat von {p} hat beschlossen, dass die Volksschule {n} neue Sessel bekommt.",
        "Wer den Bescheid anficht, muss binnen {n} Tagen beim Bezirksgericht einlangen lassen, was er vorbringt.",
        "Das Beisl am Hauptplatz serviert Faschiertes mit Erdäpfeln, dazu ein Glas Apfelsaft gespritzt.",
        "Die Matura fand in {p} heuer mit {n} Kandidatinnen statt, alle sind durchgekommen.",
        "Beim Bergwandern ist das Sackerl mit der Jause oft schwerer als gedacht.",
        "Die Landeshauptfrau hat am {n}. Jänner die neue Straßenbahn in Betrieb genommen.",
        "Im Stiegenhaus hängt seit {n} Wochen ein Zettel, dass der Lift gewartet wird.",
        "Der Nationalrat behandelt die Novelle voraussichtlich im Herbst, heißt es aus {p}.",
        "Topfen, Schlagobers und {n} Deka Staubzucker werden glatt gerührt und kühl gestellt.",
    ],
    "de-CH": [
        "Die Gemeinde {p} hat für das neue Velonetz {n}'000 Franken gesprochen.",
        "Wer parkieren will, löst das Billett am Automaten, der seit Januar auch Karten nimmt.",
        "Das Spital in {p} grösser zu bauen, haben die Stimmberechtigten mit {n} Prozent Ja beschlossen.",
        "Am Grossratssaal wird gebaut, deshalb tagt die Kommission in der Aula der Kantonsschule.",
        "Der Zug fährt um {n} Uhr ab, das Tram an der Endhaltestelle wartet zwei Minuten.",
        "Im Laden an der Hauptstrasse gibt es Rüebli, Peperoni und ein Glacé für {n} Franken.",
        "Die Vernehmlassung zum Gesetz läuft bis zum {n}. April, der Regierungsrat erwartet viele Antworten.",
        "Ausserdem müssen die Mieter die Treppe gemäss Hausordnung alle {n} Tage reinigen.",
        "Das Nachtessen im Säli kostet {n} Franken, der Verein offeriert den Apéro.",
        "Die Lehrtochter aus {p} hat den ersten Preis gewonnen, was im Dorf alle freute.",
    ],
    "en": [
        "The ferry from {p} leaves at {n} past the hour, and nobody on the quay seems to be in a hurry.",
        "A committee of {n} neighbours looks after the orchard, the bees and the broken gate.",
        "Rain fell for {n} days on the moor before the path to the old mine could be used again.",
        "The museum keeps {n} maps of the coast, most of them drawn by people who had never seen it.",
        "She mended the clock with a hairpin and a drop of oil, and it has run {n} seconds slow ever since.",
        "In the valley the bread is baked on Thursdays, when the oven by the church is lit.",
    ],
    "fr": [
        "Le marché de {p} ouvre à {n} heures, et les habitués connaissent chaque marchand par son prénom.",
        "La bibliothèque a reçu {n} livres qu'un voisin gardait depuis longtemps dans son grenier.",
        "Au bord du canal, on a planté {n} peupliers pour protéger le chemin du vent.",
        "Le boulanger prépare son levain la veille et n'allume le four que vers quatre heures du matin.",
        "Les élèves ont mesuré la rivière pendant {n} semaines avant de dessiner la carte du village.",
        "Après la pluie, le sentier qui mène à la chapelle devient glissant et personne ne s'y presse.",
    ],
    "it": [
        "La biblioteca di {p} resta aperta fino alle {n} e il sabato c'è sempre qualcuno che legge ad alta voce.",
        "Nel mulino abbandonato hanno trovato {n} sacchi vuoti e un registro scritto a matita.",
        "Il treno per la valle parte in ritardo di {n} minuti, ma il capostazione saluta tutti lo stesso.",
        "Per il pane servono farina, acqua, un pizzico di sale e una notte intera di pazienza.",
        "Gli alberi lungo la strada sono stati potati dopo {n} anni di attesa.",
    ],
    "nl": [
        "De brug bij {p} gaat om {n} uur open, zodat de boten nog voor de middag langs kunnen.",
        "In het dorpshuis staan {n} stoelen klaar, maar meestal komt er maar een handvol mensen luisteren.",
        "Het museum bewaart {n} kaarten van de kust, de meeste getekend door iemand die er nooit was.",
        "Na de storm lag er zo veel hout op het pad dat de kinderen er een hut van bouwden.",
        "De bakker begint om vier uur en verkoopt zijn laatste brood meestal ruim voor de middag.",
    ],
    "pl": [
        "Biblioteka w {p} jest otwarta do godziny {n}, a w soboty ktoś zawsze czyta dzieciom bajki.",
        "Na rynku sprzedano w tym roku {n} koszy jabłek, więcej niż kiedykolwiek wcześniej.",
        "Pociąg do doliny spóźnia się o {n} minut, ale nikt na peronie się tym nie przejmuje.",
        "Po burzy ścieżka przez las była zamknięta, więc szliśmy dookoła przez stary most.",
        "Piekarz rozpala piec o czwartej rano i kończy pracę, zanim wstanie reszta wsi.",
    ],
    "pt-PT": [
        "A biblioteca de {p} abre às {n} horas e ao sábado há sempre alguém a ler em voz alta.",
        "O comboio para o vale parte com {n} minutos de atraso, mas o chefe da estação cumprimenta toda a gente.",
        "No moinho abandonado encontraram {n} sacos vazios e um caderno escrito a lápis.",
        "Depois da chuva, o caminho até à capela fica escorregadio e ninguém tem pressa.",
        "O padeiro acende o forno às quatro da manhã e vende o último pão antes do meio-dia.",
    ],
}


class Writer:
    """Draws documents; every call gives another one."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, language: str, sentences: int = 3) -> str:
        chosen = self._random.sample(BANK[language], sentences)
        return " ".join(s.format(p=self._random.choice(PLACES), n=self._random.randint(11, 89)) for s in chosen)


def statements() -> list[tuple[str | None, int]]:
    """Licence columns as people write them, with how many records have each."""
    return [
        ("CC BY 4.0", 14), ("https://creativecommons.org/licenses/by/4.0/", 14), ("CC0-1.0", 14), ("CC BY-SA 4.0", 8),
        ("http://creativecommons.org/licenses/by/3.0/de/deed.de", 6), ("https://creativecommons.org/licenses/by/3.0/at/", 5),
        ("dl-de/by-2-0", 5), ("Datenlizenz Deutschland – Zero – Version 2.0", 4), ("etalab-2.0", 3), ("OGL-UK-3.0", 3),
        ("MIT", 3), ("CC BY", 7), ("CC BY-SA", 3), ("BSD", 2), ("CC BY-NC 4.0", 7), ("CC BY-NC-SA 3.0", 3),
        ("CC BY-ND 4.0", 4), ("Alle Rechte vorbehalten", 6), ("© Verlag Muster, Abdruck nur mit Genehmigung", 3),
        ("unbekannt", 4), ("siehe Impressum", 3), ("nan", 2), ("license", 1), ("", 3), (None, 5), ("open access", 3),
        ("CC BY 4.0, kein Training von Sprachmodellen", 2), ("nicht unter CC BY 4.0 lizenziert", 1), ("CC BY 7.0", 1),
        ("CC BY 4.0 (Logos ausgenommen)", 2), ("MIT OR GPL-3.0-only", 1), ("CC-BY-4.0 AND CC-BY-NC-4.0", 1), ("CC BYC", 1),
    ]  # fmt: skip


def articles(writer: Writer) -> None:
    """News of three countries with a licence column, and every way in which a line can be broken."""
    languages = ["de-DE", "de-DE", "de-AT", "de-CH", "en"]
    rows: list[object] = []
    for statement, count in statements():
        for _ in range(count):
            number = len(rows)
            language = languages[number % len(languages)]
            row = {
                "id": f"art-{number:03d}",
                "text": writer.text(language),
                "license": statement,
                "title": f"Notiz {number}",
                "author": f"Redaktion {PLACES[number % len(PLACES)]}",
                "url": f"https://notizen.example/{number:03d}",
                "published": f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                "lang": language,
            }
            if statement is None and number % 2:
                del row["license"]
            rows.append(row)
    first = rows[0]
    assert isinstance(first, dict)
    rows += [
        # the same words again: granted, denied, and nearly the same
        {**first, "id": "copy-exact", "license": "CC0-1.0", "url": "https://spiegel.example/1"},
        {**first, "id": "copy-spaces", "text": first["text"].replace(" ", "  "), "url": "https://spiegel.example/2"},
        {**rows[20], "id": "copy-denied", "license": "Alle Rechte vorbehalten", "url": "https://verlag.example/20"},  # type: ignore[dict-item]
        {**rows[30], "id": "copy-near", "text": rows[30]["text"] + " Ende.", "url": "https://spiegel.example/3"},  # type: ignore[index,dict-item]
        {"id": "art-001", "text": writer.text("de-DE"), "license": "CC0-1.0"},
        {"id": "short", "text": "Zu kurz.", "license": "CC0-1.0"},
        {"id": "empty", "text": "", "license": "CC0-1.0"},
        {"id": "number", "text": 17, "license": "CC0-1.0"},
        {
            "id": "list",
            "text": writer.text("de-AT"),
            "license": ["CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"],
        },
        {"id": "list-at-odds", "text": writer.text("de-AT"), "license": ["CC BY 4.0", "CC BY-NC 4.0"]},
        {"id": "no-list", "text": writer.text("de-CH"), "license": []},
        {
            "id": "digits",
            "text": "4711 0815 2024 33 44 55 66 77 88 99 1010 1212 1313 1414 1515 1616",
            "license": "CC0-1.0",
        },
        '{"id": "cut", "text": "Diese Zeile hört mitten im',
        '["kein", "Objekt"]',
        '{"id": "doubled", "text": "Einmal.", "text": "Zweimal.", "license": "CC0-1.0"}',
        "",
    ]
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (HERE / "notizen.jsonl").write_bytes(("\n".join(lines) + "\n").encode())


def europe(writer: Writer) -> None:
    """Other languages of the Union, as Parquet with a nested column."""
    languages = ["fr", "it", "nl", "pl", "pt-PT", "en"]
    kinds = ["cc-by-4.0", "CC0-1.0", "cc-by-sa-4.0", "etalab-2.0", "cc-by-nc-4.0", "other"]
    rows = [
        {
            "doc": f"eu-{n:03d}",
            "body": writer.text(languages[n % 6]),
            "metadata": {"license": kinds[(n // 6) % 6], "creator": f"Auteur {n % 9}", "lang": languages[n % 6]},
        }
        for n in range(60)
    ]
    pq.write_table(pa.Table.from_pylist(rows), HERE / "europa.parquet", row_group_size=25)


def laws(writer: Writer) -> None:
    """Official works: the curator says so, no file does."""
    (HERE / "gesetze").mkdir()
    for n in range(20):
        text = f"# Verordnung {n + 1} der Gemeinde {PLACES[n % 10]}\n\n" + "\n\n".join(
            f"§ {k}\n{writer.text('de-DE', 1)}" for k in range(1, 4)
        )
        (HERE / f"gesetze/vo-{n + 1:02d}.md").write_text(text + "\n", "utf-8")


def handbook(writer: Writer) -> None:
    """Markdown with front matter: a licence, none, one that is not understood."""
    (HERE / "handbuch").mkdir()
    for n in range(18):
        license_ = ["CC-BY-4.0", "CC-BY-4.0", "CC-BY-SA-4.0", None, "wie besprochen", "CC-BY-NC-ND-4.0"][n % 6]
        head = f"title: Kapitel {n + 1}\nauthor: Werkstatt {PLACES[n % 10]}\n" + (
            f"license: {license_}\n" if license_ else ""
        )
        body = "\n\n".join(writer.text("de-CH" if n % 3 else "de-DE", 2) for _ in range(2))
        (HERE / f"handbuch/{n + 1:02d}.md").write_text(f"---\n{head}---\n\n# Kapitel {n + 1}\n\n{body}\n", "utf-8")


def contract(writer: Writer) -> None:
    """What a publisher licensed to us by contract, as CSV with line breaks in it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["id", "text", "title", "author"])
    for n in range(20):
        table.writerow(
            [f"v-{n:02d}", writer.text("de-AT", 2) + "\n" + writer.text("de-AT", 1), f"Kolumne {n}", "Verlag Muster"]
        )
    (HERE / "vertrag.csv").write_text(out.getvalue(), "utf-8")
    (HERE / "vertrag-verlag-muster.txt").write_text(
        "Made-up contract. Verlag Muster licenses all columns of its newspaper for reproduction, adaptation, distribution\n"
        "and commercial use in training datasets, from 1 March 2026 to 1 March 2031. The author and the publisher are named.\n",
        "utf-8",
    )


PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>
<body><nav><a href="/">Start</a> <a href="/archiv/">Archiv</a> <a href="/impressum/">Impressum</a></nav>
<main><article><h1>{title}</h1><p class="byline">Von Redaktion {place}</p>
<p>{one}</p><p>{two}</p><p>{three}</p>{inside}</article></main>
<footer>{footer}</footer></body></html>
"""
BY = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/deed.de">CC BY 4.0</a>'


def pages(writer: Writer) -> None:
    """Web pages: where a statement stands decides what it covers."""
    (HERE / "seiten").mkdir()
    kinds = [
        ("", "", f"Der Text dieser Seite steht unter {BY}."),
        ("", "", '<a rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">CC BY-NC 4.0</a>'),
        (
            "",
            '<figure><img src="b.jpg" alt=""><figcaption>Foto: A. Muster, ' + BY + "</figcaption></figure>",
            "© 2025 Verlag Muster. Alle Rechte vorbehalten.",
        ),
        ("", "", "© 2025 Verlag Muster"),
        ('<link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">', "", ""),
        ('<meta name="robots" content="noai">', "", f"Text: {BY}"),
        ('<meta name="tdm-reservation" content="1">', "", f"Text: {BY}"),
        (
            "",
            '<section class="comments"><h2>Kommentare</h2><p>Mein Kommentar steht unter ' + BY + ".</p></section>",
            "",
        ),
    ]
    for n in range(24):
        head, inside, footer = kinds[n % len(kinds)]
        language = ["de-DE", "de-AT", "de-CH"][n % 3]
        page = PAGE.format(
            lang=language, title=f"Beitrag {n + 1}", place=PLACES[n % 10], head=head, inside=inside, footer=footer,
            one=writer.text(language, 3), two=writer.text(language, 3), three=writer.text(language, 2),
        )  # fmt: skip
        (HERE / f"seiten/{n + 1:02d}.html").write_text(page, "utf-8")


JATS = """<?xml version="1.0" encoding="UTF-8"?>
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article" xml:lang="en"><front><article-meta>
<article-id pub-id-type="doi">10.5555/probe.{n}</article-id><title-group><article-title>Measurements on the quay, part {n}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Muster</surname><given-names>Anna</given-names></name></contrib></contrib-group>
<permissions><copyright-statement>© 2024 Muster</copyright-statement>{permissions}</permissions></article-meta></front>
<body><sec><title>Results</title><p>{one}</p><p>{two}</p></sec></body></article>
"""


def papers(writer: Writer) -> None:
    """Journal articles in JATS."""
    (HERE / "aufsaetze").mkdir()
    grants = [
        '<license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>This is an open access article.</license-p></license>',
        '<license xlink:href="https://creativecommons.org/licenses/by-nc-nd/4.0/"><license-p>Non-commercial use only.</license-p></license>',
        "",
    ]
    for n in range(6):
        text = JATS.format(n=n + 1, permissions=grants[n % 3], one=writer.text("en", 3), two=writer.text("en", 3))
        (HERE / f"aufsaetze/{n + 1}.xml").write_text(text, "utf-8")


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    writer = Writer(2026)
    for make in (articles, europe, laws, handbook, contract, pages, papers):
        make(writer)
    (HERE / "README.md").write_text(
        "# The embedded sample\n\nMade up for this project by `tests/data/make.py` and released under CC0-1.0. Names and places are invented.\n",
        "utf-8",
    )


if __name__ == "__main__":
    main()
