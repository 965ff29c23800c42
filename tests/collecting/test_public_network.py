import httpcore2
import pytest

from coachwork.public_network import AddressRefused, CheckedNetwork, is_public

from .photo_server import PhotoServer


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds keep their keys
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_of_private_networks_are_told_apart(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    network = CheckedNetwork(allow_private=False, resolve=lambda *_: ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(AddressRefused, match=r"photos.example is 127\.0\.0\.1"):
        network.connect_tcp("photos.example", 80)


def test_the_connection_goes_to_the_address_that_was_checked(server: PhotoServer) -> None:
    asked = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = int(server.url.rsplit(":", 1)[1])
    stream = CheckedNetwork(allow_private=True, resolve=resolve).connect_tcp("no-such-host.invalid", port, timeout=5)
    assert stream.get_extra_info("server_addr")[:2] == ("127.0.0.1", port)
    stream.close()
    assert asked == ["no-such-host.invalid"]


def test_the_next_address_is_tried_where_one_does_not_answer(server: PhotoServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    network = CheckedNetwork(allow_private=True, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"])
    network.connect_tcp("photos.example", port, timeout=5).close()
    with pytest.raises(httpcore2.ConnectError):
        CheckedNetwork(allow_private=True, resolve=lambda *_: ["127.0.0.2"]).connect_tcp("a.example", port, timeout=5)
