"""Copies of what links serve: from public addresses only, within a time and a size (DLV-22, SEC-08)."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import httpcore
import pytest

from engine.artifacts import addresses, outside
from engine.artifacts.blob_folder import FolderBlobs
from engine.artifacts.link_copies import LinkCopier
from engine.errors import BadRequestError, PrivateAddressError, UnavailableError

METADATA = "http://169.254.169.254/latest/meta-data/"
PAGE = b"<!doctype html><title>Draft</title><script>alert(1)</script>"


class Site(BaseHTTPRequestHandler):
    """A server with a page for everything that servers do to those who fetch from them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        name = self.path.split("?")[0].strip("/").split("/")[0]
        getattr(self, f"serve_{name}", self.serve_nothing)()

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def to(self, address: str) -> None:
        self.send(b"gone", 302, Location=address)

    def serve_page(self) -> None:
        self.send(PAGE, Set_Cookie="a=b", Content_Type="image/png")

    def serve_nothing(self) -> None:
        self.send(b"no", 404)

    def serve_home(self) -> None:
        self.to("/moved")

    def serve_moved(self) -> None:
        self.to("page/report?x=1")

    def serve_loop(self) -> None:
        self.to("/loop")

    def serve_brackets(self) -> None:
        self.to("http://[::")

    def serve_metadata(self) -> None:
        self.to(METADATA)

    def serve_file(self) -> None:
        self.to("file:///etc/passwd")

    def serve_inside(self) -> None:
        self.to("http://inside.example/page")

    def serve_password(self) -> None:
        self.to(f"http://user:secret@site.example:{self.server.server_port}/page")

    def serve_zipped(self) -> None:
        self.send(gzip.compress(PAGE), Content_Encoding="gzip")

    def serve_honest(self) -> None:
        self.send(b"", Content_Length="50000000")

    def serve_endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while not self.server.closing.is_set():
                self.server.sent += self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    def serve_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            while not self.server.closing.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def serve_slow_head(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.server.closing.wait(0.05):
                self.wfile.write(b"X-Drip: 1\r\n")
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def serve_silence(self) -> None:
        self.server.closing.wait(20)
        self.close_connection = True

    def serve_hangup(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.seen, server.sent, server.closing = [], 0, threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def blobs(tmp_path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def resolve(host: str, port: int) -> list[str]:
    """A small world of names."""
    known = {
        "site.example": ["127.0.0.1"],
        "public.example": ["93.184.216.34"],
        "inside.example": ["10.0.0.7"],
        "mixed.example": ["93.184.216.34", "192.168.1.1"],
        "nowhere.example": [],
    }
    return known.get(host) or (["127.0.0.1"] if host == "localhost" else [])


def copier(
    blobs: FolderBlobs, *, private: bool = True, most: int = 1_000_000, seconds: float = 5.0
) -> LinkCopier:
    return LinkCopier(blobs, max_bytes=most, private_links=private, seconds=seconds, resolve=resolve)


def url(site: ThreadingHTTPServer, path: str) -> str:
    return f"http://site.example:{site.server_port}/{path}"


# -- what is kept ------------------------------------------------------------------------------


def test_what_an_address_serves_is_kept_with_the_type_of_its_bytes(blobs, site):
    got = copier(blobs).copy(url(site, "page/report?draft=1#part"))
    assert (got.failure, got.content_type, got.file_name) == (None, "text/html", "report.html")
    assert blobs.path(got.blob.sha256).read_bytes() == PAGE
    ((path, headers),) = site.seen
    assert path == "/page/report?draft=1"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["Host"] == f"site.example:{site.server_port}"


def test_redirects_are_followed_and_the_end_is_noted_and_no_cookie_is_carried(blobs, site):
    got = copier(blobs).copy(url(site, "home"))
    assert got.final_url == url(site, "page/report?x=1")
    assert got.url == url(site, "home")
    assert [path for path, _ in site.seen] == ["/home", "/moved", "/page/report?x=1"]
    assert all("Cookie" not in headers for _, headers in site.seen)


def test_proxies_of_the_environment_are_not_used(blobs, site, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert copier(blobs).copy(url(site, "page")).failure is None


def test_a_name_and_a_path_beyond_ascii_are_sent_as_the_network_knows_them(blobs, site):
    asked = []

    def note(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    made = LinkCopier(blobs, max_bytes=1000, private_links=True, resolve=note)
    assert made.copy(f"http://büro.example.:{site.server_port}/page/ü?q=ß").failure is None
    assert asked == ["xn--bro-hoa.example"]
    assert site.seen[0][0] == "/page/%C3%BC?q=%C3%9F"


def test_a_server_hears_the_name_that_the_link_has_brackets_included():
    assert outside.host_header("::1", 8080) == b"[::1]:8080"
    assert outside.host_header("site.example", None) == b"site.example"


# -- what is never reached -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.1.2.3",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.170", "198.18.0.1", "192.88.99.1",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:1::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1",
        "2001:db8::1", "::ffff:0:127.0.0.1", "64:ff9b::a9fe:a9fe", "::a9fe:a9fe", "4000::1",
        "1000::1", "2001:0:7f00:1::", "8000::", "168.63.129.16", "::ffff:168.63.129.16",
    ],
)  # fmt: skip
def test_no_address_that_is_not_public_is_good(host):
    assert addresses.is_closed(ip_address(host))


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "::ffff:169.254.169.254", "::ffff:0:169.254.169.254", "::169.254.169.254",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::", "fe80::1", "::",
        "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16",
        "::ffff:168.63.129.16", "64:ff9b::6464:64c8",
    ],
)  # fmt: skip
def test_where_clouds_keep_keys_is_open_in_no_intranet_however_it_is_written(host):
    assert addresses.is_closed(ip_address(host), private_links=True)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "127.0.0.1", "::1", "::ffff:10.0.0.1", "fc00::1", "fd00:ec2::1"]
)
def test_an_intranet_is_open_where_that_is_set(host):
    assert not addresses.is_closed(ip_address(host), private_links=True)


@pytest.mark.parametrize(
    "host",
    ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"],
)
def test_public_addresses_are_good(host):
    assert not addresses.is_closed(ip_address(host))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/",
        "http://localhost/", "http://localhost./", "http://LOCALHOST/", "http://inside.example/",
        "http://mixed.example/", METADATA, "https://10.0.0.1:8443/",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_and_nothing_is_kept(blobs, address):
    with pytest.raises(PrivateAddressError):
        copier(blobs, private=False).fetch(address)
    assert list(blobs.iterate()) == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "localhost"])
def test_other_spellings_of_this_machine_are_refused_by_the_systems_own_resolver(blobs, host):
    made = LinkCopier(blobs, max_bytes=1000)
    with pytest.raises((PrivateAddressError, UnavailableError)):
        made.fetch(f"http://{host}/")
    if host == "localhost":
        assert "not a public address" in made.copy(f"http://{host}/").failure


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("metadata", PrivateAddressError),
        ("file", BadRequestError),
        ("password", BadRequestError),
        ("loop", UnavailableError),
        ("brackets", UnavailableError),
    ],
)
def test_a_redirect_is_judged_like_an_address(blobs, site, path, error):
    with pytest.raises(error):
        copier(blobs).fetch(url(site, path))
    assert list(blobs.iterate()) == []
    assert len(site.seen) <= 6


def test_a_redirect_into_a_private_network_is_refused_where_the_first_address_was_public(
    blobs, site, monkeypatch
):
    connected, connect = [], httpcore.SyncBackend.connect_tcp

    def led_here(backend, host, port, *rest):
        """Lead what is meant for the public internet to the site of this test; the rules stay as they are."""
        connected.append((host, port))
        return connect(backend, *site.server_address, *rest)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", led_here)
    public = copier(blobs, private=False)
    assert public.copy("http://public.example/page").failure is None
    with pytest.raises(PrivateAddressError, match=r"leads to 10\.0\.0\.7"):
        public.fetch("http://public.example/inside")
    assert connected == [("93.184.216.34", 80)] * 2
    assert [path for path, _ in site.seen] == ["/page", "/inside"]


def test_the_connection_goes_to_the_address_that_was_checked_not_to_a_second_answer(blobs, site):
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])
    made = LinkCopier(blobs, max_bytes=1000, private_links=True, resolve=lambda *_: next(answers))
    assert made.copy(url(site, "page")).failure is None
    assert next(answers) == ["10.0.0.7"], "the name was resolved twice"


def test_an_intranet_is_open_where_that_is_set_but_never_the_addresses_of_the_cloud(blobs, site):
    assert copier(blobs, private=True).copy(url(site, "page")).blob is not None
    with pytest.raises(PrivateAddressError):
        copier(blobs, private=True).fetch(METADATA)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://site.example/", "file:///etc/passwd", "gopher://site.example/", "javascript:alert(1)", "", " ",
        "/a", "http://", "http:///a", "http://user@site.example/", "http://user:pw@site.example/",
        "http://site.example:22/",
        "http://site.example:99999/", "http://site.example/a b", "http://site.example/a\r\nX: y", "http://[::1/",
        "https://site.example:6379/aaa", "aaa://site.example/aaa", "http://site.example/" + "a" * 5000,
        "http://" + "ä" * 300 + ".example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_address_of_the_web_is_refused(blobs, address):
    with pytest.raises(BadRequestError) as refused:
        copier(blobs, private=False).fetch(address)
    assert "pw" not in refused.value.message
    assert "aaa" not in refused.value.message, "what follows the host may be a secret"
    assert refused.value.message.isprintable()


# -- what servers do -----------------------------------------------------------------------------


@pytest.mark.wide
@pytest.mark.parametrize("path", ["drip", "slow_head", "silence"])
def test_a_server_that_takes_its_time_is_left_at_the_deadline(blobs, site, path):
    began = time.monotonic()
    got = copier(blobs, seconds=0.4).copy(url(site, path))
    assert "in time" in got.failure
    assert time.monotonic() - began < 3
    assert list(blobs.iterate()) == []


def test_a_resolver_that_does_not_answer_is_left_at_the_deadline(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [][: released.wait(20)])
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="in time"):
        addresses.resolver(lambda: 0.1)("slow.example", 80)
    assert time.monotonic() - began < 3
    released.set()


@pytest.mark.parametrize("path", ["endless", "honest"])
def test_a_body_above_the_limit_is_not_read_to_its_end(blobs, site, path):
    got = copier(blobs, most=200_000).copy(url(site, path))
    assert got.blob is None
    assert "larger than 200000 bytes" in got.failure
    assert list(blobs.iterate()) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [("missing", "status 404"), ("zipped", "the encoding gzip"), ("hangup", "could not be reached")],
)
def test_what_serves_nothing_is_said_in_words(blobs, site, path, words):
    got = copier(blobs).copy(url(site, f"{path}?token=secret"))
    assert got.blob is None
    assert words in got.failure
    assert "secret" not in got.failure


def test_a_host_without_an_address_or_a_server_is_said_in_words(blobs):
    assert "no address" in copier(blobs).copy("http://nowhere.example/").failure
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "could not be reached" in copier(blobs).copy(f"http://site.example:{port}/").failure


def test_a_server_without_tls_behind_https_is_said_in_words(blobs, site):
    got = copier(blobs).copy(f"https://site.example:{site.server_port}/page")
    assert "could not be reached" in got.failure
