"""Who said it, and which quotations are no speech."""

from __future__ import annotations

import pytest

from briefings.model import Article, Language, Quote, Via
from briefings.reading import read


def _quotes(raw: str, language: Language = "fr") -> list[Quote]:
    return list(read(Article("a", raw, language=language)).quotes)


def _only(raw: str, language: Language = "fr") -> Quote:
    (quote,) = _quotes(raw, language)
    return quote


@pytest.mark.parametrize(
    ("raw", "cue"),
    [
        ("« Les ponts tiendront », a déclaré Odile Vernay.", "a déclaré"),
        ("“Les ponts tiendront”, affirme Odile Vernay.", "affirme"),
        ('"Les ponts tiendront", explique Odile Vernay.', "explique"),
        ("« Les ponts tiendront », a ajouté mardi Odile Vernay.", "a ajouté"),
        ("« Les ponts tiendront ! », s'est exclamée Odile Vernay.", "s'est exclamée"),
        ("« Les ponts tiendront », selon Odile Vernay.", "selon"),
        ("« Les ponts tiendront », explique à l'AFP Odile Vernay.", "explique"),
        ("« Les ponts tiendront », a expliqué à l’AFP Odile Vernay.", "a expliqué"),
        ("« Les ponts tiendront », soupire Odile Vernay.", "soupire"),
        ("« Les ponts tiendront », tempête Odile Vernay.", "tempête"),
        ("« Les ponts tiendront », grince Odile Vernay.", "grince"),
    ],
)
def test_a_speaker_named_after_the_quote(raw: str, cue: str) -> None:
    """The name behind the closing mark speaks, introduced by the verb before it."""
    quote = _only(raw)
    assert (quote.speaker, quote.cue, quote.via) == ("Odile Vernay", cue, Via.NAME)


@pytest.mark.parametrize(
    ("raw", "cue"),
    [
        ("Odile Vernay a déclaré : « Les ponts tiendront. »", "a déclaré"),
        ("Odile Vernay a déclaré que « les ponts tiendront ».", "a déclaré"),
        ("Selon Odile Vernay, « les ponts tiendront tout l'hiver ».", "Selon"),
        ("Pour Odile Vernay, « les ponts tiendront tout l'hiver ».", "Pour"),
        ("Odile Vernay, ingénieure, affirme : « Les ponts tiendront. »", "affirme"),
        ("Odile Vernay : « Les ponts tiendront tout l'hiver. »", ":"),
    ],
)
def test_a_speaker_named_before_the_quote(raw: str, cue: str) -> None:
    """The name before the opening mark speaks."""
    quote = _only(raw)
    assert (quote.speaker, quote.cue, quote.via) == ("Odile Vernay", cue, Via.NAME)


@pytest.mark.parametrize(
    ("raw", "cue"),
    [
        ("“The bridges will hold,” said Olivia Vernay.", "said"),
        ("“The bridges will hold,” Olivia Vernay said.", "said"),
        ('"The bridges will hold," Olivia Vernay told reporters.', "told"),
        ("'The bridges will hold all winter,' said Olivia Vernay.", "said"),
        ("Olivia Vernay said: “The bridges will hold.”", "said"),
        ('Olivia Vernay, the mayor, said on Monday that "the bridges will hold".', "said"),
        ('According to Olivia Vernay, "the bridges will hold all winter".', "According to"),
        ('Olivia Vernay called the plan "unacceptable".', "called"),
    ],
)
def test_a_speaker_in_english(raw: str, cue: str) -> None:
    """English names its speakers before and behind, with the verb on either side."""
    quote = _only(raw, "en")
    assert (quote.speaker, quote.cue, quote.via) == ("Olivia Vernay", cue, Via.NAME)


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("« Les ponts », a déclaré Olivia Vernay, « tiendront tout l'hiver ».", "fr"),
        ("“The bridges,” said Olivia Vernay, “will hold all winter.”", "en"),
    ],
)
def test_a_speech_that_the_cue_interrupts_is_two_quotes(raw: str, language: Language) -> None:
    """Both halves around the cue are the same speaker's."""
    first, second = _quotes(raw, language)
    assert first.speaker == second.speaker == "Olivia Vernay"


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Le maire de la ville, Armel Quintin, est venu. « Les ponts tiendront », assure le maire.", "fr"),
        ("« Les ponts tiendront », assure le maire. Le maire de la ville, Armel Quintin, est venu.", "fr"),
        ('Armel Quintin, the mayor of the town, came. "The bridges will hold," the mayor said.', "en"),
    ],
)
def test_a_role_leads_to_the_name_that_bears_it(raw: str, language: Language) -> None:
    """A phrase such as "le maire" is traced to the person whom the article gives that role."""
    quote = _only(raw, language)
    assert (quote.speaker, quote.via) == ("Armel Quintin", Via.ROLE)


@pytest.mark.parametrize(
    ("raw", "language", "phrase"),
    [
        ("« Les ponts tiendront », a déclaré un salarié.", "fr", "un salarié"),
        ('"The bridges will hold," said a resident.', "en", "a resident"),
        ('"The bridges will hold," a spokesman for Nortelis said.', "en", "a spokesman for Nortelis"),
    ],
)
def test_a_speaker_without_a_name_keeps_the_phrase(raw: str, language: Language, phrase: str) -> None:
    """Who is never named stays "un salarié"."""
    quote = _only(raw, language)
    assert (quote.speaker, quote.via) == (phrase, Via.ROLE)


@pytest.mark.parametrize(
    ("raw", "language", "cue"),
    [
        ("Odile Vernay est là. « Les ponts tiendront », a-t-elle dit.", "fr", "a-t-elle dit"),
        ("Odile Vernay est là. « Les ponts tiendront », dit-elle.", "fr", "dit-elle"),
        ("Odile Vernay est là. Elle a déclaré : « Les ponts tiendront. »", "fr", "a déclaré"),
        ('Odile Vernay arrived. "The bridges will hold," she added.', "en", "added"),
        ('Odile Vernay arrived. She said "the bridges will hold all winter".', "en", "said"),
    ],
)
def test_a_pronoun_leads_to_the_person_before(raw: str, language: Language, cue: str) -> None:
    """A pronoun or an inverted one stands for the person whom the text is about."""
    quote = _only(raw, language)
    assert (quote.speaker, quote.cue, quote.via) == ("Odile Vernay", cue, Via.PRONOUN)


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        (
            "Marc Quintin a rencontré Sophie Vernay. « Les ponts tiendront », a-t-elle dit. "
            "« Je le crois aussi », a-t-il répondu.",
            "fr",
        ),
        (
            'Marc Quintin met Sophie Vernay. "The bridges will hold," she said. '
            '"I think so too," he replied.',
            "en",
        ),
    ],
)
def test_pronouns_agree_with_given_names(raw: str, language: Language) -> None:
    """Where two persons are named, "elle" and "he" choose by the given name."""
    assert [q.speaker for q in _quotes(raw, language)] == ["Sophie Vernay", "Marc Quintin"]


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Odile Vernay reste confiante. « Les ponts tiendront tout l'hiver sans aucun doute. »", "fr"),
        ('Odile Vernay was confident. "The bridges will hold all winter without any doubt."', "en"),
    ],
)
def test_the_sentence_before_may_name_the_speaker(raw: str, language: Language) -> None:
    """A quote with nothing beside it is said by the subject of the sentence before."""
    quote = _only(raw, language)
    assert (quote.speaker, quote.cue, quote.via) == ("Odile Vernay", None, Via.IMPLICIT)


def test_a_quote_goes_on_with_its_speaker() -> None:
    """The quotation after a quotation is the same speaker's where nothing else is said."""
    raw = "Odile Vernay a déclaré : « Les ponts tiendront. » « Il faudra attendre le printemps prochain. »"
    assert [(q.speaker, q.via) for q in _quotes(raw)] == [
        ("Odile Vernay", Via.NAME),
        ("Odile Vernay", Via.IMPLICIT),
    ]


def test_every_paragraph_of_a_long_speech_has_its_speaker() -> None:
    """A quotation over two paragraphs gives two quotes of one speaker, who was named before it."""
    raw = "Odile Vernay a écrit :\n« Nous partirons demain matin.\n« Nous reviendrons au printemps. »"
    assert [(q.text, q.speaker) for q in _quotes(raw)] == [
        ("Nous partirons demain matin.", "Odile Vernay"),
        ("Nous reviendrons au printemps.", "Odile Vernay"),
    ]


@pytest.mark.parametrize(
    ("raw", "language", "speaker"),
    [
        ("Le Collectif des Dunes affirme que « les ponts tiendront ».", "fr", "Collectif des Dunes"),
        ("« Les ponts tiendront », affirme le Collectif des Dunes.", "fr", "Collectif des Dunes"),
        ('Nortelis Corp said it was "deeply sorry for the outage".', "en", "Nortelis Corp"),
    ],
)
def test_an_organisation_may_speak(raw: str, language: Language, speaker: str) -> None:
    """A body is a speaker like a person."""
    assert _only(raw, language).speaker == speaker


def test_a_surname_gives_the_full_name() -> None:
    """The speaker carries the fullest name of the article, wherever it stands."""
    raw = "« Les ponts tiendront », a déclaré M. Quintin. Armel Quintin est maire."
    assert _only(raw).speaker == "Armel Quintin"
    raw = '"The bridges will hold," Quintin told reporters. Armel Quintin is a farmer.'
    assert _only(raw, "en").speaker == "Armel Quintin"


def test_nobody_stated_is_nobody() -> None:
    """ "dit-on" has a cue and no speaker, and so no way of naming one."""
    quote = _only("« Les ponts tiendront », dit-on ici.")
    assert (quote.speaker, quote.cue, quote.via) == (None, "dit-on", None)


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Le quartier, dit « la petite Baie », a fermé.", "fr"),
        ("Son film intitulé « Le Vent des dunes » sort mardi.", "fr"),
        ("L'opération « Grand large » commence mardi.", "fr"),
        ("Les manifestants des « vestes vertes » ont défilé.", "fr"),
        ('The so-called "green jackets" marched on Sunday.', "en"),
        ('Her novel, "The Wind of the Dunes", comes out on Tuesday.', "en"),
        ("Operation “Wide Sea” starts on Tuesday.", "en"),
    ],
)
def test_titles_and_scare_quotes_are_left_out(raw: str, language: Language) -> None:
    """Words that nobody is said to utter are no quote."""
    assert _quotes(raw, language) == []


def test_a_fragment_counts_where_somebody_says_it() -> None:
    """One word between marks is a quote when a speaker is beside it."""
    quote = _only('Le projet est "inacceptable", selon Odile Vernay.')
    assert (quote.text, quote.speaker) == ("inacceptable", "Odile Vernay")


def test_a_nested_quotation_is_one_quote() -> None:
    """What the speaker quotes belongs to the speaker's words."""
    raw = "« Elle m'a dit “jamais plus” hier », a raconté Odile Vernay."
    assert _only(raw).text == "Elle m'a dit “jamais plus” hier"


def test_the_words_are_kept_to_the_letter() -> None:
    """Narrow blanks, typographic apostrophes and capitals stay as printed."""
    raw = "«\u202fL’hiver\u00a0: c’est LONG\u202f!\u202f», a déclaré Odile Vernay."
    quote = _only(raw)
    assert quote.text == quote.span.of(raw) == "L’hiver\u00a0: c’est LONG\u202f!"


@pytest.mark.parametrize(
    ("raw", "language", "speaker", "via"),
    [
        (
            "« Les ponts tiendront tout l'hiver », selon le Collectif des Dunes.",
            "fr",
            "Collectif des Dunes",
            Via.NAME,
        ),
        (
            "Le Collectif des Dunes est venu. « Les ponts tiendront tout l'hiver », selon le collectif.",
            "fr",
            "Collectif des Dunes",
            Via.ROLE,
        ),
        ('The plan is "a shame for us all", according to the Shore Party.', "en", "Shore Party", Via.NAME),
        ('"The bridges will hold all winter", according to Olivia Vernay.', "en", "Olivia Vernay", Via.NAME),
    ],
)
def test_according_to_leads_to_the_actor(raw: str, language: Language, speaker: str, via: Via) -> None:
    """ "selon" and "according to" give the actor's own name, without the article before it."""
    quote = _only(raw, language)
    assert (quote.speaker, quote.via) == (speaker, via)
    assert speaker in {a.name for a in read(Article("a", raw, language=language)).actors}


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("« Nous partirons demain matin.\n« Nous reviendrons au printemps », a déclaré Olivia Vernay.", "fr"),
        (
            "« Nous partirons demain matin.\n« Nous resterons un peu.\n"
            "« Nous reviendrons au printemps », a déclaré Olivia Vernay.",
            "fr",
        ),
        ("“We will leave tomorrow morning.\n“We will be back in spring,” said Olivia Vernay.", "en"),
    ],
)
def test_a_speaker_after_the_last_paragraph_said_all_of_them(raw: str, language: Language) -> None:
    """Speech over several paragraphs is one speaker's, who is named only where it ends."""
    quotes = _quotes(raw, language)
    assert len(quotes) == raw.count("\n") + 1
    assert {q.speaker for q in quotes} == {"Olivia Vernay"}
    assert [q.via for q in quotes] == [Via.IMPLICIT] * (len(quotes) - 1) + [Via.NAME]


def test_a_speaker_beside_the_last_paragraph_is_not_the_one_before() -> None:
    """Whoever is named beside the closing mark said those words, not whom the text named before the speech."""
    raw = "Armel Quintin est là.\n« Nous partirons demain.\n« Nous reviendrons », a déclaré Odile Vernay."
    assert _quotes(raw)[-1].speaker == "Odile Vernay"


@pytest.mark.parametrize(
    ("raw", "speaker"),
    [
        ("Le plan a été jugé « tout à fait insuffisant » par les experts.", "les experts"),
        ("Le plan a été jugé « insuffisant » par Odile Vernay.", "Odile Vernay"),
    ],
)
def test_by_whom_a_thing_was_called_so_is_the_speaker(raw: str, speaker: str) -> None:
    """In the passive the speaker stands behind "par"."""
    quote = _only(raw)
    assert (quote.speaker, quote.cue) == (speaker, "par")


@pytest.mark.parametrize("name", ["Yann Le Floc'h", "Marie Prud'homme", "Jean-Baptiste d'Ornano"])
def test_a_speaker_may_have_an_apostrophe(name: str) -> None:
    """A name with an apostrophe speaks like any other."""
    assert _only(f"« Les ponts tiendront », a déclaré {name}.").speaker == name
