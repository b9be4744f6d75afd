"""The sender: one look-up, the policy, the very address; bounds on redirects, sizes and time; TLS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from interdesk.events.addresses import Policy
from interdesk.events.sender import Bounds, Sender, SendingFailed, default_tls
from interdesk.events.urls import BadUrl, parse
from tests.support.receivers import Receiver, Reply, receiving

LOOPBACK = Policy.of("127.0.0.0/8, ::1")
QUICK = Bounds(connect_seconds=1.0, seconds=1.0, answer_bytes=1_000, redirects=3)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def sender(bounds: Bounds = QUICK, policy: Policy = LOOPBACK) -> Sender:
    return Sender(policy, bounds)


# -- addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:a00:1::1", "2001:db8::1", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_forbidden(address: str) -> None:
    assert not Policy().permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert Policy().permits(address)


def test_the_settings_may_allow_ranges() -> None:
    policy = Policy.of("10.0.0.0/8 127.0.0.1,fd00::/8")
    assert [policy.permits(one) for one in ("10.9.9.9", "127.0.0.1", "127.0.0.2", "192.168.0.1", "fd00::1")] == [
        True, True, False, False, True,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="nonsense"):
        Policy.of("nonsense")


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_by_both(address: ipaddress.IPv4Address) -> None:
    for shown in (f"::ffff:{address}", str(ipaddress.IPv6Address((0x64FF9B << 96) | int(address)))):
        assert not Policy().permits(shown) or Policy().permits(str(address))


# -- names


class Changing:
    """A resolver that answers differently each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, _: str) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def test_a_name_that_is_bound_anew_leads_nowhere(receiver: Receiver) -> None:
    """Judged at an address that is allowed, called there and nowhere else: the second answer is never asked for."""
    names = Changing(["127.0.0.9"], ["127.0.0.1"])
    with pytest.raises(SendingFailed):
        Sender(Policy.of("127.0.0.9"), QUICK, resolver=names).send("GET", f"http://x.example:{receiver.port}/", (), b"")
    assert (names.asked, receiver.arrived) == (1, [])


def test_the_judged_address_is_the_one_that_is_called(receiver: Receiver) -> None:
    names = Changing(["10.0.0.1", "127.0.0.1"], ["192.0.2.1"])
    policy = Policy.of("127.0.0.1")
    answer = Sender(policy, QUICK, resolver=names).send("GET", f"http://some.example:{receiver.port}/x", (), b"")
    assert (answer.status, answer.address, names.asked) == (200, "127.0.0.1", 1)
    assert receiver.arrived[0].headers["host"] == f"some.example:{receiver.port}"


def test_a_redirect_is_judged_like_a_first_call(receiver: Receiver) -> None:
    names = Changing(["127.0.0.1"], ["10.0.0.1"])
    receiver.answering = lambda _: Reply(status=302, headers={"Location": "http://inside.example/"})
    with pytest.raises(SendingFailed, match=r"10\.0\.0\.1, which the setting private_networks") as failed:
        Sender(LOOPBACK, QUICK, resolver=names).send("POST", receiver.url, (), b"{}")
    assert failed.value.hopeless and len(receiver.arrived) == 1


def test_a_forbidden_address_gets_no_packet(receiver: Receiver) -> None:
    with pytest.raises(SendingFailed) as failed:
        Sender(Policy(), QUICK).send("POST", receiver.url, (), b"{}")
    assert failed.value.hopeless and not receiver.arrived


def test_a_second_address_is_tried_when_the_first_is_closed(receiver: Receiver) -> None:
    names = Changing(["127.0.0.2", "127.0.0.1"])
    assert (
        Sender(LOOPBACK, QUICK, resolver=names).send("GET", f"http://x.example:{receiver.port}/", (), b"").status == 200
    )


# -- addresses of servers

BAD = [
    "nonsense", "ftp://x/", "http://", "http:///path", "http://a b/", "http://x/a b", "http://x/\r\nHost: y",
    "http://user:pw@x/", "http://x:0/", "http://x:99999/", "http://x:port/", "http://[::1/", "http://a\\b/", "file:///etc/passwd",
    "//x/", "", "http://x%00y/", "http://[fe80::1%25eth0]/",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_what_is_no_address_is_not_called(url: str) -> None:
    with pytest.raises(BadUrl):
        parse(url)
    with pytest.raises(SendingFailed) as failed:
        sender().send("GET", url, (), b"")
    assert failed.value.hopeless


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("http://Example.org", "example.org", 80, "/", "example.org"),
        ("https://example.org:443/a?b#c", "example.org", 443, "/a?b", "example.org"),
        ("http://[::1]:81/x", "::1", 81, "/x", "[::1]:81"),
        ("http://bücher.example/é", "xn--bcher-kva.example", 80, "/%c3%a9", "xn--bcher-kva.example"),
        ("http://x?x=é", "x", 80, "/?x=Ã©", "x"),
    ],
)
def test_addresses_are_understood(url: str, host: str, port: int, path: str, authority: str) -> None:
    found = parse(url)
    assert (found.host, found.port, found.path, found.authority) == (host, port, path, authority)


# -- requests


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_methods_and_bodies(receiver: Receiver, method: str) -> None:
    headers = (("X-Name", "L é"), ("X-Twice", "1"), ("Host", "evil"), ("Content-Length", "999"))
    assert sender().send(method, receiver.url + "/p?q=1", headers, b"body").status == 200
    (one,) = receiver.arrived
    assert (one.method, one.path, one.body) == (method, "/p?q=1", b"" if method in ("GET", "HEAD") else b"body")
    assert one.headers["x-name"].encode("latin-1").decode() == "L é"
    assert one.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "header", [("X-A", "1\r\nX-B: 2"), ("X-A\r\nX-B", "2"), ("X-A", "a\nb"), ("X\0", "1"), ("", "1"), ("a:b", "c")]
)
def test_a_header_never_becomes_two(receiver: Receiver, header: tuple[str, str]) -> None:
    with pytest.raises(SendingFailed, match="cannot be sent"):
        sender().send("POST", receiver.url, (header,), b"")
    assert not receiver.arrived


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(301, "POST", b""), (302, "POST", b""), (303, "GET", b""), (307, "POST", b"{}"), (308, "POST", b"{}")],
)
def test_redirects_as_recorded(receiver: Receiver, status: int, method: str, body: bytes) -> None:
    receiver.answering = lambda one: Reply(status=status, headers={"Location": "/b"}) if one.path == "/a" else Reply()
    assert sender().send("POST", receiver.url + "/a", (("Authorization", "Basic x"),), b"{}").status == 200
    second = receiver.arrived[1]
    assert (second.method, second.path, second.body) == (method, "/b", body)
    assert second.headers["authorization"] == "Basic x"


def test_credentials_do_not_follow_to_another_server(receiver: Receiver) -> None:
    with receiving() as other:
        receiver.answering = lambda _: Reply(status=307, headers={"Location": other.url + "/b"})
        headers = (("Authorization", "Basic x"), ("auth-token", "t"), ("X-Api-Key", "k"), ("X-Other", "stays"))
        assert sender().send("POST", receiver.url, headers, b"{}").status == 200
        (one,) = other.arrived
        assert "authorization" not in one.headers and "auth-token" not in one.headers and "x-api-key" not in one.headers
        assert one.headers["x-other"] == "stays"


def test_redirects_have_an_end(receiver: Receiver) -> None:
    receiver.answering = lambda _: Reply(status=302, headers={"Location": "/again"})
    with pytest.raises(SendingFailed, match="more than 3 redirects"):
        sender().send("POST", receiver.url, (), b"")
    assert len(receiver.arrived) == 4


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://u:p@x/", "http://127.0.0.1:1\\@x/"])
def test_redirects_lead_to_http_only(receiver: Receiver, location: str) -> None:
    receiver.answering = lambda _: Reply(status=302, headers={"Location": location})
    with pytest.raises(SendingFailed):
        sender().send("POST", receiver.url, (), b"")
    assert len(receiver.arrived) == 1


# -- receivers that mean no good


def test_a_huge_answer_is_cut(receiver: Receiver) -> None:
    receiver.answering = lambda _: Reply(body=b"x" * 5_000_000)
    answer = sender().send("POST", receiver.url, (), b"")
    assert (len(answer.body), answer.cut) == (1_000, True)


GARBAGE = [
    b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    b"HTTP/1.1 nope\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n", b"HTTP/1.1 200 " + b"x" * 100_000,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\x00\xff" * 1_000,
    b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
]  # fmt: skip


@pytest.mark.parametrize("raw", GARBAGE)
def test_garbage_is_a_failure_and_nothing_worse(receiver: Receiver, raw: bytes) -> None:
    receiver.answering = lambda _: Reply(raw=raw)
    with pytest.raises(SendingFailed) as failed:
        sender().send("POST", receiver.url, (), b"{}")
    assert not failed.value.hopeless


class Dripping:
    """Sends a byte every tenth of a second, for ever."""

    def __init__(self, start: bytes) -> None:
        self._start = start
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            try:
                connection.sendall(self._start)
                while not self._over.wait(0.1):
                    connection.sendall(b"x")
            except OSError:
                return

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
)
def test_one_byte_at_a_time_does_not_last_longer(start: bytes) -> None:
    dripping = Dripping(start)
    since = time.monotonic()
    with pytest.raises(SendingFailed, match="in time"):
        sender(Bounds(connect_seconds=0.5, seconds=0.7)).send("POST", dripping.url, (), b"{}")
    assert time.monotonic() - since < 10
    dripping.close()


def test_a_receiver_that_does_not_read_does_not_last_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(SendingFailed, match="in time"):
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        sender(Bounds(connect_seconds=0.3, seconds=0.5)).send("POST", url, (), b"x" * 50_000_000)


# -- TLS


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a name that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of a TLS server whose certificate is for ``good.example``, and the file that vouches for it."""
    file = certificate(tmp_path, "good.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(raw, server_side=True) as connection:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except OSError:
                raw.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1], file
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_tls_is_verified_against_the_name_and_not_the_address(secure: tuple[int, Path]) -> None:
    port, file = secure
    names = Changing(["127.0.0.1"])
    trusting = Sender(LOOPBACK, QUICK, resolver=names, tls=lambda: default_tls(str(file)))
    assert trusting.send("POST", f"https://good.example:{port}/", (), b"").body == b"ok"
    with pytest.raises(SendingFailed, match="certificate"):
        trusting.send("POST", f"https://other.example:{port}/", (), b"")
    with pytest.raises(SendingFailed, match="certificate"):
        Sender(LOOPBACK, QUICK, resolver=names).send("POST", f"https://good.example:{port}/", (), b"")
