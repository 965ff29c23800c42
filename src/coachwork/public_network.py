"""Keeps foreign addresses from reaching into the user's own network: only public addresses are connected to.

A name is resolved once, every address that it has is checked, and the connection goes to a checked address, so that a
name which resolves differently a moment later changes nothing. Redirects pass the same way.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable

import httpcore2

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], list[str]]
"""Host and port -> addresses."""


class AddressRefused(Exception):
    """A host lies in a private network; the message is one sentence without capital and full stop."""


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public internet, also where IPv6 wraps an IPv4 address.

    >>> is_public("93.184.216.34"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return ip.is_global and not ip.is_multicast


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver.

    Raises:
        httpcore2.ConnectError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"the host {host} has no address"
        raise httpcore2.ConnectError(message) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedNetwork(httpcore2.NetworkBackend):
    """Opens connections to public addresses alone, or to any where the user allows it."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolved) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to a checked address of the host; TLS still checks the host's name.

        Raises:
            AddressRefused: an address of the host is private.
            httpcore2.ConnectError: no address answers.
        """
        failure: Exception | None = None
        for address in self._checked(host, port):
            try:
                return self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"the host {host} has no address")

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = self._resolve(host, port)
        private = [] if self._allow_private else [address for address in addresses if not is_public(address)]
        if private:
            message = f"{host} is {private[0]}, an address of a private network"
            raise AddressRefused(message)
        return addresses
