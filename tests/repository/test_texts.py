"""No file names the machine it was written on or the host of a package registry."""

import re

import pytest

FORBIDDEN = {
    "the host of a package registry": re.compile(
        r"pypi\.org|pythonhosted\.org|pypi\.tuna|registry\.npmjs|anaconda\.org|deb\.debian\.org"
        r"|--(?:extra-)?index-url|index[-_]url\s*=|/simple/?[\"'\s]",
        re.IGNORECASE,
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.~-])/(?:home|root|tmp|work|workspace|Users)/\w|\b[A-Z]:\\{1,2}Users\b"
    ),
}


def offences(text: str) -> list[str]:
    """What in a text breaks the rule: line number, the words, what they are."""
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {match.group()!r} is {what}"
        for what, pattern in FORBIDDEN.items()
        for match in pattern.finditer(text)
    ]


def test_no_file_names_a_registry_or_a_machine(texts: dict[str, str]) -> None:
    assert len(texts) > 10
    assert [f"{path}:{offence}" for path, text in texts.items() for offence in offences(text)] == []


@pytest.mark.parametrize(
    "pieces",
    [
        ("https://py", "pi.org/project/numpy"),
        ("https://files.python", "hosted.org/packages"),
        ("pip install --index", "-url=somewhere numpy"),
        ("https://mirror.example/sim", "ple/ "),
        ('open("/ro', 'ot/data.csv")'),
        ("see /ho", "me/someone/x"),
        ("/tm", "p/trial.yaml"),
        ("C:\\Us", "ers\\someone"),
    ],
)
def test_planted_offences_are_found(pieces: tuple[str, str]) -> None:
    text = "first line\n" + "".join(pieces)  # in pieces, so that this file does not break the rule
    assert [offence.partition(":")[0] for offence in offences(text)] == ["2"]


@pytest.mark.parametrize("text", ["#!/usr/bin/env python3", "days at home/work/school", "https://example.org/home/a"])
def test_harmless_text_passes(text: str) -> None:
    assert offences(text) == []
