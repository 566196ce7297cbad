"""Which roles an article gives its persons."""

from __future__ import annotations

import pytest

from briefings.model import Article, Language, Role
from briefings.reading import read


def _roles(raw: str, name: str, language: Language = "fr") -> list[Role]:
    actors = {a.name: a for a in read(Article("a", raw, language=language)).actors}
    return list(actors[name].roles)


@pytest.mark.parametrize(
    ("raw", "roles"),
    [
        ("Le ministre Armel Quintin est venu.", ["ministre"]),
        ("Le patron de Nortelis, Armel Quintin, est venu.", ["patron de Nortelis"]),
        ("Armel Quintin, directeur de Nortelis, est venu.", ["directeur de Nortelis"]),
        ("Armel Quintin (directeur) est venu.", ["directeur"]),
        ("Armel Quintin est le patron de Nortelis.", ["patron de Nortelis"]),
        ("Armel Quintin a été nommé président de Nortelis.", ["président de Nortelis"]),
        ("Armel Quintin est venu hier.", []),
    ],
)
def test_a_role_stands_beside_its_name(raw: str, roles: list[str]) -> None:
    """Before the name, behind a comma, in brackets or after a verb, without its article."""
    assert [r.text for r in _roles(raw, "Armel Quintin")] == roles


@pytest.mark.parametrize(
    ("raw", "roles"),
    [
        ("The mayor of the town, Arthur Quintin, came.", ["mayor of the town"]),
        ("Arthur Quintin, chief executive of Nortelis, came.", ["chief executive of Nortelis"]),
        ("Arthur Quintin (chair) came.", ["chair"]),
        ("Arthur Quintin is the chair of Nortelis.", ["chair of Nortelis"]),
        ("Arthur Quintin was named interim CEO of Nortelis.", ["interim CEO of Nortelis"]),
        ("CTO Arthur Quintin came.", ["CTO"]),
        ("Mayor Arthur Quintin came.", ["Mayor"]),
    ],
)
def test_a_role_in_english(raw: str, roles: list[str]) -> None:
    """English gives roles in the same places, and in front without an article."""
    assert [r.text for r in _roles(raw, "Arthur Quintin", "en")] == roles


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("L'ex-ministre Armel Quintin est venu.", "fr"),
        ("L'ancien ministre Armel Quintin est venu.", "fr"),
        ("Former minister Armel Quintin came.", "en"),
    ],
)
def test_a_past_role_is_former(raw: str, language: Language) -> None:
    """ "ex-", "ancien" and "former" mark a role that has ended."""
    assert [r.former for r in _roles(raw, "Armel Quintin", language)] == [True]


def test_a_present_role_is_not_former() -> None:
    """A role without such a word holds."""
    assert [r.former for r in _roles("Le ministre Armel Quintin est venu.", "Armel Quintin")] == [False]


def test_a_plural_role_belongs_to_each() -> None:
    """ "les ministres A et B" makes both ministers."""
    raw = "Les ministres Odile Vernay et Armel Quintin ont signé."
    assert [r.text for n in ("Odile Vernay", "Armel Quintin") for r in _roles(raw, n)] == ["ministres"] * 2


def test_a_role_is_given_once() -> None:
    """The same role twice is one role, at its first place."""
    raw = "Le maire Armel Quintin est venu. Le maire Armel Quintin est parti."
    (role,) = _roles(raw, "Armel Quintin")
    assert role.span.start == raw.index("maire")


def test_a_role_cites_its_sentence() -> None:
    """The role's text is the article's, and its sentence holds it."""
    raw = "Il pleut. Armel Quintin, directeur de Nortelis, est venu."
    (role,) = _roles(raw, "Armel Quintin")
    assert role.span.of(raw) == role.text
    assert role.sentence.of(raw) == "Armel Quintin, directeur de Nortelis, est venu."
    assert role.sentence.holds(role.span)


@pytest.mark.parametrize(
    ("raw", "roles"),
    [
        ("Le maire (LR) de Villenoire, Armel Quintin, est venu.", ["maire (LR) de Villenoire"]),
        ("Le secrétaire général de Nortelis, Armel Quintin, est venu.", ["secrétaire général de Nortelis"]),
        ("Armel Quintin, secrétaire général de Nortelis, est venu.", ["secrétaire général de Nortelis"]),
        ("Le secrétaire général Armel Quintin est venu.", ["secrétaire général"]),
        ("Armel Quintin, secrétaire général, est venu.", ["secrétaire général"]),
    ],
)
def test_a_role_is_whole(raw: str, roles: list[str]) -> None:
    """A party in brackets and an adjective behind the noun do not break a role off."""
    assert [r.text for r in _roles(raw, "Armel Quintin")] == roles
