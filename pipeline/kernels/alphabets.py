"""Which script and which letters beyond a–z a language is written with: what a detector says must fit them."""

from __future__ import annotations

# numba compiles the kernels by the signature in their decorator; in Python they have no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,assignment"
import langcodes
import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from pipeline.kernels.view import SCRIPTS

U8 = types.Array(types.uint8, 1, "C", readonly=True)
U8x2 = types.Array(types.uint8, 2, "C", readonly=True)
I32 = types.Array(types.int32, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C", readonly=True)

# Letters beyond a–z of the standard orthographies, with those of common loan words (CLDR exemplar and auxiliary
# characters, version 46). A language without an entry is not judged by its letters.
_BEYOND = {
    "cs": "áčďéěíňóřšťúůýžäöü",
    "da": "æøåéáäöü",
    "de": "äöüßẞàâçéèêëïîôñáó",
    "en": "àâáåäæçèéêëîïñóôöøœüû",
    "es": "áéíñóúüçà",
    "et": "äõöüšžé",
    "fi": "äöåšžéü",
    "fr": "àâæçéèêëïîôœùûüÿñ",
    "ga": "áéíóúàèìòùḃċḋḟġṁṗṡṫ",
    "hr": "čćđšžéáö",
    "hu": "áéíóöőúüűäà",
    "it": "àéèíìîóòúùçäöü",
    "lt": "ąčęėįšųūžáàãéẽíìñóòõũúù",
    "lv": "āčēģīķļņšūžōŗ",
    "mt": "ċġħżàèìòùé",
    "nl": "áàâäéèêëíìïîóòôöúùûüçĳñ",
    "pl": "ąćęłńóśźżéüöàáèäçñ",
    "pt": "áâãàçéêíóôõúüèòñï",
    "ro": "ăâîșțşţéáöüà",
    "sk": "áäčďéíĺľňóôŕšťúýžěřůöü",
    "sl": "čšžćđáéóöüä",
    "sv": "åäöéàüáëèæø",
    "no": "æøåéèêóòôàäöü",
    "nn": "æøåéèêóòôàäöü",
    "bs": "čćđšž",
    "sr": "čćđšž",
}
_SCRIPTS = {  # beside the likely script of CLDR
    "sr": "Latn Cyrl",
    "bs": "Latn Cyrl",
    "az": "Latn Cyrl Arab",
    "uz": "Latn Cyrl",
    "kk": "Cyrl Latn Arab",
    "ku": "Latn Arab",
    "mn": "Cyrl",
    "pa": "Guru Arab",
    "tg": "Cyrl Latn Arab",
    "tt": "Cyrl Latn",
    "tk": "Latn Cyrl",
    "ug": "Arab Cyrl Latn",
    "ha": "Latn Arab",
    "crh": "Latn Cyrl",
    "ja": "Kana Hani",
    "ko": "Hang",
    "zh": "Hani",
    "yue": "Hani",
    "wuu": "Hani",
    "sdh": "Arab",
    "uzs": "Arab",
    "kab": "Latn",
    "fuv": "Latn Arab",
    "ky": "Cyrl Latn Arab",
    "ms": "Latn Arab",
    "id": "Latn",
    "jv": "Latn",
    "ro": "Latn Cyrl",
    "vo": "Latn",
    "grc": "Grek",
    "hbo": "Hebr",
    "dz": "Tibt",
    "gom": "Deva Latn",
    "sa": "Deva",
}
# A script that one living language of the model uses: what the text is in, when the detector said something else.
ONLY = {"Grek": "el", "Armn": "hy", "Geor": "ka", "Hang": "ko", "Kana": "ja", "Hani": "zh", "Thai": "th", "Laoo": "lo",
        "Khmr": "km", "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Gujr": "gu", "Guru": "pa",
        "Orya": "or"}  # fmt: skip
_LIMIT = 0x1F00


def scripts(labels: tuple[str, ...]) -> NDArray[np.uint8]:
    """label × script: whether the language is written so. A label that CLDR does not know is judged by Latin."""
    table = np.zeros((len(labels), len(SCRIPTS)), np.uint8)
    alias = {"Hans": "Hani", "Hant": "Hani", "Jpan": "Kana", "Kore": "Hang"}
    for row, label in enumerate(labels):
        if label == "zxx":
            table[row] = 1
            continue
        names = _SCRIPTS.get(label) or langcodes.get(label).maximize().script or "Latn"
        for name in names.split():
            name = alias.get(name, name)
            if name in SCRIPTS:
                table[row, SCRIPTS.index(name)] = 1
    return table


def letters(labels: tuple[str, ...]) -> NDArray[np.uint8]:
    """label × code point: 1 where the letter belongs to the language or the language is not judged by letters."""
    table = np.ones((len(labels), _LIMIT), np.uint8)
    for row, label in enumerate(labels):
        if label in _BEYOND:
            table[row, 0x80:0x250] = 0
            table[row, 0x1E00:0x1F00] = 0
            for c in _BEYOND[label] + _BEYOND[label].upper():
                table[row, ord(c)] = 1
    return table


@njit(types.void(U8, I64, I64, I32, U8, U8x2, types.int64[::1]), nogil=True, cache=True)
def _foreign(data, start, stop, label, kind, own, foreign):
    for s in range(len(start)):
        foreign[s] = 0
        if label[s] < 0:
            continue
        known = own[label[s]]
        for p in range(start[s], stop[s]):
            b = np.int64(data[p])
            if 0xC3 <= b < 0xE0 and p + 1 < stop[s]:
                c = ((b & 31) << 6) | (np.int64(data[p + 1]) & 63)
            elif b == 0xE1 and p + 2 < stop[s]:
                c = ((b & 15) << 12) | ((np.int64(data[p + 1]) & 63) << 6) | (np.int64(data[p + 2]) & 63)
            else:
                continue
            if c < _LIMIT and kind[c] & 1 and not known[c]:
                foreign[s] += 1


def foreign(
    data: NDArray[np.uint8],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    label: NDArray[np.int32],
    kind: NDArray[np.uint8],
    own: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """How many letters of every stretch do not belong to the language that it was called."""
    result = np.zeros(len(start), np.int64)
    _foreign(data, start, stop, label, kind, own, result)
    return result
