"""Actors over articles and languages: one for "Sam Altman", "Altman" and "le CEO d'OpenAI", with dated roles."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property, partial

from briefings.dossier.buckets import Entry
from briefings.dossier.core import Dossier
from briefings.dossier.evidence import by_publication, cite, first, last, outlets, texts
from briefings.dossier.facts import ActorFact, RoleFact, key_of
from briefings.dossier.made import Made
from briefings.dossier.voices import voices
from briefings.model import Actor, Article, Kind, Language, Role, fold
from briefings.reading.lexicon import lexicon


class People:
    """Resolves the names that articles use to the story's actors."""

    def __init__(self, dossier: Dossier, made: Made) -> None:
        self.dossier = dossier
        self._made = made
        self._persons_named: dict[str, str] = {}  # folded name → canonical
        self._orgs_named: dict[str, str] = {}

    @cached_property
    def groups(self) -> dict[str, list[Entry]]:
        """Canonical name → all entries of that actor."""
        groups: dict[str, list[Entry]] = defaultdict(list)
        buckets = sorted(self.dossier.buckets("actor"), key=lambda b: b[0])
        for bucket, found in buckets:
            if bucket[1].startswith("p "):
                self._persons(found, groups)
        for bucket, found in buckets:
            if bucket[1].startswith("c "):
                names = Counter(_actor(e).name for e in found)
                canonical = min(names, key=lambda n: (-names[n], n))
                self._orgs_named.update({fold(n): canonical for n in names})
                groups[canonical] += found
            elif bucket[1].startswith("o "):
                for e in found:
                    groups[self._surname(_actor(e)) or self._org(_actor(e))].append(e)
        return groups

    def _surname(self, actor: Actor) -> str | None:
        """A lone name that an article gave no kind: the story's one person of that surname, if there is one."""
        key = fold(actor.name)
        if " " in key or actor.name.isupper():
            return None
        full = self._persons_named.get(key)
        return full if full is not None and " " in fold(full) else None

    def _persons(self, found: list[Entry], groups: dict[str, list[Entry]]) -> None:
        """Persons of one surname: a surname alone joins the one full name; "J. Smith" joins "John Smith"."""
        full: Counter[str] = Counter()
        printed: dict[str, str] = {}
        for e in found:
            key = fold(_actor(e).name)
            if " " in key:
                full[key] += 1
                printed[key] = min(printed.get(key, _actor(e).name), _actor(e).name)
        for e in found:
            name = _actor(e).name
            key = fold(name)
            if " " not in key and len(full) == 1:
                key = next(iter(full))
            elif " " in key:
                key = self._fuller(key, full)
            canonical = printed.get(key, name)
            self._persons_named[fold(name)] = canonical
            groups[canonical].append(e)
        if len(full) == 1:
            key = next(iter(full))
            self._persons_named.setdefault(key.rpartition(" ")[2], printed[key])

    @staticmethod
    def _fuller(key: str, full: Counter[str]) -> str:
        """A name with more words that has the same first and last, or whose initial the first is."""
        words = key.split()
        for other in sorted(full, key=lambda o: (-len(o.split()), o)):
            theirs = other.split()
            if (
                other != key
                and theirs[-1] == words[-1]
                and len(theirs) >= len(words)
                and (
                    (theirs[0] == words[0] and len(theirs) > len(words))
                    or (len(words[0]) == 1 and len(theirs[0]) > 1 and theirs[0].startswith(words[0]))
                )
            ):
                return other
        return key

    def _org(self, actor: Actor) -> str:
        """The name most articles give to an organisation that any article also calls so."""
        known = self._orgs_named.get(fold(actor.name))
        if known is not None:
            return known
        names: Counter[str] = Counter()
        for e in self.dossier.bucket(("form", fold(actor.name))):
            other = _actor(e)
            if other.kind is Kind.ORG:
                names[other.name] += 1
        fuller = (
            [n for n in names if len(fold(n)) > len(fold(actor.name)) and names[n] >= 1]
            if actor.name.isupper()
            else []
        )
        candidates = fuller or list(names) or [actor.name]
        canonical = min(candidates, key=lambda n: (-names[n], -len(n), n))
        if not fuller:
            same = [n for n in names if fold(n) == fold(actor.name)]
            canonical = min(same, key=lambda n: (-names[n], n)) if same else actor.name
        self._orgs_named[fold(actor.name)] = canonical
        return canonical

    def resolve(self, name: str | None, article: Article) -> str | None:
        """The story's name for whom `article` calls `name`; the phrase itself where it names no known actor."""
        if name is None:
            return None
        self.groups  # noqa: B018  # fills the table of names
        known = self._persons_named.get(fold(name)) or self._orgs_named.get(fold(name))
        if known is not None:
            return known
        return self._by_role(name, article) or name

    def _by_role(self, phrase: str, article: Article) -> str | None:
        """Whom "le CEO d'OpenAI" means: the one holder of that role on the article's day, if there is just one."""
        language = self.dossier.readings[article.id].language if article.id in self.dossier.readings else None
        if language is None:
            return None
        concept, of = role_concept(phrase, language)
        if not concept or not of:
            return None
        day = article.published.date().isoformat() if article.published else ""
        holders = {
            r.actor
            for r in self.roles
            if r.concept == concept and r.of == of and not r.former and day in r.days
        }
        return holders.pop() if len(holders) == 1 else None

    @cached_property
    def roles(self) -> tuple[RoleFact, ...]:
        return tuple(r for a in self.actors for r in a.roles)

    @cached_property
    def actors(self) -> tuple[ActorFact, ...]:
        total = max(1, len(self.dossier))
        facts = []
        for name, found in self.groups.items():
            fact = self._made.of(("actor", name), found, None, ActorFact, partial(self._merged, name, found))
            facts.append(replace(fact, salience=round(fact.salience / total, 4)))
        return tuple(sorted(facts, key=lambda a: (-a.salience, a.name)))

    def _merged(self, name: str, found: list[Entry]) -> ActorFact:
        """The actor, whose salience is the sum of what it has in its articles."""
        entries = sorted(found, key=by_publication)
        kinds = Counter(_actor(e).kind for e in entries)
        articles = {e.article.id: e.article for e in entries}
        forms = dict.fromkeys(f for e in entries for f in (_actor(e).name, *_actor(e).aliases))
        return ActorFact(
            key=key_of("actor", fold(name)),
            citations=cite(entries),
            outlets=outlets(articles.values()),
            voices=voices(articles.values(), self._made.copies)
            if len(articles) < 40
            else len(outlets(articles.values())),
            first=first(entries),
            last=last(entries),
            name=name,
            kind=min(kinds, key=lambda k: (-kinds[k], k)),
            names=tuple(f for f in forms if f != name),
            called=_called(entries),
            roles=self._roles(name, entries),
            salience=sum(_actor(e).salience for e in entries),
            articles=len(articles),
        )

    def _roles(self, name: str, entries: list[Entry]) -> tuple[RoleFact, ...]:
        """The roles that articles give this actor; the same concept of the same body is one role in both languages."""
        by_role: dict[tuple[str, str, bool, bool], list[tuple[Entry, Role]]] = defaultdict(list)
        for e in entries:
            for role in _actor(e).roles:
                concept, of = role_concept(role.text, e.language)
                interim = is_interim(role.text, e.language)
                by_role[concept or fold(role.text), of, role.former, interim].append((e, role))
        # A role without its body joins the same role with one ("CEO" and "CEO d'OpenAI").
        for bare in [k for k in by_role if not k[1]]:
            fuller = [k for k in by_role if k[0] == bare[0] and k[1] and k[2:] == bare[2:]]
            if len(fuller) == 1:
                by_role[fuller[0]] += by_role.pop(bare)
        called = {fold(name), *(fold(_actor(e).name) for e in entries)}
        facts = []
        for (concept, of, former, interim), found in by_role.items():
            placed = [
                Entry(e.article, e.language, r.sentence, r)
                for e, r in sorted(found, key=lambda x: by_publication(x[0]))
            ]
            kept = str(former), str(interim)
            key = key_of("role", fold(name), concept, of, *kept)
            # What it was called by, and said to be of, in fewer articles: the same fact under another key.
            bodies = {"", of, *(_body(r, e) for e, r in found)}
            forms = {(n, o) for n in called for o in bodies}
            facts.append(
                RoleFact(
                    key=key,
                    aliases=tuple(sorted({key_of("role", n, concept, o, *kept) for n, o in forms} - {key})),
                    citations=cite(placed),
                    outlets=outlets(e.article for e in placed),
                    voices=voices((e.article for e in placed), self._made.copies),
                    first=first(placed),
                    last=last(placed),
                    actor=name,
                    concept=concept,
                    of=of,
                    texts=texts(placed, lambda e: e.item.text if isinstance(e.item, Role) else ""),
                    days=tuple(
                        sorted(
                            {e.article.published.date().isoformat() for e in placed if e.article.published}
                        )
                    ),
                    former=former,
                    interim=interim,
                )
            )
        return tuple(sorted(facts, key=lambda r: (r.former, -len(r.citations), r.key)))


def _body(role: Role, entry: Entry) -> str:
    """The body that a role is said to be of, in that article."""
    return role_concept(role.text, entry.language)[1]


def _called(entries: list[Entry]) -> tuple[tuple[Language, str], ...]:
    """The name that each language's articles mostly use."""
    counted: dict[Language, Counter[str]] = defaultdict(Counter)
    for e in entries:
        counted[e.language][_actor(e).name] += 1
    return tuple(
        (language, min(names, key=lambda n: (-names[n], -len(n), n)))
        for language, names in sorted(counted.items())
    )


def _actor(entry: Entry) -> Actor:
    assert isinstance(entry.item, Actor)
    return entry.item


# ---- roles as concepts ------------------------------------------------------------------------------------------------

_OF = re.compile(
    r"\s(?:d['’]\s?|de l['’]\s?|de la |du |de |des |of the |of |at |chez |for )(.+)$|^(.+?)['’]s? "
)


def role_concept(text: str, language: Language) -> tuple[str, str]:
    """A role's concept ("ceo") and body ("openai"); ("", "") where the lexicon knows no such role."""
    lex = lexicon(language)
    plain = text.lower().replace("’", "'")
    words = plain.split()
    best = ""
    for size in (4, 3, 2, 1):
        for i in range(len(words) - size + 1):
            phrase = " ".join(words[i : i + size])
            if phrase in lex.roles:
                best = phrase
                break
        if best:
            break
    if not best:
        return "", ""
    rest = plain[plain.index(best) + len(best) :]
    m = _OF.search(" " + rest.strip()) if rest.strip() else None
    of = fold(re.split(r"[,(]| par | in | en ", m[1] or m[2] or "")[0]) if m else ""
    if not of and language == "en":
        lead = re.findall(r"\b([A-Z][\w&.-]*)(?:['’]s)?\s", text[: len(text) - len(rest)])
        of = (
            fold(lead[0])
            if lead and lead[0].lower() not in lex.roles and lead[0].lower() not in lex.role_prefix
            else ""
        )
    return lex.roles[best], of


def is_interim(text: str, language: Language) -> bool:
    plain = text.lower()
    return any(marker in plain for marker in lexicon(language).interim)
