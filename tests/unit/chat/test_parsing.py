"""A typed line as a call: every way to write it, and what is said of a wrong one."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.answers import Refused, say
from bots.commands import CHOICES, COMMANDS, Kind
from bots.parsing import MOST_CHARACTERS, Call, Value, choice_of, command_of, groups, parse, tokens
from briefings.model import LANGUAGES
from briefings.rendering.words import Words

TEMPLATES = ("changes", "flash", "sitrep")


def values(line: str) -> dict[str, Value]:
    return dict(parse(line, TEMPLATES).values)


def refused(line: str, language: str = "en") -> tuple[str, str]:
    """What is said of a line, and the hint."""
    with pytest.raises(Refused) as caught:
        parse(line, TEMPLATES)
    return told(caught.value, language)


def told(e: Refused, language: str) -> tuple[str, str]:
    words = Words(language, domain="chat")  # type: ignore[arg-type]
    what, hint = (say(words, m, **e.values) if m else () for m in (e.what, e.hint))
    return "".join(getattr(x, "text", "") for x in what), "".join(getattr(x, "text", "") for x in hint)


# ---- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("/brief", "brief"),
        ("brief", "brief"),
        ("  /brief  ", "brief"),
        ("//brief", "brief"),
        ("/ brief", "brief"),
        ("/BRIEF", "brief"),
        ("/point", "brief"),
        ("/conséquences", "consequences"),
        ("/consequences", "consequences"),
        ("/médias", "outlets"),
        ("/medias", "outlets"),
        ("/story list", "story list"),
        ("/story   list", "story list"),
        ("/sujet liste", "story list"),
        ("/sujet list", None),
        ("/sujet défaut x", "story default"),
        ("/sujet defaut x", "story default"),
        ("/réglages", "setup"),
        ("/REGLAGES", "setup"),
        ("/aide", "help"),
        ("/aide chiffres", "help"),
        ("/briefing", None),
    ],
)
def test_a_command_is_named_in_either_language(line: str, name: str | None) -> None:
    """With and without the slash, accents, capitals and further spaces."""
    if name is None:
        with pytest.raises(Refused):
            parse(line)
    else:
        assert parse(line).command.name == name


@pytest.mark.parametrize("line", ["", " ", "/", "//", " / ", "\n", "/\t"])
def test_nothing_typed_is_told(line: str) -> None:
    """The help is named."""
    assert refused(line) == ("Nothing was typed.", "/help lists what there is.")


def test_a_line_that_is_too_long_is_told() -> None:
    """The limit is said; a line of just that length is read."""
    assert refused("/search " + "x" * MOST_CHARACTERS)[1] == "Split it."
    line = "/search " + "x" * (MOST_CHARACTERS - 8)
    assert values(line) == {"words": line[8:]}


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("/breif", "/brief"),
        ("/quote", "/quotes"),
        ("/chiffre", "/figures"),
        ("/consequense", "/consequences"),
        ("/storry add", "/story add"),
    ],
)
def test_an_unknown_command_is_told_with_the_nearest(line: str, near: str) -> None:
    """Whichever language the name is nearest in."""
    what, hint = refused(line)
    assert what == f"There is no command {line.split()[0]}."
    assert near in hint


@pytest.mark.parametrize(
    ("line", "near"), [("/quote", "/citations"), ("/chiffre", "/chiffres"), ("/storry add", "/sujet ajouter")]
)
def test_the_nearest_is_named_in_the_readers_language(line: str, near: str) -> None:
    """Whichever language it was typed in."""
    what, hint = refused(line, "fr")
    assert what == f"La commande {line.split()[0]} n’existe pas."
    assert near in hint


def test_an_unknown_command_like_none_is_told_with_the_help() -> None:
    """There is always something to type next."""
    assert refused("/xyzzyx") == ("There is no command /xyzzyx.", "/help lists what there is.")


@pytest.mark.parametrize("line", ["/story", "/sujet", "/story frobnicate", "/STORY"])
def test_a_group_is_told_with_its_commands(line: str) -> None:
    """All of them."""
    what, hint = refused(line)
    assert "needs to be told what to do" in what
    assert all(f"/{c.name}" in hint for c in groups()["story"])


# ---- options -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "/brief story:crisis template:flash language:fr",
        "/brief language:fr story:crisis template:flash",
        "/brief story=crisis template=flash language=fr",
        "/brief --story crisis --template flash --language fr",
        "/brief --story=crisis --template=flash --language=fr",
        "/brief crisis flash fr",
        "/brief flash crisis fr",
        "/brief fr crisis flash",
        "/brief crisis flash français",
        "/brief crisis flash French",
        "/brief crisis flash FRANCAIS",
        "/brief crisis language:fr flash",
        '/brief "crisis" "flash" "fr"',
        '/brief story:"crisis" template:«flash» language:“fr”',
        "/point sujet:crisis modele:flash langue:français",
        "/point sujet:crisis modèle:flash langue:fr",
        "/point SUJET:crisis Modèle=flash --Langue FR",
        "/point story:crisis modele:flash language:fr",
    ],
)
def test_a_call_can_be_written_in_many_ways(line: str) -> None:
    """By name in either language, by order, by what the words are."""
    assert values(line) == {"story": "crisis", "template": "flash", "language": "fr"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/brief", {}),
        ("/brief flash", {"template": "flash"}),
        ("/brief fr", {"language": "fr"}),
        ("/brief crisis", {"story": "crisis"}),
        ("/brief crisis nothing", {"story": "crisis", "template": "nothing"}),
        ("/consequences attendue", {"status": "expected"}),
        ("/conséquences statut:démentie", {"status": "denied"}),
        ("/consequences expected crisis", {"status": "expected", "story": "crisis"}),
        ("/evidence 12", {"number": 12}),
        ("/evidence [12]", {"number": 12}),
        ("/evidence #12", {"number": 12}),
        ("/evidence 12 crisis", {"number": 12, "story": "crisis"}),
        ("/preuve numéro:12", {"number": 12}),
        ("/evidence 007", {"number": 7}),
        ("/quotes Sam Altman", {"by": "Sam Altman"}),
        ("/quotes by:Sam Altman story:crisis", {"by": "Sam Altman", "story": "crisis"}),
        ("/quotes story:crisis by:Sam Altman", {"by": "Sam Altman", "story": "crisis"}),
        ("/citations de:Sam Altman", {"by": "Sam Altman"}),
        ("/timeline il y a 3 jours", {"since": "il y a 3 jours"}),
        ("/chronologie depuis:hier sujet:crise", {"since": "hier", "story": "crise"}),
        ("/search board resign", {"words": "board resign"}),
        ("/search words:board resign story:crisis", {"words": "board resign", "story": "crisis"}),
        ("/search board story:crisis resign", {"words": "board resign", "story": "crisis"}),
        ("/search note:this 10:30", {"words": "note:this 10:30"}),
        ("/chercher mots:conseil", {"words": "conseil"}),
        ("/story new Reservoir crisis", {"name": "Reservoir crisis"}),
        ('/story new "Reservoir crisis"', {"name": "Reservoir crisis"}),
        ("/story new “Reservoir: crisis”", {"name": "Reservoir: crisis"}),
        ("/sujet nouveau « Crise du barrage »", {"name": "Crise du barrage"}),
        ("/sujet nouveau «Crise du barrage»", {"name": "Crise du barrage"}),
        ("/story new name:Reservoir crisis", {"name": "Reservoir crisis"}),
        ("/story new Note: this", {"name": "Note: this"}),
        ("/story new story:x", {"name": "story:x"}),
        ("/story remove crisis yes", {"story": "crisis", "confirm": "yes"}),
        ("/sujet supprimer crisis oui", {"story": "crisis", "confirm": "yes"}),
        ("/story remove crisis confirm:yes", {"story": "crisis", "confirm": "yes"}),
        ("/setup crisis fr Europe/Paris", {"story": "crisis", "language": "fr", "timezone": "Europe/Paris"}),
        ("/réglages fuseau:Europe/Paris", {"timezone": "Europe/Paris"}),
        ("/help story new", {"command": "story new"}),
        ("/help /brief", {"command": "/brief"}),
        ("/brief story:", {}),
        ("/brief --template", {}),
        ('/brief story:""', {}),
        ("/search 'unclosed \"quote", {"words": "'unclosed \"quote"}),
    ],
)
def test_a_word_goes_to_the_option_that_it_is_for(line: str, expected: dict[str, Value]) -> None:
    """To that which is named, that which knows it, else the first that takes any."""
    assert values(line) == expected


@pytest.mark.parametrize(
    ("line", "urls"),
    [
        ("/story add https://a.example/x", ("https://a.example/x",)),
        ("/story add https://a.example/x http://b.example", ("https://a.example/x", "http://b.example")),
        ("/story add <https://a.example/x>", ("https://a.example/x",)),
        ("/story add <https://a.example/x|a.example>", ("https://a.example/x",)),
        (
            "/story add urls:https://a.example/x https://b.example",
            ("https://a.example/x", "https://b.example"),
        ),
        ("/story add https://a.example:8080/x?y=z&q=1#f", ("https://a.example:8080/x?y=z&q=1#f",)),
        ("/story add a.example/x", ("a.example/x",)),
        ("/sujet ajouter adresses:https://a.example", ("https://a.example",)),
        ("/story add --urls https://a.example", ("https://a.example",)),
    ],
)
def test_addresses_are_taken_one_by_one(line: str, urls: tuple[str, ...]) -> None:
    """Whole, without the angle brackets that a chat puts around them; a story may be named beside them."""
    assert values(line) == {"urls": urls}
    assert values(f"{line} story:crisis") == {"urls": urls, "story": "crisis"}


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("/brief nope:x", "/brief has no option “nope”.", "It takes: story, template, language."),
        ("/story list story:x", "/story list has no option “story”.", "It takes: —."),
        (
            "/story list x",
            "/story list does not know what to do with “x”.",
            "/help story list says what it takes.",
        ),
        ("/brief a b fr d", "/brief does not know what to do with “d”.", "/help brief says what it takes."),
        ("/search", "/search needs words.", "For example: /search board resign"),
        ("/search story:x", "/search needs words.", "For example: /search board resign"),
        ("/evidence", "/evidence needs number.", "For example: /evidence 12"),
        ("/story remove", "/story remove needs story.", "For example: /story remove …"),
        ("/evidence x", "“x” is not a number.", "Give the number of a citation, such as 12 for [12]."),
        ("/evidence -1", "“-1” is not a number.", "Give the number of a citation, such as 12 for [12]."),
        ("/evidence 1.5", "“1.5” is not a number.", "Give the number of a citation, such as 12 for [12]."),
        (
            "/evidence ١٢",
            "“\u2068١٢\u2069” is not a number.",
            "Give the number of a citation, such as 12 for [12].",
        ),
        (
            "/evidence 9999999999",
            "“9999999999” is not a number.",
            "Give the number of a citation, such as 12 for [12].",
        ),
        ("/brief language:de", "“de” is not a value of language.", "Choose one of these: fr, en."),
        (
            "/brief language:fr language:en",
            "“fr en” is not a value of language.",
            "Choose one of these: fr, en.",
        ),
        (
            "/consequences status:x",
            "“x” is not a value of status.",
            "Choose one of these: reported, expected, denied.",
        ),
        ("/story remove x confirm:no", "“no” is not a value of confirm.", "Choose one of these: yes."),
    ],
)
def test_what_is_wrong_is_told_with_what_is_right(line: str, what: str, hint: str) -> None:
    """Each refusal says what can be typed instead."""
    assert refused(line) == (what, hint)


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("/quotes nope:x", "/citations n’a pas d’option « nope ».", "Elle accepte : de, sujet."),
        ("/search", "Il manque mots à /chercher.", "Par exemple : /chercher conseil démission"),
        ("/evidence", "Il manque numéro à /preuve.", "Par exemple : /preuve 12"),
        ("/story remove", "Il manque sujet à /sujet supprimer.", "Par exemple : /sujet supprimer …"),
        (
            "/evidence x",
            "« x » n’est pas un nombre.",
            "Donnez le numéro d’un renvoi, par exemple 12 pour [12].",
        ),
        (
            "/consequences status:x",
            "« x » n’est pas une valeur de statut.",
            "Au choix : constatée, attendue, démentie.",
        ),
        ("/brief language:de", "« de » n’est pas une valeur de langue.", "Au choix : français, anglais."),
        ("/story remove x confirm:no", "« no » n’est pas une valeur de confirmer.", "Au choix : oui."),
    ],
)
def test_a_refusal_names_things_in_the_readers_language(line: str, what: str, hint: str) -> None:
    """Commands, options, choices and examples, though the line was typed in another."""
    assert refused(line, "fr") == (what, hint)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/quotes by Sam Altman", {"by": "Sam Altman"}),
        ("/citations de Altman", {"by": "Altman"}),
        ("/timeline since yesterday", {"since": "yesterday"}),
        ("/chronologie depuis il y a 3 jours", {"since": "il y a 3 jours"}),
        ("/quotes by: Altman", {"by": "Altman"}),
        ("/quotes by Altman story:crisis", {"by": "Altman", "story": "crisis"}),
    ],
)
def test_an_option_may_be_said_without_a_colon(line: str, expected: dict[str, Value]) -> None:
    """Where its name reads as a word of the sentence."""
    assert values(line) == expected


@pytest.mark.parametrize(
    "line",
    ["/point modèle:flash", "/point modele:flash", "/brief --modèle flash", "/BRIEF MODÈLE:flash"],
)
def test_an_option_is_named_with_or_without_accents(line: str) -> None:
    """As it is written in French, or as it is typed in haste."""
    assert values(line) == {"template": "flash"}
    assert values("/preuve numéro:3") == values("/preuve numero:3") == {"number": 3}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_is_understood_in_both_languages(language: str) -> None:
    """Its value, its label and its French word, with and without accents, in any case."""
    words = Words(language, domain="chat")  # type: ignore[arg-type]
    for kind, choices in CHOICES.items():
        for c in choices:
            for word in (c.value, c.label, c.fr, words.message(c.label)):
                assert choice_of(kind, word) == choice_of(kind, word.upper()) == c.value
    assert choice_of(Kind.LANGUAGE, "deutsch") is None


def test_a_call_gives_a_value_only_as_what_it_is() -> None:
    """A number is no text, a text no number, and what was not given is nothing."""
    call = parse("/evidence 3 crisis")
    assert (call.number("number"), call.text("number"), call.several("number")) == (3, None, ())
    assert (call.text("story"), call.number("story")) == ("crisis", None)
    assert (call.text("nothing"), call.number("nothing"), call.several("nothing")) == (None, None, ())
    assert parse("/story add https://a.example").several("urls") == ("https://a.example",)
    assert Call(call.command).values == {}


def test_a_token_knows_where_it_ends() -> None:
    """And how it was typed, so that a completion can replace the last one; `--name` is one by itself."""
    text = 'a by:"B c" --d e f: g'
    assert [(t.name, t.text, t.raw, text[: t.end]) for t in tokens(text)] == [
        ("", "a", "a", "a"),
        ("by", "B c", 'by:"B c"', 'a by:"B c"'),
        ("d", "", "--d", 'a by:"B c" --d'),
        ("", "e", "e", 'a by:"B c" --d e'),
        ("f", "", "f:", 'a by:"B c" --d e f:'),
        ("", "g", "g", text),
    ]


# ---- whatever is typed ---------------------------------------------------------------------------------------------

PIECES = st.one_of(
    st.sampled_from([x for c in COMMANDS for x in (*c.path, *c.fr)]),
    st.sampled_from(
        [f"{n}{mark}" for c in COMMANDS for o in c.options for n in (o.name, o.fr) for mark in ":="]
    ),
    st.sampled_from(
        ['"', "“", "”", "«", "»", "--", "/", ":", "=", "<", ">", "|", "https://", "[", "#", "%(name)s", "l'"]
    ),
    st.text(max_size=8),
    st.integers().map(str),
)
LINES = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=12).map(" ".join),
    st.lists(PIECES, max_size=12).map("".join),
    st.tuples(
        st.sampled_from([" ".join(p) for c in COMMANDS for p in (c.path, c.fr)]), st.lists(PIECES, max_size=8)
    ).map(lambda x: f"/{x[0]} {' '.join(x[1])}"),
)


@settings(deadline=None)
@given(LINES)
@example("/story add <>")
@example("/story add <|>")
@example("/brief --")
@example("/evidence []")
@example('/search "" words:')
@example("/\x00")
@example("/l'")
def test_any_line_is_a_call_or_refused(line: str) -> None:
    """Nothing that is typed raises anything else; a refusal can be told in every language; a call is whole."""
    try:
        call = parse(line, TEMPLATES)
    except Refused as e:
        for language in LANGUAGES:
            what, _ = told(e, language)
            assert what
            assert "%(" not in what.replace(line, "") or "%(" in line
    else:
        assert call.command in COMMANDS
        assert command_of(line) is call.command
        names = {o.name: o for o in call.command.options}
        assert set(call.values) <= set(names)
        assert all(o.name in call.values for o in call.command.options if o.required)
        for name, value in call.values.items():
            kind = names[name].kind
            wanted: type = int if kind is Kind.NUMBER else tuple if kind is Kind.ADDRESSES else str
            assert isinstance(value, wanted)
            if kind in CHOICES:
                assert value in {c.value for c in CHOICES[kind]}


@given(st.lists(st.sampled_from(["story", "sujet", "template", "langue", "x", "", "a b"]), max_size=6), LINES)
def test_a_named_value_is_taken_as_it_stands(names: list[str], text: str) -> None:
    """A story's name between quotation marks comes out as it went in."""
    value = " ".join(names).strip()
    if value and '"' not in value:
        assert values(f'/actors story:"{value}"') == {"story": value}


@pytest.mark.parametrize(
    "piece", ['" ', "« ", "“ ", "«", "--a", "a:", "a:b ", "-", "<", "\u2028", "é", "aA=“"]
)
def test_a_hostile_line_is_read_at_once(piece: str) -> None:
    """A line of the greatest length takes no time, whatever it repeats."""
    line = "/search " + (piece * MOST_CHARACTERS)[: MOST_CHARACTERS - 8]
    start = perf_counter()
    with suppress(Refused):
        parse(line)
    assert perf_counter() - start < 2
