"""English inflection, for patterns to name a noun or a verb once and be met in every form."""

from __future__ import annotations

_PLURALS = {
    "aircraft": "aircraft",
    "calf": "calves",
    "child": "children",
    "crisis": "crises",
    "crossroads": "crossroads",
    "flyby": "flybys",
    "foot": "feet",
    "goose": "geese",
    "human": "humans",
    "knife": "knives",
    "leaf": "leaves",
    "mosquito": "mosquitoes",
    "mouse": "mice",
    "passerby": "passersby",
    "person": "people",
    "shelf": "shelves",
    "thief": "thieves",
    "tornado": "tornadoes",
    "volcano": "volcanoes",
    "wolf": "wolves",
}
_PREPOSITIONS = """
about above against alone at behind being between by calling close detected down during for from
going in into losing making near needing not of off on out over overhead somewhere that through to
under up wearing who whose with without
"""
#: Before these a noun is no longer last, and is given no plural.
_AFTER_NOUN = frozenset(_PREPOSITIONS.split())
_PAST = {
    "beat": "beat",
    "begin": "began",
    "bend": "bent",
    "bite": "bit",
    "bleed": "bled",
    "blow": "blew",
    "break": "broke",
    "bring": "brought",
    "burst": "burst",
    "catch": "caught",
    "come": "came",
    "creep": "crept",
    "cut": "cut",
    "dig": "dug",
    "do": "did",
    "draw": "drew",
    "drive": "drove",
    "eat": "ate",
    "fall": "fell",
    "fight": "fought",
    "flee": "fled",
    "fly": "flew",
    "get": "got",
    "give": "gave",
    "go": "went",
    "grind": "ground",
    "grow": "grew",
    "hang": "hung",
    "have": "had",
    "hide": "hid",
    "hit": "hit",
    "hold": "held",
    "hurt": "hurt",
    "keep": "kept",
    "kneel": "knelt",
    "leave": "left",
    "let": "let",
    "lie": "lay",
    "light": "lit",
    "lose": "lost",
    "make": "made",
    "meet": "met",
    "put": "put",
    "read": "read",
    "ring": "rang",
    "rise": "rose",
    "run": "ran",
    "say": "said",
    "set": "set",
    "shake": "shook",
    "shine": "shone",
    "shoot": "shot",
    "shut": "shut",
    "sing": "sang",
    "sink": "sank",
    "sit": "sat",
    "sleep": "slept",
    "slide": "slid",
    "speak": "spoke",
    "speed": "sped",
    "spin": "spun",
    "spit": "spat",
    "spread": "spread",
    "stand": "stood",
    "steal": "stole",
    "stride": "strode",
    "strike": "struck",
    "swear": "swore",
    "sweep": "swept",
    "swing": "swung",
    "take": "took",
    "tell": "told",
    "throw": "threw",
    "wake": "woke",
    "wear": "wore",
    "weep": "wept",
    "write": "wrote",
}
#: Participles of passives that no rule tells.
_PARTICIPLES = frozenset(
    ("cut", "held", "hit", "hurt", "lit", "put", "rung", "set", "shot", "shut", "struck", "thrown")
)
#: What looks like a participle and is a state.
_STATES = frozenset(
    ("abandoned", "crowded", "deserted", "injured", "seated", "tired", "unoccupied", "wounded")
)
_VOWELS = frozenset("aeiou")


def noun_forms(noun: str) -> list[str]:
    """With its article, many of it, and bare: a dog, dogs, dog.

    A phrase such as "honk of a car" has no plural here. An underscore ties words together that
    would look like one: "break_in alarm".
    """
    words = noun.split()
    spaced = noun.replace("_", " ")
    forms = [f"{_article(spaced)} {spaced}", spaced]
    behind = words[1:]
    if not _AFTER_NOUN & set(behind) and not (behind and behind[-1].endswith("ing")):
        first, last = spaced.rpartition(" ")[::2]
        forms.insert(1, f"{first} {_plural(last)}".strip())
    return forms


def one_does(verb: str) -> list[str]:
    """What one does: runs away, running away, is running away, ran away."""
    return _forms(verb, "is", "was")


def many_do(verb: str) -> list[str]:
    """What many do: run away, running away, are running away, ran away."""
    return _forms(verb, "are", "were")


def _forms(verb: str, present: str, past: str) -> list[str]:
    word, _, rest = verb.replace("_", " ").partition(" ")
    if word == "be":
        first = rest.split(" ", 1)[0]
        if not (first.endswith(("ed", "en")) or first in _PARTICIPLES) or first in _STATES:
            return [f"{present} {rest}", f"{past} {rest}"]
        return [f"{word} {rest}" for word in (present, "being", f"{present} being", past)]
    now = word if present == "are" else _third(word)
    doing = _doing(word)
    return [f"{form} {rest}".strip() for form in (now, doing, f"{present} {doing}", _past(word))]


def _article(noun: str) -> str:
    first = noun.split(maxsplit=1)[0]
    if first in {"suv", "hgv", "atm", "hour"}:
        return "an"
    if first in {"one", "unit", "uniform", "used"}:
        return "a"
    return "an" if first[0] in _VOWELS else "a"


def _plural(noun: str) -> str:
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith("man"):
        return noun[:-3] + "men"
    return _with_s(noun)


def _third(verb: str) -> str:
    if verb in {"go", "do", "echo"}:
        return verb + "es"
    return "has" if verb == "have" else _with_s(verb)


def _with_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _doing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe")):
        return verb[:-1] + "ing"
    return _doubled(verb) + "ing"


def _past(verb: str) -> str:
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return _doubled(verb) + "ed"


def _doubled(verb: str) -> str:
    """The verb with its last consonant twice where English writes it so: slam, slamm."""
    if verb == "panic":
        return "panick"
    short = sum(letter in _VOWELS for letter in verb.replace("qu", "q")) == 1
    if verb in {"begin", "emit", "occur", "patrol"} or (
        short and len(verb) > 2 and verb[-2] in _VOWELS and verb[-1] not in "aeiouwxy"
    ):
        return verb + verb[-1]
    return verb
