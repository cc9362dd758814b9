"""A small realistic desk, written as import files: what an order system and a help desk would hand over."""

from supportctl.clock import iso
from supportctl.policy.hours import Calendar

# Of the real products; where no date is known it is left empty, which counts as before all dated ones.
RELEASES = """\
product,version,released_at
remote-utilities,7.1.7.0,
remote-utilities,7.2.1.0,
remote-utilities,7.2.2.0,
remote-utilities,7.5.1.0,
remote-utilities,7.6.1.0,
remote-utilities,7.6.2.0,2024-10-16
remote-utilities,7.7.3.0,2025-11-16
remote-utilities,7.8.4.0,2026-06-11
remote-utilities-server,3.4.4.0,2025-03-21
remote-utilities-server,3.5.3.0,2025-11-16
remote-utilities-server,3.5.5.0,2026-06-11
"""

CUSTOMERS = """\
email,name,kind,registered_at
olga@harbour.example,Olga Petrov,customer,2024-02-12
ivan@harbour.example,Ivan Petrov,customer,2025-06-01
ann@northwind.example,Ann Lee,customer,2024-09-03
kurt@werkstatt.example,Kurt Bauer,customer,2025-01-20
mei@lotus.example,Mei Chen,customer,2025-03-11
pablo@estudio.example,Pablo Ruiz,customer,2025-10-08
sofie@bageri.example,Sofie Holm,customer,
tom@home.example,Tom Fields,customer,2026-01-15
rita@trial.example,Rita Marsh,customer,2026-02-20
sales@resoft.example,ReSoft GmbH,reseller,2023-05-05
partner@nordit.example,NordIT ApS,reseller,2024-11-11
"""

LICENCES = """\
key,tier,delivery_email,order,issued_at,expires_at,status
RU-SITE-4F7K-29QD,SITE,olga@harbour.example,2024-0117,2024-02-12,,active
RU-PRO-8H2M-51XA,PRO,ann@northwind.example,2024-0902,2024-09-03,,active
RU-PLUS-3C9T-77WE,PLUS,kurt@werkstatt.example,2025-0044,2025-01-20,,active
RU-STAR-6B1N-08ZU,STARTER,mei@lotus.example,2025-0203,2025-03-11,,active
RU-PRO-1V5R-66KL,PRO,buchhaltung@werkstatt.example,2025-0630,2025-06-30,,active
RU-STAR-9Y4P-13GS,STARTER,pablo@estudio.example,2024-0815,2024-10-08,2025-10-08,expired
RU-PLUS-7D3J-90FH,PLUS,tom@home.example,2025-0911,2025-09-11,,revoked
RU-TRIAL-2X6L-45MB,TRIAL,rita@trial.example,,2026-02-20,,active
RU-SITE-5N8C-32TV,SITE,it@unregistered.example,2026-0008,2026-01-08,,active
RU-PRO-0G7W-84JR,PRO,sales@resoft.example,2025-0517,2025-05-17,,active
"""

_HEADER = (
    "from,subject,body,channel,product,version,topic,language,received_at,first_response_at,closed_at,assignee,"
    "external_id"
)

# How many hours ago it came, counting a working day as 24, so that a Monday's demo has late tickets too; what it is, in
# the columns of the header from `from` to `language`; when it was answered and closed, if it was; and who has it.
_TICKETS: tuple[tuple[float, str, float | None, float | None, str], ...] = (
    (
        170,
        'olga@harbour.example,Host service stops after update,"Since 7.8.4.0 the Host stops once a '
        'day.\n\nThe log says: connection reset.",ticket,remote-utilities,7.8.4.0,bug,en',
        169,
        None,
        "kim",
    ),
    (
        166,
        "ann@northwind.example,Two monitors show as one,Is there a setting for it?,ticket,"
        "remote-utilities,7.7.3.0,usage,en",
        162,
        140,
        "lee",
    ),
    (
        146,
        "kurt@werkstatt.example,Installation per GPO,Welche Parameter braucht das MSI?,ticket,"
        "remote-utilities,7.6.2.0,installation,de",
        121,
        120,
        "kim",
    ),
    (
        144,
        "mei@lotus.example,Viewer cannot connect through our proxy,Our proxy refuses the "
        "connection.,ticket,remote-utilities,7.8.4.0,network,en",
        143,
        142,
        "lee",
    ),
    (
        120,
        'sales@resoft.example,Upgrade for a customer,"Our customer wants to go from STARTER to PRO,'
        ' how do we order?",ticket,remote-utilities,,other,en',
        100,
        None,
        "kim",
    ),
    (
        119,
        "pablo@estudio.example,Does 6.10 still work?,We never upgraded.,forum,remote-utilities,"
        "6.10.1.0,installation,en",
        96,
        90,
        "lee",
    ),
    (
        98,
        "tom@home.example,How do I wake a computer?,Wake-on-LAN does nothing here.,forum,"
        "remote-utilities,7.7.3.0,configuration,en",
        None,
        None,
        "",
    ),
    (
        97,
        "sofie@bageri.example,Hvordan skifter jeg sprog?,Viewer er på engelsk.,forum,remote-utilities,7.8.4.0,usage,da",
        None,
        None,
        "",
    ),
    (
        96,
        "stranger@nowhere.example,Cannot log in,I have no account yet.,ticket,remote-utilities,7.8.4.0,usage,en",
        None,
        None,
        "",
    ),
    (
        74,
        "olga@harbour.example,Server does not start after moving it,The service ends at once.,"
        "ticket,remote-utilities-server,3.5.3.0,configuration,en",
        72,
        50,
        "lee",
    ),
    (
        72,
        "ivan@harbour.example,Same problem as Olga,See the ticket of my colleague.,ticket,"
        "remote-utilities,7.8.4.0,bug,en",
        71,
        None,
        "kim",
    ),
    (
        71,
        "rita@trial.example,What does the trial include?,All features?,forum,remote-utilities,7.8.4.0,usage,en",
        47,
        46,
        "lee",
    ),
    (
        50,
        "kurt@werkstatt.example,Antivirus entfernt den Host,Die Datei wird gelöscht.,ticket,"
        "remote-utilities,7.8.4.0,antivirus,de",
        30,
        None,
        "kim",
    ),
    (
        49,
        "ann@northwind.example,Script to deploy settings,Could you write it for us?,ticket,"
        "remote-utilities,7.7.3.0,scripting,en",
        48,
        47,
        "lee",
    ),
    (
        48,
        "partner@nordit.example,Posting for a customer,We tried the forum.,forum,remote-utilities,7.8.4.0,usage,en",
        None,
        None,
        "",
    ),
    (
        47,
        "olga@harbour.example,Question by mail,Sent to your address directly.,email,remote-utilities,7.8.4.0,usage,en",
        None,
        None,
        "",
    ),
    (
        30,
        "mei@lotus.example,File transfer is slow,Only 200 KB/s inside our network.,ticket,"
        "remote-utilities,7.6.1.0,usage,en",
        None,
        None,
        "kim",
    ),
    (
        28,
        "it@unregistered.example,We bought SITE,How do we register?,ticket,remote-utilities,7.8.4.0,other,en",
        None,
        None,
        "",
    ),
    (
        27,
        "olga@harbour.example,Printing from the remote side,Nothing comes out of the printer.,"
        "ticket,remote-utilities,7.8.4.0,usage,en",
        None,
        None,
        "lee",
    ),
    (
        26,
        "ann@northwind.example,Licence on a second computer,May I?,chat,remote-utilities,7.7.3.0,usage,en",
        None,
        None,
        "",
    ),
    (
        8,
        "sales@resoft.example,Invoice for order 2025-0517,The number is wrong.,ticket,remote-utilities,,other,en",
        None,
        None,
        "",
    ),
    (
        6,
        "tom@home.example,Host on Linux?,Is 7.6.2.b22 the newest?,forum,remote-utilities,7.6.2.b22,installation,en",
        None,
        None,
        "",
    ),
    (
        5,
        "kurt@werkstatt.example,Rollen im Server,Wer darf was?,ticket,remote-utilities-server,3.5.5.0,configuration,de",
        None,
        None,
        "",
    ),
    (
        3,
        "mei@lotus.example,Black screen after login,Only over RDP.,ticket,remote-utilities,7.8.4.0,bug,en",
        None,
        None,
        "",
    ),
    (
        2,
        "ann@northwind.example,Session recording,Where are the files?,ticket,remote-utilities,7.8.4.0,usage,en",
        None,
        None,
        "",
    ),
    (
        1,
        "olga@harbour.example,Address book is empty,After the move to the new server.,ticket,"
        "remote-utilities-server,3.5.5.0,bug,en",
        None,
        None,
        "",
    ),
    (
        0.5,
        "ivan@harbour.example,Second factor,How do I set it up?,forum,remote-utilities,7.8.4.0,configuration,en",
        None,
        None,
        "",
    ),
)


def files(now: int, calendar: Calendar) -> dict[str, str]:
    """The import files by name, their tickets dated back from `now` (UTC epoch seconds) in working time."""
    lines = [_HEADER]
    for number, (received, text, answered, closed, agent) in enumerate(_TICKETS, 1):
        moments = ("" if hours is None else iso(_back(calendar, now, hours)) for hours in (received, answered, closed))
        lines.append(",".join((text, *moments, agent, f"demo-{number}")))
    return {
        "customers.csv": CUSTOMERS,
        "licences.csv": LICENCES,
        "releases.csv": RELEASES,
        "tickets.csv": "\n".join(lines) + "\n",
    }


def _back(calendar: Calendar, now: int, hours: float) -> int:
    """The moment since which so much working time has passed, nine hours of it for twenty-four."""
    wanted = round(hours * 3600 * 9 / 24)
    low, high = now - 60 * 86_400, now
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if calendar.between(middle, now) >= wanted else (low, middle)
    return low - low % 60  # whole minutes read better
