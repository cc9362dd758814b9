"""Canned answers: texts whose placeholders are filled in with what the desk knows about a ticket."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from string import Template
from typing import NamedTuple

from supportctl.errors import InputError
from supportctl.policy.model import Coverage, Policy, Topic
from supportctl.policy.ticket import Ticket
from supportctl.policy.versions import VersionVerdict, judge_version
from supportctl.store import policies, releases
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader

CLAUSE = "clause_"  # and a rule of the policy, as in $clause_registration: the clause that it rests on
ELSEWHERE = "someone who does this kind of work"  # if the policy does not say whom to turn to (6.3)


class TemplateFacts(NamedTuple):
    """The facts about a ticket that an answer may name."""

    ticket: Ticket
    policy: Policy
    agent: str
    topic: Topic | None
    version: VersionVerdict | None


_COVERAGE = {
    Coverage.COVERED: "covered",
    Coverage.LIMITED: "only partly covered",
    Coverage.NOT_COVERED: "not covered",
}

FIELDS: dict[str, Callable[[TemplateFacts], str | None]] = {
    "id": lambda known: str(known.ticket.id),
    "name": lambda known: known.ticket.name or known.ticket.sender,
    "email": lambda known: known.ticket.sender,
    "subject": lambda known: known.ticket.subject,
    "channel": lambda known: known.ticket.channel,
    "tier": lambda known: known.ticket.target.tier,
    "product": lambda known: _product(known),
    "version": lambda known: known.ticket.version,
    "install": lambda known: known.version.install if known.version else None,
    "topic": lambda known: known.ticket.topic,
    "topic_clause": lambda known: known.topic.clause if known.topic else None,
    "topic_policy": lambda known: known.policy.clauses.get(known.topic.clause) if known.topic else None,
    "coverage": lambda known: _COVERAGE[known.topic.coverage] if known.topic else None,
    "turn_to": lambda known: _turn_to(known.topic),
    "vendor": lambda known: known.policy.name,
    "agent": lambda known: known.agent,
}
# What to do about a placeholder for which a ticket has no value.
_WANTING = {
    "version": "Set it with `supportctl edit {id} --version V`.",
    "install": "Set an older version with `supportctl edit {id} --version V`, or answer without this template.",
    "turn_to": "Set what is not covered with `supportctl edit {id} --topic T`, or answer without this template.",
}
_USUAL = "Set it with `supportctl edit {id} --topic T`."


def fill(db: Desk, name: str, text: str, ticket: Ticket, actor: Actor) -> str:
    """Fill in a template with a ticket's values; the customer's words go in unchanged, on one line.

    Raises InputError for an unknown placeholder, or one for which the ticket has no value.
    """
    template = Template(text.strip("\n"))
    _refuse_stray(name, template)
    known = _known(db, ticket, actor)
    return template.substitute({each: _value(name, each, known) for each in template.get_identifiers()})


def _refuse_stray(name: str, template: Template) -> None:
    for found in template.pattern.finditer(template.template):
        if found["invalid"] is not None:
            line = template.template.count("\n", 0, found.start()) + 1
            raise InputError(f"The template {name} has a stray $ on line {line}.", "Write $$ for a dollar sign.")


def _known(db: Desk, ticket: Ticket, actor: Actor) -> TemplateFacts:
    policy = policies.in_force(db, actor.now).policy
    topic = policy.topics.get(ticket.topic) if ticket.topic else None
    version = None
    if ticket.version and ticket.product in policy.products:
        out = releases.of_product(DirectReader(db), ticket.product)
        version = judge_version(ticket.version, policy.products[ticket.product], out, policy, actor.now)
    return TemplateFacts(ticket, policy, actor.agent, topic, version)


def _value(name: str, field: str, known: TemplateFacts) -> str:
    """The value of a placeholder. Raises InputError if it is unknown, or has no value."""
    if field.startswith(CLAUSE):
        rule = field.removeprefix(CLAUSE).replace("_", "-")
        with suppress(KeyError):
            return known.policy.clause(rule)
    if field not in FIELDS:
        raise InputError(
            f"The template {name} has an unknown placeholder ${field[:60]}.",
            f"Choose from: {', '.join(f'${each}' for each in _names(known.policy.rules))}.",
        )
    value = FIELDS[field](known)
    if not value:
        hint = _WANTING.get(field, _USUAL).format(id=known.ticket.id)
        raise InputError(f"The template {name} uses ${field}, but ticket {known.ticket.id} has none.", hint)
    return " ".join(value.split())


def _names(rules: Mapping[str, str]) -> Iterator[str]:
    yield from FIELDS
    yield from (CLAUSE + rule.replace("-", "_") for rule in rules)


def _product(known: TemplateFacts) -> str:
    product = known.policy.products.get(known.ticket.product)
    return product.title if product else known.ticket.product


def _turn_to(topic: Topic | None) -> str | None:
    """Whom to turn to about a topic; nobody else if it is covered."""
    if topic is None or topic.coverage is Coverage.COVERED:
        return None
    return topic.turn_to or ELSEWHERE
