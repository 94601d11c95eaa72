"""The page of a forge on which a pushed branch becomes a pull request; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from engine.config import Settings
from engine.proposals.models import Proposal

#: Where hosts answer HTTPS that take SSH by another name.
_PAGES_OF = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
#: Within a query nothing of a name stays as it is, not even a slash.
_QUOTED = ""


def _github(repository: str, branch: str, into: str) -> str:
    return f"{repository}/compare/{quote(into)}...{quote(branch)}?expand=1"


def _gitlab(repository: str, branch: str, into: str) -> str:
    source, target = (quote(name, safe=_QUOTED) for name in (branch, into))
    asked = f"merge_request%5Bsource_branch%5D={source}&merge_request%5Btarget_branch%5D={target}"
    return f"{repository}/-/merge_requests/new?{asked}"


def _gitea(repository: str, branch: str, into: str) -> str:
    return f"{repository}/compare/{quote(into)}...{quote(branch)}"


def _bitbucket(repository: str, branch: str, into: str) -> str:
    source, target = (quote(name, safe=_QUOTED) for name in (branch, into))
    return f"{repository}/pull-requests/new?source={source}&dest={target}"


#: What a part of a host's name begins with that tells which forge it is.
_FORGES: Mapping[str, Callable[[str, str, str], str]] = {
    "github": _github,
    "gitlab": _gitlab,
    "gitea": _gitea,
    "forgejo": _gitea,
    "codeberg": _gitea,
    "bitbucket": _bitbucket,
}


def page_of(remote: str, branch: str, into: str) -> str | None:
    """Return where a branch is offered as a pull request; None where the host is no forge that is known.

    User names, what they sign in with, and the ports of SSH are left out.
    """
    parts = urlsplit(remote)
    if parts.scheme not in ("https", "ssh") or not parts.hostname:
        return None
    host = _PAGES_OF.get(parts.hostname, parts.hostname)
    make = next(
        (forge for word, forge in _FORGES.items() if any(part.startswith(word) for part in host.split("."))),
        None,
    )
    path = parts.path.strip("/").removesuffix(".git")
    if make is None or not path:
        return None
    port = f":{parts.port}" if parts.scheme == "https" and parts.port else ""
    return make(f"https://{host}{port}/{quote(path)}", branch, into)


def page_of_proposal(settings: Settings, proposal: Proposal) -> str | None:
    """Return where a pushed proposal is offered as a pull request; None where there is no such page."""
    if proposal.branch is None or proposal.pushed_commit is None:
        return None
    return page_of(settings.content_remote, proposal.branch, settings.content_branch)
