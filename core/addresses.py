"""Which addresses belong to the open internet: what strangers name must not lead into the server's own network."""

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv4 inside IPv6 that `ipaddress` does not unpack: through NAT64 one reaches what the IPv4 address says and nothing else.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a literal IP address is one of the open internet; what is no address is not. Embedded ones count too."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if parsed in NAT64:
        parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return all(_is_global(one) for one in (parsed, *_unpack(parsed)))


def _is_global(address: IPAddress) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unpack(address: IPAddress) -> list[IPAddress]:
    """The IPv4 addresses that an IPv6 address carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    return [*((address.sixtofour,) if address.sixtofour else ()), *(address.teredo or ())]


def is_private_host(host: str) -> bool:
    """Whether a host as it stands in an address says that it is not of the open internet; other names may be, by DNS."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return not is_public(name)
