"""What an import makes of its rows: added, changed or unchanged, and the second time always unchanged."""

import io
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest

from supportctl.clock import iso, parse_time
from supportctl.desk.accounts.lookup import look_up
from supportctl.desk.revisions import set_policy
from supportctl.desk.transfer.fields import KINDS, parse_map
from supportctl.desk.transfer.run import ImportOutcome, ImportPlan, run_import
from supportctl.desk.transfer.times import Formats, reader_of
from supportctl.errors import InputError
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.file import builtin, parse
from supportctl.policy.ticket import Ticket
from supportctl.store import customers, licences, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk as OpenDesk
from supportctl.tabular.table import read_table

NOW = "2026-03-06T16:30:00Z"  # a Friday, half an hour after opening
TICKET = "from,subject,received_at,external_id"


def instant(text: str) -> int:
    return parse_time(text, now=0, zone=None)


class Desk:
    """A desk, and importing into it at a moment."""

    def __init__(self, db: OpenDesk) -> None:
        self.db = db

    def __call__(self, what: str, text: str, *, now: str = NOW, **plan: Any) -> ImportOutcome:
        at = instant(now)
        table = read_table(io.BufferedReader(io.BytesIO(text.encode())), "f.csv")
        mapping = parse_map(plan.pop("map", ()), KINDS[what])
        actor = Actor("tess", "tess", at, at)
        return run_import(
            self.db, ImportPlan(KINDS[what], mapping, **plan), table, reader_of(Formats(None, {}), at, None), actor
        )

    def counts(self, what: str, text: str, now: str = NOW) -> tuple[int, int, int]:
        """Added, changed and unchanged."""
        done = self(what, text, now=now)
        return done.added, done.changed, done.unchanged

    def refuses(self, what: str, text: str, **plan: Any) -> str:
        with pytest.raises(InputError) as caught:
            self(what, text, **plan)
        return caught.value.message

    def customer(self, email: str) -> Account:
        found = customers.find(self.db, email)
        assert found is not None
        return found

    def licence(self, key: str) -> Licence:
        found = licences.find(self.db, key)
        assert found is not None
        return found

    def ticket(self, number: int) -> Ticket:
        found = tickets.find(self.db, number)
        assert found is not None
        return found

    def kinds(self, number: int) -> list[str]:
        return [entry.kind for entry in tickets.entries(self.db, number)]


@pytest.fixture
def desk(db: OpenDesk) -> Desk:
    return Desk(db)


@pytest.fixture
def site(desk: Desk) -> Desk:
    """A desk with a SITE customer since January."""
    desk("customers", "email\nsite@x.example", now="2026-01-05T18:00:00Z")
    desk("licences", "key,tier,delivery_email\nSITE-001,SITE,site@x.example", now="2026-01-05T18:00:00Z")
    return desk


# Columns


@pytest.mark.parametrize(
    ("text", "plan", "says"),
    [
        ("name\nAnn", {}, "f.csv has no column for email"),
        ("email,shoe\na@x.example,42", {}, "f.csv has a column 'shoe', which customers do not have"),
        ("SITE-0001-AAAA,SITE", {}, "f.csv has none of the columns that customers have"),
        ("email,\na@x.example,x", {}, "f.csv, line 2: there is a value in a column without a name"),
        ("email, EMAIL\na@x.example,b@x.example", {}, "f.csv has two columns 'EMAIL'"),
        ("email,x,X\na@x.example,,", {"map": ["name=x"]}, "f.csv has two columns 'X'"),
        ("mail\na@x.example", {"map": ["email=post"]}, "f.csv has"),
        ("email\na@x.example", {"map": ["name=full name"]}, "f.csv has no column 'full name', which --map names"),
        ('[{"email": "a@x.example"}]', {"map": ["name=full name"]}, "f.csv has no column 'full name', which --map"),
        ('[{"email": "a@x.example", "shoe": 42}]', {}, "f.csv has a column 'shoe'"),
    ],
)
def test_columns_that_cannot_be_are_named(desk: Desk, text: str, plan: dict[str, Any], says: str) -> None:
    assert desk.refuses("customers", text, **plan).startswith(says)


def test_a_header_alone_is_held_to_the_same(desk: Desk) -> None:
    assert desk.counts("customers", "email,name\n") == (0, 0, 0)
    assert "no column for email" in desk.refuses("customers", "name\n")


def test_columns_are_found_whatever_their_case_and_blanks_and_by_the_map(desk: Desk) -> None:
    desk("customers", " E-Mail ;NAME;shoe\na@x.example;Ann;42", map=["email=e-mail"], ignore_extra=True)
    assert desk.customer("a@x.example").name == "Ann"


@pytest.mark.parametrize("pair", ["email", "email=", "shoe=x", "=x", ""])
def test_a_map_that_is_none_is_named(pair: str) -> None:
    with pytest.raises(InputError, match="not FIELD=COLUMN for customers"):
        parse_map([pair], KINDS["customers"])


def test_a_field_is_mapped_once() -> None:
    with pytest.raises(InputError, match="twice"):
        parse_map(["email=a", "email=b"], KINDS["customers"])


# Rows


@pytest.mark.parametrize(
    ("what", "text", "says"),
    [
        ("customers", "email,name\na@x.example,A\n,B", "f.csv, line 3, column email: it is missing."),
        ("customers", "email\nnobody", "f.csv, line 2, column email: 'nobody' is not an e-mail address."),
        (
            "customers",
            "email,kind\na@x.example,boss",
            "f.csv, line 2, column kind: 'boss' is not one of customer, resel",
        ),
        ("customers", "email,name\na@x.example", "f.csv, line 2, column name: the row has 1 values for 2 columns."),
        ("customers", "email\na@x.example,A", "f.csv, line 2, column 2: the row has 2 values for 1 columns."),
        ("customers", '[{"email": ["a"]}]', "f.csv, line 1 (record 1), column email: a list cannot be imported."),
        (
            "licences",
            "key,tier\nKEY-001,PRO\nKEY-002,GOLD",
            "f.csv, line 3, column tier: there is no tier 'GOLD' in the policy.",
        ),
        ("licences", "key,tier\nKEY-001,", "f.csv, line 2, column tier: it is missing, and no licence of this key"),
        ("licences", "key,tier\n--,PRO", "f.csv, line 2, column key: that is not a licence key."),
        (
            "licences",
            "key,tier,expires_at,status\nKEY-001,PRO,2027-01-01,expired",
            "f.csv, line 2, column expires_at: this",
        ),
        (
            "licences",
            "key,tier,issued_at,expires_at\nKEY-001,PRO,2026-01-03,2026-01-01",
            "f.csv, line 2, column expires_at",
        ),
        ("releases", "product,version\nexcel,7.0.0.0", "f.csv, line 2, column product: there is no product 'excel'"),
        ("releases", "product,version\nremote-utilities,7.6", "f.csv, line 2, column version: '7.6' is not a release"),
        ("tickets", f"{TICKET}\na@x.example,,2026-03-01,", "f.csv, line 2, column subject: it is missing."),
        ("tickets", f"{TICKET}\na@x.example,S,,", "f.csv, line 2, column received_at: it is missing."),
        ("tickets", f"{TICKET}\na@x.example,S,soon,", "f.csv, line 2, column received_at: 'soon' is not a time."),
        (
            "tickets",
            f"{TICKET}\na@x.example,S,2026-03-06T16:30:01Z,",
            "f.csv, line 2, column received_at: '2026-03-06T16",
        ),
        (
            "tickets",
            f"{TICKET},topic\na@x.example,S,2026-03-01,,moon",
            "f.csv, line 2, column topic: there is no topic",
        ),
        (
            "tickets",
            f"{TICKET},channel\na@x.example,S,2026-03-01,,owl",
            "f.csv, line 2, column channel: there is no cha",
        ),
        (
            "tickets",
            f"{TICKET},version\na@x.example,S,2026-03-01,,six",
            "f.csv, line 2, column version: 'six' is not a ",
        ),
        (
            "tickets",
            f"{TICKET},first_response_at\na@x.example,S,2026-03-01T10:00:00Z,,2026-03-01T09:59:59Z",
            "f.csv, line 2, column first_response_at: this is before the request was received.",
        ),
        (
            "tickets",
            f"{TICKET},closed_at\na@x.example,S,2026-03-01T10:00:00Z,,2026-03-01T09:59:59Z",
            "f.csv, line 2, column closed_at: this is before the request was received.",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_nothing_is_kept(desk: Desk, what: str, text: str, says: str) -> None:
    assert desk.refuses(what, text).startswith(says)
    kept = [
        desk.db.execute(f"select count(*) from {name}").fetchone()[0] for name in ("customers", "licences", "tickets")
    ]
    assert kept == [0, 0, 0]


def test_neither_key_nor_body_is_repeated(desk: Desk) -> None:
    assert "K" * 201 not in desk.refuses("licences", f"key,tier\n{'K' * 201},PRO")
    assert "SECRET" not in desk.refuses("tickets", f"{TICKET},body,topic\na@x.example,S,2026-03-01,,SECRET,moon")


def test_the_error_names_the_column_as_the_file_does(desk: Desk) -> None:
    assert "column Product: there is no tier" in desk.refuses(
        "licences", "key,Product\nKEY-001,GOLD", map=["tier=product"]
    )


@pytest.mark.parametrize(
    ("what", "header", "first", "second", "column"),
    [
        ("customers", "email,name", "a@x.example,Ann", "A@X.example,Anna", "name"),
        ("licences", "key,tier", "AB-1234,PRO", "ab1234,PLUS", "tier"),
        ("releases", "product,version,released_at", "remote-utilities,7.1.0.0,2025-01-01",
         "remote-utilities,7.1.0.0,2025-01-02", "released_at"),
        ("tickets", TICKET, "a@x.example,S,2026-03-01,7", "a@x.example,T,2026-03-01,7", "subject"),
    ],
)  # fmt: skip
def test_rows_of_one_file_that_contradict_each_other_are_an_error(
    desk: Desk, what: str, header: str, first: str, second: str, column: str
) -> None:
    assert (
        desk.refuses(what, f"{header}\n{first}\n{second}") == f"f.csv, line 3, column {column}: line 2 contradicts it."
    )


def test_a_blank_contradicts_nothing(desk: Desk) -> None:
    text = "email,name,kind\na@x.example,,reseller\na@x.example,Ann,\nA@X.EXAMPLE,Ann,RESELLER"
    assert desk.counts("customers", text) == (1, 1, 1)
    assert desk.counts("customers", text) == (0, 0, 3)
    assert "line 2 contradicts it" in desk.refuses("customers", text + "\na@x.example,Bob,")


def test_a_dry_run_counts_the_same_and_keeps_nothing(desk: Desk) -> None:
    assert desk("customers", "email\na@x.example", dry_run=True) == ImportOutcome("customers", 1, 0, 0, 0, True)
    assert customers.find(desk.db, "a@x.example") is None


# Customers


def test_customers_are_updated_and_blank_values_leave_them_alone(desk: Desk) -> None:
    text = "email,name,kind,registered_at\nAnn@x.example,Ann,,2025-01-01T00:00:00Z\nbob@x.example,,,"
    assert desk.counts("customers", text) == (2, 0, 0)
    assert desk.counts("customers", text) == (0, 0, 2)
    assert desk.counts("customers", "email,kind,name\nann@x.example,reseller,\nbob@x.example,,") == (0, 1, 1)
    assert desk.customer("ann@x.example")[1:] == ("Ann@x.example", "Ann", "reseller", instant("2025-01-01T00:00:00Z"))
    assert desk.customer("bob@x.example")[2:] == (None, "customer", None)


# Licences


def status(desk: Desk, key: str, at: str = NOW) -> str:
    found = licences.find(desk.db, key, instant(at))
    return found.status(instant(at)) if found else "none"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["revoked"], "revoked"),
        (["expired"], "expired"),
        (["active", "revoked"], "revoked"),
        (["active", "expired"], "expired"),
        (["revoked", "active"], "active"),
        (["expired", "active"], "active"),
        (["revoked", ""], "revoked"),
        (["expired", ""], "expired"),
    ],
)
def test_the_status_of_the_last_import_holds(desk: Desk, rows: list[str], expected: str) -> None:
    for row in rows:
        text = f"key,tier,status\nAB-1234,PRO,{row}"
        desk("licences", text)
        assert desk.counts("licences", text) == (0, 0, 1)
    assert status(desk, "AB-1234") == expected


def test_first_seen_as_revoked_counts_from_its_issue_and_as_expired_until_now(desk: Desk) -> None:
    desk("licences", "key,tier,issued_at,status\nREVOKED,PRO,2025-01-01,revoked\nEXPIRED,PRO,2025-01-01,expired")
    assert [status(desk, key, "2025-06-01T00:00:00Z") for key in ("REVOKED", "EXPIRED")] == ["revoked", "active"]


def test_what_is_known_already_stays_when_the_status_agrees(desk: Desk) -> None:
    desk("licences", "key,tier,expires_at\nKEY-001,PRO,2026-01-01T00:00:00Z")
    assert desk.counts("licences", "key,status\nKEY-001,expired") == (0, 0, 1)
    assert desk.licence("KEY-001").expires_at == instant("2026-01-01T00:00:00Z")


def test_new_terms_hold_from_now_and_the_order_is_corrected(desk: Desk) -> None:
    desk("licences", "key,tier,order\nKEY-001,PLUS,00123", now="2026-01-01T00:00:00Z")
    assert desk.counts("licences", "key,tier,delivery_email\nKEY-001,PRO,Ann@x.example") == (0, 1, 0)
    before = licences.find(desk.db, "KEY-001", instant("2026-02-01T00:00:00Z"))
    assert before is not None
    assert (before.tier, desk.licence("KEY-001").tier) == ("PLUS", "PRO")
    assert (desk.licence("KEY-001").order, desk.licence("KEY-001").delivery_email) == ("00123", "Ann@x.example")
    assert desk.counts("licences", "key,delivery_email\nKEY-001,ann@X.example") == (0, 0, 1)


def test_a_corrected_date_of_issue_is_that_of_the_terms_too(desk: Desk) -> None:
    desk("customers", "email\na@x.example")
    desk("licences", "key,tier,delivery_email,issued_at\nKEY-001,PRO,a@x.example,2026-02-01T00:00:00Z")
    desk("licences", "key,issued_at\nKEY-001,2025-01-01T00:00:00Z")
    found = look_up(desk.db, "a@x.example", instant("2025-06-01T00:00:00Z")).entitlement
    assert found is not None
    assert found.tier.name == "PRO"


def test_terms_of_a_licence_still_to_be_issued_are_not_overtaken(desk: Desk) -> None:
    desk("licences", "key,tier,issued_at\nKEY-001,PLUS,2026-04-01T00:00:00Z")
    desk("licences", "key,tier\nKEY-001,PRO")
    assert status(desk, "KEY-001") == "none"
    assert desk.licence("KEY-001").tier == "PRO"


def test_waiting_tickets_follow_an_imported_licence_in_the_same_transaction(desk: Desk) -> None:
    """Received an hour before, and upgraded now: the two hours of SITE count from now."""
    desk("customers", "email\na@x.example", now="2026-03-01T00:00:00Z")
    desk("tickets", f"{TICKET}\nA@x.example,S,2026-03-06T16:00:00Z,")
    assert desk.ticket(1).target.tier == "FREE"
    desk("licences", "key,tier,delivery_email\nKEY-001,SITE,a@x.example")
    assert (desk.ticket(1).target.tier, iso(desk.ticket(1).target.due_at or 0)) == ("SITE", "2026-03-06T18:30:00Z")
    assert desk.kinds(1) == ["received", "retargeted"]


def test_waiting_tickets_follow_a_registration(site: Desk) -> None:
    site("licences", "key,tier,delivery_email\nNEW-001,PRO,new@x.example")
    site("tickets", f"{TICKET}\nnew@x.example,S,2026-03-06T16:00:00Z,")
    assert (site.ticket(1).target.tier, site.ticket(1).target.registered) == ("FREE", False)
    site("customers", "email\nnew@x.example")
    assert (site.ticket(1).target.tier, site.ticket(1).target.registered) == ("PRO", True)


# Releases


def test_releases_are_added_once_and_their_dates_corrected(desk: Desk) -> None:
    text = "product,version,released_at\nremote-utilities,7.1.7.0,\nRemote-Utilities,7.6.2.0,2024-10-16"
    assert desk.counts("releases", text) == (2, 0, 0)
    assert desk.counts("releases", text) == (0, 0, 2)
    assert desk.counts("releases", text.replace("7.0,", "7.0,2020-01-01")) == (0, 1, 1)


# Tickets


def test_a_ticket_is_judged_as_of_its_receipt(site: Desk) -> None:
    """Friday 15:00 Pacific; answered in time, after the weekend."""
    site("tickets", f"{TICKET},first_response_at\nsite@x.example,S,2026-02-06T23:00:01Z,,2026-02-09T16:00:01Z")
    ticket = site.ticket(1)
    assert (ticket.target.tier, iso(ticket.target.due_at or 0), ticket.sla(instant(NOW))) == (
        "SITE",
        "2026-02-09T16:00:01Z",
        "met",
    )


def test_subjects_and_bodies_are_kept_as_they_are(desk: Desk) -> None:
    lines = ["   ", "\u200b", " x ", "=1+1"]
    text = f"{TICKET},body\n" + "\n".join(f'a@x.example,{s},2026-03-01,{n},"  b\r\n\r\n "' for n, s in enumerate(lines))
    desk("tickets", text)
    assert [desk.ticket(n).subject for n in (1, 2, 3, 4)] == lines
    assert tickets.texts(desk.db, 1)[1].body == "  b\r\n\r\n "


def test_what_happened_elsewhere_is_history(desk: Desk) -> None:
    header = f"{TICKET},first_response_at,closed_at,assignee"
    desk(
        "tickets",
        f"{header}\na@x.example,S,2026-03-01,,2026-03-03,2026-03-02,kim\na@x.example,T,2026-03-01,,,2026-03-02,",
    )
    assert (desk.kinds(1), desk.kinds(2)) == (["received", "closed", "replied"], ["received", "closed"])
    assert {entry.agent for entry in tickets.entries(desk.db, 1)[1:]} == {"kim"}
    assert [desk.ticket(n).sla(instant(NOW)) for n in (1, 2)] == ["met", "unanswered"]
    assert [desk.ticket(n).status for n in (1, 2)] == ["closed", "closed"]


@pytest.mark.parametrize(
    "again",
    [
        "a@x.example,S,2026-03-01T08:00:00Z,,ticket,remote-utilities,en,",
        "A@X.example,S,2026-03-01 09:00+01:00,,TICKET,Remote-Utilities,EN,",
        "a@x.example,S,2026-03-01T08:00:00Z,,,,,",
    ],
)
def test_without_an_external_id_the_same_request_is_one_ticket_however_it_is_spelled(desk: Desk, again: str) -> None:
    header = f"{TICKET},channel,product,language,body"
    first = "a@x.example,S,2026-03-01T08:00:00Z,,ticket,remote-utilities,en,"
    assert desk.counts("tickets", f"{header}\n{first}\n{again}") == (1, 0, 1)
    assert desk.counts("tickets", f"{header}\n{again}") == (0, 0, 1)
    assert desk.counts("tickets", f"{header}\n{first}x") == (1, 0, 0)


def test_the_same_text_in_another_zone_is_another_moment(desk: Desk) -> None:
    assert desk.counts("tickets", f"{TICKET}\na@x.example,S,1d,", now="2026-03-05T00:00:00Z") == (1, 0, 0)
    assert desk.counts("tickets", f"{TICKET}\na@x.example,S,1d,", now="2026-03-06T00:00:00Z") == (1, 0, 0)


def test_a_known_external_id_is_corrected_and_blank_values_leave_it_alone(site: Desk) -> None:
    header = f"{TICKET},channel,topic,body"
    site("tickets", f"{header}\nsite@x.example,S,2026-03-06T16:00:00Z,7,forum,usage,first")
    again = f"{header}\nSITE@x.example,Subject,2026-03-06T16:00:00Z,7,,network,second"
    assert site.counts("tickets", again) == (0, 1, 0)
    assert site.counts("tickets", again) == (0, 0, 1)
    ticket = site.ticket(1)
    assert (ticket.sender, ticket.subject, ticket.channel, ticket.topic) == (
        "site@x.example", "Subject", "forum", "network",
    )  # fmt: skip
    assert ticket.target.coverage == "not-covered"
    assert tickets.texts(site.db, 1)[1].body == "first"  # what was written is history


def test_a_corrected_sender_moves_the_due_time_and_is_listed(site: Desk) -> None:
    site("tickets", f"{TICKET}\nother@x.example,S,2026-03-06T16:00:00Z,7")
    before = site.ticket(1).target.due_at
    done = site("tickets", f"{TICKET}\nsite@x.example,S,2026-03-06T16:00:00Z,7")
    assert [tuple(moved) for moved in done.moved] == [(1, before, site.ticket(1).target.due_at)]
    assert site.ticket(1).target.tier == "SITE" and site.ticket(1).target.due_at != before


def test_answers_and_closings_that_came_since_are_added_once(desk: Desk) -> None:
    header = f"{TICKET},first_response_at,closed_at"
    desk("tickets", f"{header}\na@x.example,S,2026-03-01,7,,")
    for row in ("2026-03-02,", "2026-03-02,2026-03-03", "2026-03-02,2026-03-04", ",2026-03-03"):
        desk("tickets", f"{header}\na@x.example,S,2026-03-01,7,{row}")
    assert desk.kinds(1) == ["received", "replied", "closed", "closed"]
    assert desk.ticket(1).closed_at == instant("2026-03-04")
    assert desk.counts("tickets", f"{header}\na@x.example,S,2026-03-01,7,2026-03-02,2026-03-04") == (0, 0, 1)


@pytest.mark.parametrize(
    ("row", "column"),
    [("2026-03-02,,2026-03-03", "received_at"), ("2026-03-01,,2026-03-04", "first_response_at")],
)
def test_what_contradicts_the_record_is_an_error_that_names_it(desk: Desk, row: str, column: str) -> None:
    header = "from,subject,external_id,received_at,closed_at,first_response_at"
    desk("tickets", f"{header}\na@x.example,S,7,2026-03-01,,2026-03-03")
    says = desk.refuses("tickets", f"{header}\na@x.example,S,7,{row}")
    assert says == f"f.csv, line 2, column {column}: ticket 1 is on record with another time."


def test_a_batch_is_no_boundary(desk: Desk) -> None:
    """Twice the same rows, in one file of several batches, with and without ids of their own."""
    body = [f"a{i}@x.example,S,2026-03-01,{i if i % 2 else ''}" for i in range(1200)]
    assert desk.counts("tickets", "\n".join([TICKET, *body, *body])) == (1200, 0, 1200)
    assert desk.counts("tickets", "\n".join([TICKET, *body[:3]])) == (0, 0, 3)


def test_json_numbers_are_texts_where_texts_are_wanted(desk: Desk) -> None:
    desk("tickets", '{"from": "a@x.example", "subject": 12.50, "received_at": "2026-03-01", "external_id": 1e3}')
    assert (desk.ticket(1).subject, desk.ticket(1).external_id) == ("12.50", "1e3")


def test_memory_does_not_grow_with_the_file(desk: Desk) -> None:
    """Four batches of a thousand rows take no more than one: held whole, three more would be some 2,000,000."""

    def peak(start: int, count: int) -> int:
        text = "\n".join([TICKET, *(f"c{i}@x.example,{'S' * 200},2026-03-01,{i}" for i in range(start, start + count))])
        tracemalloc.start()
        desk("tickets", text)
        most = tracemalloc.get_traced_memory()[1] - 3 * len(text)  # the text itself, encoded and buffered
        tracemalloc.stop()
        return most

    small = peak(0, 1000)
    assert peak(1000, 4000) < small + 500_000


# What other programs make of a file


@pytest.mark.parametrize(
    "text",
    [
        "email,\na@x.example,\n",
        "email,,name\na@x.example,,Ann",
        "email,name,\na@x.example,Ann,\nb@x.example,Bob,\n",
        "email\na@x.example,\n",
    ],
)
def test_a_column_without_a_name_may_stand_empty(desk: Desk, text: str) -> None:
    assert desk("customers", text).added > 0


def test_columns_of_one_name_are_one_too_many_only_where_they_are_meant(desk: Desk) -> None:
    assert desk("customers", "email,x,X\na@x.example,1,2", ignore_extra=True).added == 1
    assert "two columns 'Mail'" in desk.refuses("customers", "email,mail,Mail\na@x.example,,", map=["name=mail"])
    assert "two columns 'email'" in desk.refuses("customers", "email,email\na@x.example,b@x.example", ignore_extra=True)


@pytest.mark.parametrize("typed", ["35", "35.0", "3.5E+01"])
def test_a_ticket_whose_id_a_spreadsheet_typed_anew_is_reported(desk: Desk, typed: str) -> None:
    header = f"{TICKET},closed_at"
    assert desk.counts("tickets", f"{header}\na@x.example,S,2026-03-01,0035,") == (1, 0, 0)
    says = desk.refuses("tickets", f"{header}\nA@x.example,S,2026-03-01T00:00:00,{typed},")
    assert says == (
        "f.csv, line 2, column external_id: ticket 1 equals this row except for its id, which is '0035' on record."
    )
    assert desk.counts("tickets", f"{header}\na@x.example,T,2026-03-01,{typed},") == (1, 0, 0)


def test_ids_that_a_file_itself_tells_apart_stay_apart(desk: Desk) -> None:
    text = f"{TICKET}\na@x.example,S,2026-03-01,0035\na@x.example,S,2026-03-01,35"
    assert desk.counts("tickets", text) == (2, 0, 0)
    assert desk.counts("tickets", text) == (0, 0, 2)


def test_thousands_of_releases_take_no_longer_each(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked for by its version: reading all of them for each took the square of their number."""
    text = "product,version\n" + "".join(f"remote-utilities,{n}.0.0.0\n" for n in range(200))
    read, execute, ahead = list[str](), desk.db.execute, desk.db.ahead

    def noted(statement: str, *values: Any) -> Any:
        read.append(statement)
        return execute(statement, *values)

    def noted_ahead(statements: Iterable[tuple[str, Any]]) -> Any:
        asked = list(statements)
        read.extend(statement for statement, _ in asked)
        return ahead(asked)

    monkeypatch.setattr(desk.db, "execute", noted)
    monkeypatch.setattr(desk.db, "ahead", noted_ahead)
    desk("releases", text)
    looked = [statement for statement in read if "from releases" in statement and not statement.endswith("limit 0")]
    assert looked and all("major = " in statement for statement in looked)


def test_releases_of_three_parts_are_taken_where_the_policy_says_so(desk: Desk) -> None:
    text = "product,version\nremote-utilities,7.6.2"
    assert "is not a release version" in desk.refuses("releases", text)
    toml = builtin()[0].replace("majors = 1 ", "parts = 3\nmajors = 1 ")
    at = instant(NOW)
    set_policy(desk.db, toml, parse(toml, source="p.toml"), "p.toml", at, Actor("tess", "tess", at, at))
    assert desk.counts("releases", text) == (1, 0, 0)
    assert desk.counts("releases", f"{text}.0") == (0, 0, 1)
    assert "is not a release version" in desk.refuses("releases", "product,version\nremote-utilities,7.6")


# In whatever order files come


def test_an_import_of_licences_lists_the_tickets_that_it_moved(desk: Desk) -> None:
    desk("customers", "email\na@x.example", now="2026-03-01T00:00:00Z")
    desk("tickets", f"{TICKET}\na@x.example,S,2026-03-06T16:00:00Z,\nb@x.example,S,2026-03-06T16:00:00Z,")
    before = desk.ticket(1).target.due_at
    done = desk("licences", "key,tier,delivery_email\nKEY-0001,SITE,a@x.example")
    assert done.moved == ((1, before, instant("2026-03-06T18:30:00Z")),)
    assert desk("licences", "key,tier,delivery_email\nKEY-0001,SITE,a@x.example").moved == ()


@pytest.mark.parametrize("order", ["clt", "lct", "tcl", "tlc", "ctl", "ltc"])
def test_an_open_ticket_of_a_licence_that_has_expired_keeps_its_tier(desk: Desk, order: str) -> None:
    """Received while it held; whatever file comes first, and whatever changes for its sender later."""
    files = {
        "c": ("customers", "email\na@x.example"),
        "l": (
            "licences",
            "key,tier,delivery_email,issued_at,expires_at\nKEY-0001,PRO,a@x.example,2025-01-01,2026-03-05",
        ),
        "t": ("tickets", f"{TICKET}\na@x.example,S,2026-03-04T18:00:00Z,"),
    }
    for letter in order:
        desk(*files[letter])
    assert desk.ticket(1).target.tier == "PRO"
    desk("customers", "email,name\na@x.example,Ann")
    assert desk.ticket(1).target.tier == "PRO"


def test_a_licence_that_had_expired_before_the_request_gives_it_nothing(desk: Desk) -> None:
    desk("customers", "email\na@x.example")
    desk("licences", "key,tier,delivery_email,issued_at,expires_at\nKEY-0001,PRO,a@x.example,2025-01-01,2026-03-01")
    desk("tickets", f"{TICKET}\na@x.example,S,2026-03-04T18:00:00Z,")
    assert desk.ticket(1).target.tier == "FREE"


def test_tickets_that_came_before_their_licences_are_told_of(desk: Desk) -> None:
    header = f"{TICKET},first_response_at"
    first = desk("tickets", f"{header}\na@x.example,S,2026-03-04,,2026-03-05\na@x.example,T,2026-03-04,,")
    assert "2 tickets are FREE" in first.remarks[0]
    desk("customers", "email\na@x.example")
    then = desk("licences", "key,tier,delivery_email\nKEY-0001,PRO,a@x.example")
    assert then.remarks == ("1 ticket stays FREE: answered or closed before these licences were on record.",)
    assert [desk.ticket(n).target.tier for n in (1, 2)] == ["FREE", "PRO"]
    assert desk("tickets", f"{header}\na@x.example,U,2026-03-06,,").remarks == ()
