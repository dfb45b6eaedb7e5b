"""The notes of the laboratory's tables in the reader's language: why a number is missing, how one was chosen."""

import re
from collections.abc import Mapping

from experiments.figures.laboratory_words import OUTCOMES, REASONS, term
from experiments.figures.reading import listed

NOTES = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"effects? of (?P<names>.+?) alone not above 0", "not_positive"),
        (r"no elasticity", "no_elasticity"),
        (r"effect not above 0", "effect_not_positive"),
        (r"single effect is below 0", "negative"),
        (r"one (?:seed|replicate)", "one_seed"),
        (r"not bounded", "unbounded"),
        (r"not identified|no dose matches", "not_identified"),
        (r"cannot absorb", "cannot_absorb"),
        (r"spends (?P<share>[\d.]+) of the budget", "steps"),
        (r"spends nothing", "spends_nothing"),
        (r"chosen for (?P<outcome>\w+) after (?P<months>\d+) months", "chosen_for"),
        (r"on the cloglog scale", "cloglog"),
        (r"on the logit scale", "logit"),
        (r"share is 0 or 1", "extreme"),
        (r"nobody is left", "nobody"),
        (r"runs failed", "failed"),
        (r"does not halve|not reached", "not_halved"),
        (r"from (?P<count>\d+) sampled orders", "sampled"),
        (r"^effect$", "as_effect"),
        (r"^(?P<name>\S+) alone$", "one_alone"),
        (r"^(?P<name>\S+) (?P<value>-?[\d.]+)$", "own"),
    )
)


def in_words(note: object, names: Mapping[str, str], language: str) -> str:
    """A note in the language, its parts one by one; a part that is not known here stays as it stands."""
    text = note if isinstance(note, str) else ""
    return ("; " if language == "en" else "；").join(_part(part, names, language) for part in text.split("; ") if part)


def reason(note: object, names: Mapping[str, str], language: str) -> str:
    """Why a number is missing, in the language."""
    return in_words(note, names, language) or REASONS["undefined"][0 if language == "en" else 1]


def _part(text: str, names: Mapping[str, str], language: str) -> str:
    for pattern, key in NOTES:
        if found := pattern.search(text):
            values = found.groupdict()
            if "names" in values:
                values["names"] = listed(re.split(r",\s*|\+", values["names"]), names, language)
            if "name" in values:
                values["name"] = names.get(values["name"], values["name"])
            if "outcome" in values:
                values["outcome"] = term(OUTCOMES, values["outcome"], language)
            return REASONS[key][0 if language == "en" else 1].format(**values)
    return text
