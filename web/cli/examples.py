"""An example for each command, which its help shows and a test runs (N9).

They are of the demo's records, so that whoever reads one can try it there; ``…`` ends an id that differs.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Command -> what follows ``workbench`` on the line.
EXAMPLES: Mapping[str, str] = {
    "audit anchor": "audit anchor anchors.txt",
    "audit verify": "audit verify --anchors anchors.txt",
    "bundle cancel": 'bundle cancel bnd_… --reason "The partner withdrew the order"',
    "bundle complete": "bundle complete bnd_…",
    "bundle create": "bundle create blog_post --anchor-date 2027-03-01 --partner acme --param topic=Tents",
    "bundle link": 'bundle link bnd_… "Published article" https://acme.example/tents',
    "bundle list": "bundle list --status active --partner acme",
    "bundle reanchor": "bundle reanchor bnd_… 2027-03-08 --dry-run",
    "bundle show": "bundle show bnd_…",
    "bundle stage": "bundle stage bnd_… announced",
    "content check": "content check --worktree",
    "content show": "content show indexing_check --partner acme",
    "deliverable comment": 'deliverable comment dlv_… --quote "last week" --text "Say where this is from."',
    "doctor": "doctor",
    "employee training": 'employee training emp_… --off --reason "Ten approvals in a row"',
    "export": "export march-2027",
    "export check": "export check march-2027",
    "inbox seen": "inbox seen --as ana@example.com",
    "init": "init our-work --timezone Europe/Berlin",
    "qa feedback": "qa feedback --employee ben",
    "qa flag": 'qa flag 37 --reason complaint --comment "The guest could not be heard."',
    "qa list": "qa list --state open",
    "qa review": 'qa review 43 --fail --score 2 --type complaint --feedback "Read dates aloud."',
    "reference load": "reference load people.yaml",
    "report decisions": "report decisions --partner acme --format csv --out decisions.csv",
    "report feedback": "report feedback --employee ana --from 2026-01-01",
    "report kpi": "report kpi --from 2026-01-01",
    "report list": "report list",
    "report qa_scores": "report qa_scores --by employee",
    "report readiness": "report readiness --employee ravi --last 10",
    "report rejections": "report rejections --by template",
    "restore": "restore march-2027 --database sqlite:///var/restored.db",
    "serve": "serve --port 8080",
    "session end": "session end ses_…",
    "session end-all": "session end-all ana@example.com",
    "session list": "session list ana@example.com",
    "task add-deliverable": "task add-deliverable 146 --ref examples --type list",
    "task add-step": 'task add-step 146 --title "Ask Ben for one"',
    "task answer": 'task answer 147 --text "It may: the fair is public."',
    "task approvals": "task approvals 143",
    "task approve-file": "task approve-file 146 art_… --as mara@example.com",
    "task assign": "task assign 146 --employee ben",
    "task block": 'task block 75 --reason "The site is read-only until Monday."',
    "task cancel": 'task cancel 146 --reason "We have enough of them."',
    "task claim": "task claim 116 --as ben@example.com",
    "task clone": 'task clone 146 --title "Collect some for the newsletter" --due-date 2027-03-01',
    "task complete": "task complete 146",
    "task create": 'task create --type untyped --title "Order badges" --assignee ben --due-date 2027-03-01',
    "task decide": "task decide apr_… --outcome approved --seen HASH",
    "task defer": 'task defer 146 --until 2027-03-01 --reason "After the fair"',
    "task deliverable": "task deliverable 133 --ref placement_text --url https://docs.example.com/text",
    "task drop-dependency": 'task drop-dependency 150 149 --reason "The banner has the old size."',
    "task escalate": "task escalate",
    "task file": 'task file 75 --label "Page of the event" --type screenshot --file screenshot.png',
    "task help": 'task help 75 --text "Which of the two dates is right?"',
    "task link": 'task link 121 --name "Accountant email thread" --url https://mail.example.com/thread',
    "task list": "task list --text 'assignee:ben is:late -tag:paid' --sort -priority",
    "task note": 'task note 75 --text "@mara the page is live."',
    "task proof": 'task proof 77 --label "Reminder sent a week ahead" --value "Sent by e-mail."',
    "task put-back": 'task put-back 75 --reason "Begun by mistake"',
    "task resubmit": "task resubmit dlv_… --url https://docs.example.com/names-2",
    "task resume": "task resume 74",
    "task review": 'task review 148 --approve --notes "Only for the active campaigns."',
    "task show": "task show 125",
    "task skip": 'task skip 127 --reason "the partner withdrew the article" --comment "Pia said so."',
    "task start": "task start 146",
    "task step": "task step 127 load",
    "task submit": "task submit 146",
    "task wait": 'task wait 75 --for "the designer" --follow-up-at 2027-03-01 --comment "Asked by e-mail."',
    "task withdraw": 'task withdraw 143 --reason "One name is missing."',
    "upgrade": "upgrade --check",
    "user add": 'user add nina@example.com --name "Nina Novak" --role member --link-file nina.txt',
    "user change": "user change usr_… --role member --role manager",
    "user link": "user link ravi@example.com --link-file ravi.txt",
    "user unlock": "user unlock ravi@example.com",
}


def help_of(command: str) -> str:
    """Give what stands below the options on the help page of a command; empty where it has no example."""
    example = EXAMPLES.get(command)
    return f"\b\nExample:\n  workbench {example}" if example else ""
