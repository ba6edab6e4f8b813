"""Words that tell what a sentence about rights speaks of, in the languages of the pages that are read.

Patterns match lower-cased text. They are lists of facts about languages, no rules: those are in `licenses.scope`. What
one language adds stands in `subject_words.toml`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_LANGUAGES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _of(kind: str) -> list[str]:
    """The patterns of one kind in all languages; white space within one is written `_`."""
    words = (word for table in _LANGUAGES.values() for word in table.get(kind, "").split())
    return [word.replace("_", r"\s+") for word in dict.fromkeys(words)]


def _any(words: str, kind: str = "") -> str:
    """An alternation of words and of a kind's, by first letters: the matcher tries those that can begin there alone."""
    by_letter: dict[str, list[str]] = {}
    for word in dict.fromkeys([*words.split(), *(_of(kind) if kind else ())]):
        plain = word[:1].isalpha() and word[1:2] not in ("?", "*", "+", "{")
        by_letter.setdefault(word[0] if plain else "", []).append(word[1:] if plain else word)
    return "|".join(
        f"{letter}(?:{'|'.join(tails)})" if letter else "|".join(tails) for letter, tails in by_letter.items()
    )


_TEXT = _any(
    r"texte?n? texts? textuellen? artikeln? articles? art[íi]culos? articolo articoli artigos? "
    r"beitr[aä]ge?n? beitrag(?:s|es)? posts? "
    r"blogposts? postings? eintr[aä]ge?n? entry entries seiten? pages? p[aá]ginas? pagin[ae] webseiten? "
    r"websites? sites? siti? sitios? homepage "
    r"blogs? weblogs? inhalte?n?s? contents? contenus? contenidos? conte[uú]dos? contenut[oi] continguts? "
    r"inhoud indhold(?:et)? innhold(?:et)? "
    r"inneh[åa]ll(?:et)? sis[äa]lt[öo] tre[śs][ćc]i? obsah tartalom con[țt]inut(?:ul)? vsebin[ae] "
    r"sadr[zž]aj works? werke?s? arbeit [œo]e?uvres? obras? "
    r"opera opere dzie[łl]o dokument(?:e|en|s|et)? documents? documentos? documenti documentation "
    r"dokumentation publication publikation(?:en)? "
    r"publicaci[oó]n b[uü]cher buch(?:es)? books? livres? libros? libri boek kapitel chapters? materials? "
    r"materiali?en? materiales "
    r"mat[ée]riel lessons? lektion(?:en)? skripte?n? handbuch handbook manual wiki tutorials? everything "
    r"alles translations? "
    r"[üu]bersetzung(?:en)? transkripte? transcripts? nachricht(?:en)? news recipes? rezepte? ressources? "
    r"resources? recursos? textos? str[áa]n(?:ek|ky|k[áa]ch|ka) serwis\w* webov\w* sito "
    r"webbplats(?:en)? nettsted(?:et)? hjemmesider? stron[ay]? stronie witryn\w* peri[óo]dicos? revistas? "
    r"rivista zeitschrift "
    r"journals?",
    "text",
)
_PART = _any(
    r"photo(?:s|graphs?|graphy|graphies)? foto(?:s|grafien?|graf(?:ie)?|graphie)? fotografías? bild(?:er|"
    r"ern|es|material|nachweise?|quellen?|rechte)? "
    r"titelbild(?:er)? beitragsbild(?:er)? vorschaubild image(?:s|rights)? imagen(?:es)? imagens? "
    r"immagin[ei] afbeelding(?:en)? billede[rt]? obraz[ky] "
    r"pictures? pics? abb abbildung(?:en)? grafik(?:en)? graphics? illustration(?:en|s)? ilustraciones "
    r"illustrazioni fig figures? figura icons? iconos "
    r"symbole? logos? banners? screenshots? thumbnails? wallpapers? cliparts? cover(?:foto|bild)? "
    r"header(?:bild|image)? "
    r"videos? films? filme clips? musi[ck] m[uú]sica musique songs? sounds? soundtrack audio tracks? "
    r"melody podcasts? episoden? "
    r"map maps karten? kartendaten cartes? mapas? tiles leaflet openstreetmap osm flickr unsplash pixabay "
    r"pexels wikimedia commons\.wikimedia "
    r"emojis? twemoji fonts? schrift(?:arten?|en)? typeface drawings? zeichnung(?:en)? gem[äa]lde "
    r"paintings? source quelle quellen via fuente photographer fotograf "
    r"data daten donn[ée]es datos dados dati datasets? datens[äa]tz(?:e|en|es)? datensatz(?:es)? database "
    r"datenbank(?:en)? metadata metadaten "
    r"comments? kommentare?n? citations? zitate? abstracts? folien slides pr[äa]sentation(?:en)? presentations? "
    r"arbeitsbl[aä]tt(?:er)? worksheets? tabellen? tables? diagramme? charts? infograph\w* fot zdj[ęe]ci[ea]",
    "part",
)
_SOFTWARE = _any(
    r"theme themes templates? plantillas? vorlage skin layout design designs designed webdesign "
    r"gestaltung software programm(?:e|code)? code "
    r"codes quellcode quelltext sourcecode "
    r"code-source logiciels? plugins? library libraries bibliothek scripts? script framework cms engine app powered",
    "software",
)
TEXT = re.compile(rf"(?<![\w-])(?:{_TEXT})(?!\w)")
PART = re.compile(
    rf"(?<!\w)(?:{_PART})(?!\w)|(?:bild|foto)(?:er|s)?\b|\b(?:bild|foto)\w*(?=:)|"
    r"(?:grafik|daten|karten?|video|musik)(?:en|s)?\b"  # a German compound is its last noun
)
SOFTWARE = re.compile(rf"(?<![\w-])(?:{_SOFTWARE})(?!\w)|source code")
# «This …», «our …»: what makes a sentence speak of the page it stands on.
DEIXIS = re.compile(
    r"(?<!\w)(?:this|these|here|our|my|hereby|diese[rsmn]?|dies|hier|unsere[rsnm]?|meine[rsnm]?|"
    r"vorliegende[rsn]?|nebenstehende|cet|cette|ce|ces|notre|nos|ici|"
    r"este|esta|estos|estas|nuestr[oa]s?|questo|questa|questi|queste|quest|nostri|nostro|deze|dit|onze|"
    r"dette|denne|disse|vores|denna|detta|v[åa]ra?|"
    r"t[äa]m[äa]n?|niniejsz[aey]\w*|t(?:en|ej|ego|ym|ych)|[dn]est[ea]s?|tato|toto|tento|t[ěe]chto|tohoto|tomto|"
    r"ez|acest|acesta|aceast[ăa]|ovaj|ovo|aquest[a]?|nosso|"
    r"nossa|" + _any("", "this") + r")(?!\w)"
)
ALL = re.compile(
    r"(?<!\w)(?:all|alle[rsn]?|s[äa]mtliche|any|tous|toutes?|tout|todos?|todas?|tutt[oiae]|alla|kaikki|"
    r"wszystkie|v[šs]echny|[öo]sszes|sve|vsi|the|der|die|das|les?|"
    r"los|el|la|il|gli|i|de|het)(?!\w)"
)
# Articles, «is» and prepositions of the languages in `subject_words.toml`.
LITTLE = re.compile(r"(?<!\w)(?:" + _any("", "little") + r")(?!\w)")
# A label before a mark: «Lizenz:», «License», «Licence :», «Rechte:».
LABEL = re.compile(
    r"(?:^|[\s|¶(])(?:lizenz(?:en|hinweis|iert|art|angaben?)?|licen[sc]es?|licencias?|licen[çz]as?|"
    r"licenza|licenze|licentie|licens|lisens|lisenssi|litsents|licence|licencia|licencja|licenc|"
    r"llic[èe]ncia|"
    r"lizentzia|άδεια|лиценз|rights|rechte|nutzungsrechte|urheberrecht|copyright|usage|terms|nutzung|"
    r"nutzungsbedingungen|©|\(c\))\s*(?:info|information|terms|notice|des textes)?\s*[:：]?\s*$"
)
# Verbs of granting, in the clause that leads to the mark or follows it.
GRANT = re.compile(
    r"licen[sc]\w*|lizen[zt]\w*|licenz\w*|licenc\w*|licenç\w*|llic[èe]n\w*|lisens\w*|litsents\w*|лиценз\w*|άδεια|"
    r"(?<!\w)(?:under|unter|sous|bajo|sotto|onder|sob|sota|pod|na|available|verf[üu]gbar|"
    r"ver[öo]ffentlicht|released|published|publi[ée]\w*|publicad\w+|pubblicat\w+|"
    r"distributed|distribu\w+|shared|steht|stehen|unterlieg\w+|unterstehen|gilt|freigegeben|disponib\w+|"
    r"terms|dostępn\w*|dostupn\w*|utilisable|nutzbar|kan använd\w*|mis à disposition|rilasciat\w+|beschikbaar|"
    r"udgivet|publicerad\w*|" + _any("", "grant") + r")(?!\w)"
)
# Clauses that take something out of what the sentence speaks of: before the main clause up to its comma, else to the
# end.
_EXCEPT = (
    r"(?:except|excluding|with the exception|other than|apart from|ausgenommen|ausser|außer|mit ausnahme|"
    r"bis auf|nicht jedoch|sauf|hormis|à l.exception|salvo|excepto|"
    r"a excepci[oó]n|eccetto|ad eccezione|behalve|tenzij|med undtagelse|undtagen|unless|sofern|soweit|"
    r"o ile nie|je[śs]li nie|chyba że|z wyjątkiem|nen[íi]-li|pokud nen[íi]|vyjma|s výjimkou|exceto|a menos que|"
    r"a meno che|om inte|med undantag|utom|med mindre|unntatt|hacsak|kivéve|ellei|cu excepția|dacă nu|ako nije|osim|"
    r"wenn nicht|falls nicht|wo nicht|if not|" + _any("", "except") + r")(?!\w)"
)
# A whole phrase, which needs no comma behind it.
_UNLESS = rf"(?<!\w)(?:{_any('', 'unless')})(?!\w),?"
EXCEPT = re.compile(rf"{_UNLESS}|^\W*{_EXCEPT}[^,.;|¶]*,|{_EXCEPT}[^.;|¶]*")
# The mark is spoken of, not used: quoted, recommended, explained.
TALK = re.compile(
    r"(?<!\w)(?:z\. ?b\.|e\.g\.|zum beispiel|for example|for instance|etwa|such as|wie etwa|par exemple|"
    r"por ejemplo|heißt|means|bedeutet|wählen|choose|verwenden sie|"
    r"wish(?:es)?|hopes?|hoped|wünsch\w*|hoffe\w*|wäre[ns]?|hätten?|were licensed|(?:will|sollen|soll) künftig|might|"
    r"you (?:can|could|should|must)|man (?:kann|könnte|darf|muss)|sollte[n]?|could be|kannst|if you|wenn "
    r"sie|wenn du|falls|würde|would|was ist|what is|"
    r"not|nicht|kein(?:e|en|er)?|never|niemals|no longer|nicht mehr|ohne|without|früher|formerly|until|"
    r"bis zum|bisher|previously|anciennement|auparavant|anteriormente|precedentemente|in passato|wcześniej|voorheen|"
    r"tidigare|tidligere|künftig|zukünftig|demnächst|will be|sera|será|sarà|będzie|"
    r"ne|n['’]est|n['’]étai\w+|non (?:è|sono|viene)|no (?:est[áa]n?|es|son|se)|não|nie|niet|geen|inte|ikke|ej|"
    r"nen[íi]|nejsou|nem|nu este|ei ole|mit dem (?:absenden|hochladen|einreichen)|by (?:submitting|"
    r"contributing|posting)|"
    r"en (?:envoyant|soumettant)|schreib(?:en sie|e|t)|füg(?:en sie|e|t)|write|insert|écri(?:vez|re)|ajoutez|"
    r"scriv(?:i|ete|ere)|"
    r"setzen sie|übernehmen sie|kopieren sie|add the|place the|use the following|"
    r"copy|copie[rz]|copia|escrib(?:a|e|ir)|napisz|schrijf|skriv|" + _any("", "not") + r")(?!\w)"
    # «Example: this text …»
    r"|(?:beispiele?|muster|example|sample|exemple|ejemplo|esempio|przykład|voorbeeld|exempel|eksempel|příklad)\s*:"
)
# Not all of it, and which is not said.
SOME = re.compile(
    r"(?<!\w)(?:einige[rnms]?|manche[rnms]?|viele[rn]?|die meisten|mehrere|teile?|teilweise|ausgewählte[rn]?|"
    r"einzelne[rn]?|(?:entsprechend )?gekennzeichnet\w*|markiert\w*|some|parts?|portions?|certain|selected|many|most|"
    r"marked|labell?ed|certain(?:e?s)|quelques|plusieurs|une partie|la plupart|algun[oa]s|una parte|parte|"
    r"much[oa]s|alcun[ie]|molti|"
    r"mostly|largely|größtenteils|überwiegend|weitgehend|principalement|en grande partie|principalmente|mayormente|"
    r"grotendeels|in gran parte|w większości|převážně|mest|suurelta osin|nagyrészt|pretežno|în mare parte|"
    r"algumas?|alguns|niekt[óo]r\w+|częś[ćc]i?|wybrane|sommige|enkele|delen|nogle|noen|vissa|delar|někter\w+|"
    r"části?|egyes|" + _any("", "some") + r")(?!\w)"
)
# What a text is made of and not the text: «this article uses material from …, which is …».
CONTAINS = re.compile(
    r"(?<!\w)(?:contain(?:s|ing)?|uses|us(?:es|ing)|includ(?:es|ing)|incorporat(?:es|ing)|draws? on|"
    r"(?:is |are )?(?:partly )?(?:based|adapted|derived|taken|excerpted) (?:up)?(?:on|from)|"
    r"remix(?:es|ed)|quotes|cites|enthält|enthalten|verwendet|nutzt|"
    r"benutzt|zitiert|beruht auf|beruhen auf|basiert auf|basieren auf|übernommen aus|"
    r"contien(?:t|nent)|utilise|reprend|repris de|cite|bas[ée]e?s? sur|adapt[ée]e?s? de|tir[ée]e?s? de|"
    r"contienen?|utilizan?|usa|basad[oa]s? en|adaptad[oa]s? de|tomad[oa]s? de|"
    r"contiene|contengono|utilizza|basat[oaie] su|adattat[oaie] da|tratt[oaie] da|contém|contêm|baseia-se em|"
    r"zawiera\w*|wykorzystuje|oparty na|obsahuj[eí]\w*|využív[aá]\w*|bevat|gebruikt|gebaseerd op|indeholder|inneholder|"
    r"innehåller|baseret på|basert på|baserad på|använder|sisältää|perustuu|tartalmaz\w*|conține?|sadrž[ei]\w*|"
    r"vsebuje|съдържа\w*|използва|περιέχ\w*|χρησιμοποι\w*|sisaldab|satur(?=\s+materiāl)|naudoja|inclou|conté)(?!\w)"
)
# Granted to some people only.
FOR_SOME = re.compile(
    r"(?<!\w)(?:for|für|pour|para|per|voor|dla|pro)\s+(?:(?:our|unsere|nos|the|alle|die|les|los|i)\s+)?(?:members|"
    r"subscribers|schools|teachers|students|pupils|mitglieder|abonnent(?:en|innen)?|schulen|lehr(?:er|kräfte)\w*|"
    r"studierende|adh[ée]rents|abonn[ée]s|enseignants|miembros|suscriptores|docentes|soci|abbonati|leden|abonnees|"
    r"członków|nauczycieli|členy|non-?profits?|gemeinnützige)(?!\w)"
    r"|(?<!\w)(?:schulen|schools|mitgliedern|lehrkräften|members)(?!\w)"
)
# Works of a stretch of time; a copyright notice names years too and is left out before.
OF_A_TIME = re.compile(
    r"(?<!\w)(?:vor|bis|ab|before|until|till|from|after|prior to|avant|apr[èe]s|jusqu\S+|à partir de|hasta|antes de|"
    r"a partir del?|prima del|dopo il|fino al|dal|przed|do|od|po|voor|vanaf|tot|före|från|efter|før|fra)\s+"
    r"(?:\w+\.?\s+){0,2}(?:19|20)\d\d(?!\w)"
)
# Whoever speaks of works elsewhere: «her book», «more texts».
ELSEWHERE = re.compile(
    r"(?<!\w)(?:her|his|their|its|ihre?[rnms]?|seine?[rnms]?|deren|dessen|leurs?|son|sa|ses|sus?|suo[ii]?|sua|"
    r"sue|loro|jego|jej|ich|"
    r"zijn|haar|hun|hans|hennes|deras|mehr|weitere[rn]?|andere[rnms]?|more|further|other|another|additional|"
    r"original\w*|"
    r"autres?|plus de|otr[oa]s?|más|altr[ie]|outr[oa]s?|mais|więcej|inne|meer|flere|fler|další|"
    + _any("", "elsewhere")
    + r")(?!\w)"
)
# Works that somebody has and that stand elsewhere: «my book» on a blog.
SINGLE_WORK = re.compile(
    r"(?:b[uü]ch(?:er|es)?|books?|handbuch|handbook|manual|tutorials?|publications?|publikation(?:en)?|livres?|"
    r"libr[oi]s?|boek|"
    r"opera|opere|obras?|[œo]uvres?|kapitel|chapters?|skripte?n?|lessons?|lektion(?:en)?|translations?|"
    r"übersetzung(?:en)?|"
    r"beitrag|paper|dissertation|thesis|werk|work)(?!\w)"
)
MINE = re.compile(r"(?:our|my|unser|mein|notre|nos|nuestr|nostr|onze|v[åa]r|vores|noss|naš|nasz|наш|mūs|meie)")
# Whoever is named beside a title gives a credit for another work: «“Boat” by Jane Doe», «Foto von …».
CREDIT = re.compile(
    r"(?:[\"“”„«»][^\"“”„«»]{1,120}[\"“”„«»]\s*(?:,|by|von|par|de|di|av|af|van|©|\()|(?<!\w)(?:by|von|par|"
    r"por|di|door|©|\(c\)|credits?|courtesy(?: of)?|created by|erstellt von)\s*:?\s*@?[A-ZÄÖÜ][\w.-]*)"
)
PICTURE_HOSTS = re.compile(
    r"(?:flickr\.com|flic\.kr|wikimedia\.org|wikipedia\.org/wiki/(?:file|datei|fichier|archivo):|"
    r"unsplash\.|pixabay\.|pexels\.|openverse|photopin|piqs\.de|pixelio|"
    r"freepik|500px|instagram\.|youtube\.|vimeo\.|soundcloud\.|freesound|jamendo|freemusicarchive|"
    r"thenounproject|flaticon|fontawesome|deviantart|openclipart|"
    r"openstreetmap\.org|osm\.org|mapbox|leafletjs|stamen\.com)",
    re.I,
)
CREDIT_HEADING = re.compile(
    r"(?:bild|foto|photo|image|abbildung|figure|video|audio|musik|music|grafik|karte|map|icon|"
    r"media)\w*\s*-?(?:nachweis|quelle|credit|recht|verzeichnis|lizenz|license|attribution)|"
    r"(?:credits|attributions?|acknowledg|references|referenzen|quellen|sources|literatur|bibliogra|"
    r"einzelnachweise|weblinks|further reading|see also|siehe auch|fuentes|"
    r"fonti|r[ée]f[ée]rences|verwandte|related|colophon of images|downloads?|daten|data|software|code)"
)
# «When using it, say: “…”»: the credit line that a page prescribes, in quotation marks.
CREDIT_ASKED = re.compile(
    r"(?:anzugeben|anzuführen|zu nennen|zu zitieren|zitierweise|quellenangabe|namensnennung|attribut\w*|credit\w*|"
    r"cite\w*|acknowledg\w*|mention\w*|citer|citar|citare|menzionare|atribuir)[^«„“\"»¶.]{0,60}[:：]\s*"
    r"[«„“\"»]([^«„“”\"»]{8,500})[»“”\"«]",
    re.I,
)
# Reserving everything. «Some rights reserved» is no denial.
DENIAL = re.compile(
    r"all(?:e|er)?\s+(?:other\s+)?rights?\s+(?:are\s+)?(?:strictly\s+)?reserved|"
    r"alle\s+rechten?\s+(?:[\w,äöüß/&-]+\s+){0,8}?vorbehalten|rechte\s+vorbehalten|"
    r"tous\s+(?:les\s+)?droits\s+(?:de\s+\w+\s+)?r[ée]serv[ée]s|"
    r"todos\s+(?:los|os)\s+(?:derechos|direitos)\s+reservados|reservados\s+todos\s+(?:los|"
    r"os)\s+(?:derechos|direitos)|tutti\s+i\s+diritti\s+(?:sono\s+)?riservati|"
    r"alle\s+rechten\s+voorbehouden|alle\s+rettigheder\s+(?:er\s+)?forbeholdt|"
    r"alle\s+rettigheter\s+(?:er\s+)?(?:forbeholdt|reservert)|"
    r"alla\s+rättigheter\s+(?:är\s+)?(?:förbehållna|reserverade)|kaikki\s+oikeudet\s+pidätetään|"
    r"wszelkie\s+prawa\s+zastrzeżone|wszystkie\s+prawa\s+zastrzeżone|"
    r"v[šs]echna\s+pr[áa]va\s+vyhrazena|v[šs]etky\s+pr[áa]va\s+vyhraden[ée]|minden\s+jog\s+fenntartva|"
    r"toate\s+drepturile\s+rezervate|sva\s+prava\s+(?:pridr[žz]ana|zadr[žz]ana)|"
    r"vse\s+pravice\s+pridr[žz]ane|"
    r"tots\s+els\s+drets\s+reservats|visos\s+teis[ėe]s\s+saugomos|visas\s+ties[īi]bas\s+aizsarg[āa]tas|"
    r"kõik\s+õigused\s+(?:on\s+)?(?:reserveeritud|kaitstud)|всички\s+права\s+запазени|" + _any("", "reserved") + r"|"
    r"nachdruck\s+(?:\w+\s+){0,4}?(?:verboten|nur mit|nicht gestattet|untersagt)|"
    r"reproduction\s+(?:\w+\s+){0,6}?(?:prohibited|forbidden|interdite)|"
    r"reproducci[oó]n\s+(?:\w+\s+){0,4}?prohibida|riproduzione\s+(?:\w+\s+){0,2}?(?:riservata|vietata)|"
    r"no\s+part\s+of\s+(?:\w+\s+){1,5}?may\s+be\s+(?:reproduced|copied|used)|"
    r"(?:not|nicht)\s+(?:licensed\s+|lizenziert\s+)?(?:under|unter)\s+(?:(?:the|this|that|a|any|der|dieser|einer|irgendeiner)\s+)"
    r"(?:[\w-]+\s+){0,3}?(?:licen[cs]e|lizenz)|(?:ne sont|n[’']est)\s+pas\s+sous\s+(?:cette\s+|la\s+)?licence|"
    r"no\s+est[áa]n?\s+bajo\s+(?:esta|la)\s+licencia|non\s+(?:è|sono)\s+(?:rilasciat\w+\s+)?(?:sotto|con)\s+(?:questa|la)\s+licenza|"
    r"may\s+not\s+be\s+(?:reproduced|copied|republished|published|redistributed)|(?:vervielfältigung|"
    r"verwendung|weiterverwendung|nutzung|verbreitung)\s+(?:[\w,äöüß/-]+\s+){0,8}?(?:nur mit "
    r"(?:\w+\s+){0,3}?(?:genehmigung|zustimmung|erlaubnis)|nicht (?:gestattet|erlaubt|zulässig)|verboten|"
    r"untersagt)|(?:vervielfältigung|verwendung|weiterverwendung|nutzung|verbreitung|verwertung|wiedergabe|übernahme)\s+"
    r"(?:[\w,äöüß/()-]+\s+){0,20}?(?:bedarf|bedürfen)\s+(?:\w+\s+){0,6}?(?:zustimmung|genehmigung|erlaubnis|einwilligung)"
)
SOME_RIGHTS = re.compile(
    r"(?:some|einige|certains|algunos|alguns|alcuni|sommige|nogle|noen|vissa)\s+(?:\w+\s+){0,2}(?:rights|"
    r"rechte|droits|derechos|direitos|diritti|rechten|rettighe\w+|rättigheter)"
)
# Words beside a mark that take away what it grants.
RESTRICTION = re.compile(
    r"(?<!\w)(?:non|nicht|no)[ -]?(?:commercial|kommerziell\w*|comercial\w*|commerciale?)\b|(?:personal|"
    r"private[nrms]?|privaten?)\s+(?:use|gebrauch|zwecke\w*|nutzung)(?:\s+only)?|nur\s+(?:für|zu[rm]?|"
    r"zum)\s+(?:\w+\s+){0,2}(?:zwecke\w*|gebrauch)|"
    r"(?:for|in)\s+(?:[\w-]+\s+){1,3}(?:use|purposes?|contexts?)\s+only|only\s+for\s+(?:[\w-]+\s+){1,3}(?:use|purposes?)|"
    r"(?:needs?|requires?|require)\s+(?:\w+\s+){0,4}(?:permission|consent|approval)|non-?profit|gemeinnützig\w*|"
    r"not?\s+(?:for|be used for)\s+(?:\w+\s+){0,3}commercial|keine\s+(?:kommerzielle\s+nutzung|"
    r"bearbeitung\w*|veränderung\w*)|no\s+derivatives?|unverändert\w*|vollständig\s+(?:wiedergegeben|und "
    r"unverändert)|"
    r"pas d.utilisation commerciale|uso no comercial|uso non commerciale|without (?:prior )?(?:written "
    r")?(?:permission|consent)|ohne (?:\w+ )?(?:genehmigung|zustimmung|erlaubnis)|"
    r"um (?:\w+ )?(?:erlaubnis|genehmigung|zustimmung)|ask (?:\w+ ){0,4}(?:permission|first|before)|"
    r"demande[rz] (?:\w+ ){0,2}(?:autorisation|permission)|pedir permiso|chiede\w* (?:il )?permesso|"
    r"may not (?:alter|modify|change|adapt|build)|(?<!\w)(?:" + _any("", "unchanged") + r")(?!\w)|"
    r"nach (?:vorheriger )?(?:rücksprache|anfrage|genehmigung)|educational (?:use|purposes) only|nur "
    r"(?:\w+ )?(?:nicht|redaktionell)\w*|not permitted|nicht gestattet|nicht erlaubt|untersagt|prohibited|"
    r"verboten|interdit|prohibid[oa]s?|vietat[oaie]|zabronion\w*|verboden|förbjud\w*|forbudt|zak[áa]z[áa]n\w*|"
    r"nur (?:nach|mit|auf) (?:\w+ ){0,2}(?:absprache|rücksprache|vereinbarung|genehmigung|zustimmung|anfrage|erlaubnis)"
)
# Both in one sentence: «eine gewerbliche Nutzung ist nicht gestattet», «may not be used commercially».
COMMERCE = re.compile(
    r"(?<!\w)(?:(?:non|nicht|no|nem|ne|ei|epä|ikke|niet|inte|nie|не|μη)[- ]?)?(?:" + _any("", "commerce") + r")(?!\w)"
)
USE = re.compile(
    r"(?<!\w)(?:us(?:e|age|ed|es)|nutz\w*|nutzung\w*|weiter\w*nutzung|verwend\w*|verwert\w*|utilis\w*|usos?|utiliz\w*|utilizz\w*|"
    r"gebruik\w*|brug\w*|bruk\w*|användning\w*|käyttö\w*|käytt\w*|felhasznál\w*|wykorzyst\w*|użyci\w*|užit\w*|využit\w*|"
    r"použit\w*|upora\w*|korištenj\w*|kasutami\w*|naudoj\w*|izmanto\w*|използван\w*|χρήση\w*|ús)(?!\w)"
)
FORBIDDEN = re.compile(r"(?<!\w)(?:" + _any("", "forbidden") + r")(?!\w)")
_TRAIN = r"train\w*|trainier\w*|entra[iî]n\w*|entrena\w*|addestr\w*|" + _any("", "train")
_AI = (
    r"ki\b|k\.i\.|ai\b|a\.i\.|ia\b|künstliche\w* intelligenz|artificial intelligence|machine learning|"
    r"maschinelle\w* lern\w*|sprachmodell\w*|language models?|llms?|" + _any("", "ai")
)
TRAINING = re.compile(
    rf"(?<!\w)(?:{_TRAIN}|text[ -]?(?:und|and|&)[ -]?data[ -]?mining|tdm|scrap\w*)[^.¶|]{{0,120}}(?:(?<!\w)(?:{_AI})|"
    r"vorbehalten|reserved|§ ?44b|not permitted|untersagt|verboten)"
    rf"|(?<!\w)(?:{_AI})[^.¶|]{{0,80}}(?<!\w)(?:{_TRAIN})"
)
NEGATED = re.compile(
    r"(?<!\w)(?:not|no|nicht|kein\w*|untersagt|verboten|prohibited|forbidden|vorbehalten|reserved|"
    r"ausgeschlossen|interdit\w*|prohibid\w*|without|ohne|nur mit|only with|vietat\w*|niet|"
    + _any("", "forbidden")
    + "|"
    + _any("", "not")
    + r")(?!\w)"
)
