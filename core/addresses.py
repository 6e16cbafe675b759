"""Which addresses belong to the open internet: what strangers name must not lead into the server's own network."""

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# RFC 6052 and 8215: behind these prefixes stands an IPv4 address in the last four bytes.
NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
# Not public whatever their registration says: Azure's, Alibaba's and Oracle's metadata services, 6to4's relays; and ways
# around the check of an IPv4 address: compatible and translated ones, 6to4, Teredo, site-local, segment routing.
INSIDE = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",
            "100.100.100.200/32",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "::/96",
            "::ffff:0:0:0/96",
            "2002::/16",
            "2001::/32",
            "fec0::/10",
            "5f00::/16",
            "2001:db8::/32",
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether a literal IP address is one of the open internet; what is no address is not. Embedded ones count too."""
    try:
        return _is_public(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False


def _is_public(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if any(address in prefix for prefix in NAT64):
            return _is_public(ipaddress.IPv4Address(address.packed[-4:]))
    if any(address.version == inside.version and address in inside for inside in INSIDE):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


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
