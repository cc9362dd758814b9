"""The built-in policy file, as text in the code: `policy` reads no files."""

import tomllib
from collections.abc import Mapping
from functools import cache

TEXT = """\
# The support policy of Remote Utilities as supportctl reads it, clause by clause.
# The English original governs; this is read from its Danish machine translation.
# A line marked "reading" is ours where the source is silent or was damaged: change it if you know better.

name = "Remote Utilities"
unlicensed = "FREE"     # 2.1: the tier of whoever holds no active licence
reseller = "RESELLER"   # 3.1: the tier of a reseller account
language = "en"         # 4.2: the language support answers in

[hours]                             # 1.5: Monday to Friday, 8:00 to 17:00 "PST"
timezone = "America/Los_Angeles"    # reading: Pacific wall-clock time; "Etc/GMT+8" is the literal alternative
mon = ["08:00-17:00"]
tue = ["08:00-17:00"]
wed = ["08:00-17:00"]
thu = ["08:00-17:00"]
fri = ["08:00-17:00"]
holidays = []                       # reading: the policy names none

# 2.1, note 1: targets are business time, averages and best effort; reading: each ticket is held against its target.
# The source lost the ticks of its columns Tickets and Forum: `channels` of the tiers of 2.1 are our reading.
[tiers.SITE]
priority = 1
rank = 1
target = "2h"
channels = ["ticket", "forum"]      # reading: the paid tiers have both
remote_support = true               # 8.2; reading: a commercial licence is SITE, PRO, PLUS or STARTER
paid = true                         # 4.5: its key can be applied to an account
clause = "2.1"

[tiers.PRO]
priority = 2
rank = 2
target = "3h"
channels = ["ticket", "forum"]      # reading
remote_support = true               # reading
paid = true
clause = "2.1"

[tiers.PLUS]
priority = 3
rank = 3
target = "4h"
channels = ["ticket", "forum"]      # reading
remote_support = true               # reading
paid = true
clause = "2.1"

[tiers.STARTER]
priority = 4
rank = 4
target = "8h"
channels = ["ticket", "forum"]      # reading
remote_support = true               # reading
paid = true
clause = "2.1"

[tiers.RESELLER]                    # 3.4: before FREE and TRIAL; reading: after STARTER
rank = 5
target = "24h"                      # reading: no time is promised to resellers; the ceiling that anyone gets
channels = ["ticket"]               # 3.2: tickets only, never the forum
remote_support = true               # 3.3
paid = false
clause = "3.4"
reading = "No time is promised to resellers; they get the ceiling that the policy gives anyone."

[tiers.FREE]
priority = 5
rank = 6
target = "24h"                      # 2.1: up to 24 h, of business time
channels = ["forum"]                # reading: 4.6 knows customers without tickets; against it: 3.4 would add little. Add "ticket" to grant them
remote_support = false              # 8.2
paid = false
clause = "2.1"

[tiers.TRIAL]
priority = 5
rank = 6
target = "24h"
channels = ["forum"]                # reading, as for FREE
remote_support = false              # 8.2
paid = false
clause = "2.1"

[channels.ticket]                   # 4.1: the two channels that support is given through
guaranteed = true
clause = "4.1"

[channels.forum]
guaranteed = true
clause = "4.1"

[channels.email]                    # 4.3: at our discretion, not guaranteed: recorded as best effort, no target
guaranteed = false
clause = "4.3"

[channels.chat]
guaranteed = false
clause = "4.3"

[channels.social]
guaranteed = false
clause = "4.3"

[channels.phone]
guaranteed = false
clause = "4.3"

[versions]
majors = 1                          # 7.2: only the newest major version is supported
# parts = 3                         # 7.1: a release has four parts; with 3, 7.6.2 is taken too, as 7.6.2.0

[products.remote-utilities]         # 1.1; reading: Viewer, Host, Agent and MSI Configurator
title = "Remote Utilities"

[products.remote-utilities-server]  # 1.1
title = "Remote Utilities Server"

[topics.installation]
coverage = "covered"
clause = "5.1"

[topics.configuration]
coverage = "covered"
clause = "5.1"

[topics.usage]
coverage = "covered"
clause = "5.1"

[topics.bug]
coverage = "covered"
clause = "5.1"

[topics.network]
coverage = "not-covered"
clause = "6.1"
turn_to = "your system administrator"

[topics.sysadmin]
coverage = "not-covered"
clause = "6.1"
turn_to = "your system administrator"

[topics.hardware]
coverage = "not-covered"
clause = "6.2"
turn_to = "the vendor of the hardware"

[topics.third-party]
coverage = "not-covered"
clause = "6.2"
turn_to = "the vendor of the software"

[topics.scripting]
coverage = "not-covered"
clause = "6.3"

[topics.integration]
coverage = "not-covered"
clause = "6.3"

[topics.antivirus]
coverage = "limited"
clause = "6.4"
turn_to = "the vendor of the antivirus software"

[topics.other]                      # reading: a request about anything that 5.1 does not list
coverage = "not-covered"
clause = "5.1"

# Which clause each general rule rests on: what the tool cites when the rule decides.
[rules]
known = "1.3"
hours = "1.5"
tiers = "2.1"
upgrade = "2.2"
reseller-channel = "3.2"
reseller-remote = "3.3"
reseller-rank = "3.4"
channels = "4.1"
language = "4.2"
best-effort = "4.3"
registration = "4.4"
recognition = "4.5"
ticket-first = "4.6"
coverage = "5.1"
bugs = "5.2"
workaround = "5.3"
version-format = "7.1"
version-window = "7.2"
remote = "8.2"
remote-tool = "8.3"
access-details = "8.5"
secrets = "8.6"
revision = "1.4"

# What each clause says, in our words.
[clauses]
"1.1" = "This policy says what to expect of technical support for Remote Utilities and Remote Utilities Server."
"1.2" = "Who asks for support accepts this policy."
"1.3" = "Search the documentation, the knowledge base and the forum before you ask: the answer may be there."
"1.4" = "This policy may change without notice; the current text is the one that counts."
"1.5" = "Support works Monday to Friday, 8:00 to 17:00 Pacific time."
"2.1" = "The licence decides the support level: SITE about 2 h, PRO 3 h, PLUS 4 h, STARTER 8 h, FREE and TRIAL up to 24 h to the first response, counted in working hours on working days; averages, best effort."
"2.2" = "A licence upgrade upgrades the support level."
"2.3" = "Support is free at every level."
"3.1" = "Reseller support is for those who buy and resell licences."
"3.2" = "Resellers use the ticket system only; their accounts cannot post on the forum."
"3.3" = "Resellers are entitled to remote support where it is needed."
"3.4" = "Reseller requests go before FREE and TRIAL requests."
"4.1" = "Support is given through the ticket system and the community forum only."
"4.2" = "Support answers in English; a request in another language is answered in English, and the answer may have misunderstood it."
"4.3" = "Support by e-mail, live chat, social media or telephone is not guaranteed and at our discretion."
"4.4" = "Tickets and forum posts need a registration on the website; it is free."
"4.5" = "The support level is recognised when the registration address is the delivery address of the order; otherwise the paid key is entered in the account, once."
"4.6" = "Tickets always go before forum posts; who may file a ticket is advised to."
"5.1" = "Support covers Remote Utilities and Remote Utilities Server: installation, configuration, use, fixes of known problems, and registering new bugs."
"5.2" = "A bug that can be reproduced in the lab is fixed as soon as possible; no date is promised."
"5.3" = "For a newly found bug at least a workaround is recommended."
"6.1" = "Problems of networks and of system administration are not covered: turn to the system administrator."
"6.2" = "Problems of hardware and of third-party software are not covered: turn to its vendor."
"6.3" = "Writing scripts or code, and integrating with other software, is not covered."
"6.4" = "Help with antivirus software is limited: turn to its vendor about a false detection."
"7.1" = "Versions are Major.Minor.Subminor.Patch, as in 7.6.2.0."
"7.2" = "The newest major version is supported; upgrade to its newest minor and patch before you ask."
"8.1" = "A remote session may be needed to find the cause sooner."
"8.2" = "Remote support is for customers with a commercial licence and for resellers."
"8.3" = "A remote session uses Remote Utilities or another remote tool of our choice."
"8.4" = "Where Remote Utilities cannot be used, support suggests another remote tool."
"8.5" = "Give access details through the ticket system only."
"8.6" = "Never share access details, sensitive data or pictures of them on the forum."
"""


@cache
def rules() -> Mapping[str, str]:
    """The clause that each general rule rests on."""

    given: Mapping[str, str] = tomllib.loads(TEXT)["rules"]
    return given
