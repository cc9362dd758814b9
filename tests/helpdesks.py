"""Tickets as other help desks export them: the same two, in the columns and times of each."""

ZENDESK = """\
Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,Assignee,Group,\
Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Assigned at,Organization,Due date,Initially assigned at,\
Solved at,Resolution time,Satisfaction Score,Group stations,Assignee stations,Reopens,Replies,First reply time in minutes
1,35,Ann Lee,360001,,ann@example.com,example.com,Ann Lee,Kim Ray,Support,Host does not start,host,Solved,Normal,Mail,\
Incident,2024-03-05 10:42,2024-03-06 09:00,2024-03-05 10:50,Example,,2024-03-05 10:50,2024-03-06 09:00,22,Good,1,1,0,2,35
1,36,Bob Ray,360002,,bob@example.com,example.com,Bob Ray,-,Support,"Black screen, again",,Open,High,Web Form,Question,\
2024-03-07 08:00,2024-03-07 08:00,,,,,,,Not Offered,1,0,0,0,
"""
FRESHDESK = """\
Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,Resolved time,Closed time,\
Last update time,Initial response time,Time tracked,First response time (in hrs),Resolution time (in hrs),\
Agent interactions,Customer interactions,Resolution status,First response status,Tags,Survey results,Product,Full name,Email
7035,Host does not start,Closed,Low,Email,Incident,Kim Ray,Support,2024-03-05 10:42:10,2024-03-08 10:42:10,\
2024-03-06 08:00:00,2024-03-06 09:00:00,2024-03-06 09:00:00,2024-03-05 11:17:00,00:00,00:34:50,21:17:50,2,1,Within SLA,\
Within SLA,host,,Remote Tool,Ann Lee,ann@example.com
7036,"Black screen, again",Open,High,Portal,Question,No Agent,,2024-03-07 08:00:00,2024-03-08 08:00:00,,,2024-03-07 08:00:00,,\
00:00,,,0,1,,,,,,Bob Ray,bob@example.com
"""
OSTICKET = """\
\ufeff"Ticket Number";"Date Created";"Subject";"From";"From Email";"Priority";"Department";"Help Topic";"Source";\
"Current Status";"Last Updated";"SLA Due Date";"Due Date";"Closed Date";"Overdue";"Answered";"Agent Assigned";"Team Assigned"
"100035";"3/5/24 10:42 AM";"Host does not start";"Ann Lee";"ann@example.com";"Normal";"Support";"General";"Email";\
"Closed";"3/6/24 9:00 AM";"3/7/24 10:42 AM";"";"3/6/24 9:00 AM";"0";"1";"Kim Ray";""
"100036";"3/7/24 8:00 AM";"Black screen, again";"Bob Ray";"bob@example.com";"High";"Support";"General";"Web";"Open";\
"3/7/24 8:00 AM";"";"";"";"0";"0";"";""
"""
