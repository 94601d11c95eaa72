"""Which network addresses may be fetched from: what a name resolves to is judged, never the name (SEC-08)."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from engine.errors import PrivateAddressError, UnavailableError

Address = IPv4Address | IPv6Address
#: Turns a host and a port into the addresses behind them, in the order to try.
Resolver = Callable[[str, int], Sequence[str]]

#: Nobody's public servers, whatever this Python knows of them.
_CLOSED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
#: Where clouds keep keys of the machines that ask, beside the addresses of a link: of Amazon, Google,
#: Alibaba, Oracle and Azure.
_CLOUDS = ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
#: Never a document, not even in an intranet: this network, link-local (clouds keep keys there), groups.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "fe80::/10", "fec0::/10", "ff00::/8", "::/128",
        *_CLOUDS,
    )
)  # fmt: skip
#: All public addresses of IPv6; whatever else it knows carries an IPv4 address or is nobody's (S26).
_PUBLIC = ip_network("2000::/3")
#: Networks of IPv6 whose addresses carry one of IPv4 at their end, and one that carries it at its beginning.
_CARRIERS = tuple(
    ip_network(text)
    for text in ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_SIX_TO_FOUR = ip_network("2002::/16")
_LOOPBACK = IPv6Address("::1")


def is_closed(address: Address, *, private_links: bool = False) -> bool:
    """Whether nothing may be fetched from an address; ``private_links`` opens an intranet."""
    shown = _inner(address)
    if private_links:
        return any(shown in network for network in _NEVER)
    is_public = shown.is_global and (isinstance(shown, IPv4Address) or shown in _PUBLIC)
    return not is_public or any(shown in network for network in _CLOSED)


def check(
    host: str,
    port: int,
    resolve: Resolver,
    *,
    private_links: bool = False,
    setting: str = "WORKBENCH_PRIVATE_LINKS",
) -> list[str]:
    """List the addresses behind a host, each checked and safe to connect to; ``setting`` opens an intranet.

    Raises:
        PrivateAddressError: one of them leads into a private network; a name that mixes both is refused.
        UnavailableError: the host has no address.
    """
    found = _literal(host) or list(resolve(host, port))
    if not found:
        raise UnavailableError(f"{host} has no address. Check the link.")
    for text in found:
        if is_closed(ip_address(text.partition("%")[0]), private_links=private_links):
            raise PrivateAddressError(
                f"{host} leads to {text}, which is not a public address, so it is not asked. "
                f"Where that is meant, set {setting}."
            )
    return found


def resolver(seconds: Callable[[], float]) -> Resolver:
    """Return a resolver by the system's own rules that gives up after ``seconds()``."""

    def resolve(host: str, port: int) -> list[str]:
        answers: queue.Queue[list[str] | OSError | UnicodeError] = queue.Queue(1)

        def ask() -> None:
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                answers.put([str(entry[4][0]) for entry in found])
            except (OSError, UnicodeError) as error:
                answers.put(error)

        # getaddrinfo knows no timeout, so the question is left behind where the answer does not come
        threading.Thread(target=ask, daemon=True, name="resolver").start()
        try:
            answer = answers.get(timeout=max(seconds(), 0.001))
        except queue.Empty:
            raise UnavailableError(f"The name {host} was not found in time.") from None
        if isinstance(answer, Exception):
            raise UnavailableError(f"The name {host} was not found.") from answer
        return list(dict.fromkeys(answer))

    return resolve


def _literal(host: str) -> list[str]:
    """Return an address that stands in the link itself; other spellings of numbers go to the resolver."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        return []


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only carries, else the address itself."""
    if isinstance(address, IPv4Address) or address == _LOOPBACK:
        return address
    if any(address in network for network in _CARRIERS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return address
