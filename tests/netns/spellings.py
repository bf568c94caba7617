"""Ways to write a URL that leads to an address, and what the service must say of each.

Everything that is not the one plain spelling is bad_url; the plain ones are source_refused where
the address is denied.
"""

import ipaddress

PLAIN, BAD = "plain", "bad"

FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "0123456789abcdefx."}
DOTS = "\u3002\uff0e\uff61"  # all become "." by IDNA's mapping
CIRCLED = {ord("0"): 0x24EA} | {ord("0") + n: 0x245F + n for n in range(1, 10)}


def octets(v4):
    return list(v4.packed)


def in_radix(rng, number):
    return rng.choice((lambda n: f"0{n:o}", lambda n: f"0x{n:x}", lambda n: f"0X{n:X}",
                       lambda n: f"0x{n:08x}", lambda n: f"00{n}"))(number)


def mixed_radix(rng, v4):
    parts = [str(part) for part in octets(v4)]
    for at in rng.sample(range(4), rng.randint(1, 4)):
        parts[at] = in_radix(rng, int(parts[at]))
    return ".".join(parts)


def zero_before_one(rng, v4):
    parts = [str(part) for part in octets(v4)]
    at = rng.randrange(4)
    parts[at] = "0" + parts[at]
    return ".".join(parts)


def shortened(rng, v4):
    """127.1 and the like: the last part stands for all octets that are missing."""
    parts, keep = octets(v4), rng.randint(0, 2)
    rest = int.from_bytes(bytes(parts[keep:]), "big")
    last = rng.choice((str, hex, lambda n: f"0{n:o}"))(rest)
    return ".".join([*map(str, parts[:keep]), last])


def overflown(rng, v4):
    parts = octets(v4)
    at = rng.randrange(4)
    parts[at] += 256 * rng.randint(1, 3)
    return ".".join(map(str, parts))


def percent_encoded(rng, host):
    at = rng.randrange(len(host))
    return host[:at] + f"%{ord(host[at]):02{rng.choice('xX')}}" + host[at + 1:]


def with_inserted(rng, host, characters):
    at = rng.randint(1, len(host) - 1)
    return host[:at] + rng.choice(characters) + host[at:]


def bracketed(rng, v4):
    return rng.choice((f"[{v4}]", f"[::ffff:{v4}", f"::ffff:{v4}]", f"[[{v4}]]", f"[v1.{v4}]"))


def other_dots(rng, v4):
    return str(v4).replace(".", rng.choice(DOTS), rng.randint(1, 3))


HOSTS_V4 = {
    "dotted quad": (PLAIN, lambda rng, v4: str(v4)),
    "octal and hexadecimal": (BAD, mixed_radix),
    "octal": (BAD, lambda rng, v4: ".".join(f"0{part:o}" for part in octets(v4))),
    "a leading zero": (BAD, zero_before_one),
    "decimal": (BAD, lambda rng, v4: str(int(v4))),
    "one hexadecimal number": (BAD, lambda rng, v4: f"0x{int(v4):08x}"),
    "short": (BAD, shortened),
    "overflown": (BAD, overflown),
    "leading zeros": (BAD, lambda rng, v4: ".".join(f"{part:04d}" for part in octets(v4))),
    "trailing dot": (BAD, lambda rng, v4: f"{v4}."),
    "five parts": (BAD, lambda rng, v4: f"0.{v4}"),
    "percent-encoded": (BAD, lambda rng, v4: percent_encoded(rng, str(v4))),
    "twice percent-encoded": (BAD, lambda rng, v4: str(v4).replace(".", "%252e", 1)),
    "full-width": (BAD, lambda rng, v4: str(v4).translate(FULL_WIDTH)),
    "circled": (BAD, lambda rng, v4: str(v4).translate(CIRCLED)),
    "other dots": (BAD, other_dots),
    "brackets": (BAD, bracketed),
    "white space inside": (BAD, lambda rng, v4: with_inserted(rng, str(v4), " \t\n\r")),
    "invisible characters": (BAD, lambda rng, v4: with_inserted(
        rng, str(v4), "\0\v\x7f\u00ad\u200b\u2060\ufeff")),
    "user name": (BAD, lambda rng, v4: rng.choice(("", "a", "8.8.8.8", "8.8.8.8:80", "a:b",
                                                   "8.8.8.8%2f", "a@8.8.8.8")) + f"@{v4}"),
    "backslash": (BAD, lambda rng, v4: rng.choice((f"{v4}\\@8.8.8.8", f"8.8.8.8\\@{v4}",
                                                   f"{v4}\\", f"\\{v4}", f"8.8.8.8\\.{v4}"))),
}


def dotted_tail(address):
    return f"{address.exploded[:29]}:{ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)}"


def mixed_case(rng, text):
    return "".join(rng.choice((c.lower(), c.upper())) for c in text)


HOSTS_V6 = {
    "compressed": (PLAIN, lambda rng, v6: f"[{v6}]"),
    "exploded": (PLAIN, lambda rng, v6: f"[{v6.exploded}]"),
    "mixed case": (PLAIN, lambda rng, v6: f"[{mixed_case(rng, str(v6))}]"),
    "dotted tail": (PLAIN, lambda rng, v6: f"[{dotted_tail(v6)}]"),
    "no brackets": (BAD, lambda rng, v6: v6.exploded),
    "zone": (BAD, lambda rng, v6: f"[{v6}%25{rng.choice(('lo', '1', 'eth0', ''))}]"),
    "plain zone": (BAD, lambda rng, v6: f"[{v6}%{rng.choice(('lo', '1', '00'))}]"),
    "long group": (BAD, lambda rng, v6: f"[0{v6.exploded}]"),
    "octal tail": (BAD, lambda rng, v6: f"[{v6.exploded[:29]}:012.0.0.01]"),
    "percent-encoded": (BAD, lambda rng, v6: f"[{v6.exploded.replace(':', '%3a', 1)}]"),
    "full-width": (BAD, lambda rng, v6: f"[{v6.exploded}]".translate(FULL_WIDTH)),
    "white space inside": (BAD, lambda rng, v6: with_inserted(rng, f"[{v6}]", " \t\n\r")),
    "user name": (BAD, lambda rng, v6: f"8.8.8.8@[{v6}]"),
    "text behind": (BAD, lambda rng, v6: f"[{v6}]{rng.choice(('.', 'a', '.8.8.8.8', '%'))}"),
}

SCHEMES = (("http", PLAIN, 8), ("HTTP", PLAIN, 2), ("hTtP", PLAIN, 2), ("https", PLAIN, 2),
           ("HttpS", PLAIN, 1), ("ftp", BAD, 0.2), ("gopher", BAD, 0.2), ("file", BAD, 0.2),
           ("ws", BAD, 0.2), ("http+unix", BAD, 0.1), ("view-source:http", BAD, 0.1))
SLASHES = (("://", PLAIN, 20), (":", BAD, 0.3), (":/", BAD, 0.3), (":///", BAD, 0.3),
           (":\\\\", BAD, 0.3), (":/\\", BAD, 0.3), (":/\t/", BAD, 0.3))
PORTS = (("", PLAIN, 12), (":", PLAIN, 2), (":80", PLAIN, 3), (":080", PLAIN, 2),
         (":0000443", PLAIN, 1), (":8080", PLAIN, 3), (":22", PLAIN, 2), (":6379", PLAIN, 1),
         (":8081", PLAIN, 1), (":9464", PLAIN, 1), (":65535", PLAIN, 0.5), (":0", BAD, 0.5),
         (":65536", BAD, 0.5), (":65616", BAD, 0.5), (":-80", BAD, 0.3), (":+80", BAD, 0.3),
         (":0x50", BAD, 0.3), (":80:80", BAD, 0.3), (":8 0", BAD, 0.3), (":\uff18\uff10", BAD, 0.3),
         (":4294967376", BAD, 0.3), (":80@8.8.8.8", BAD, 0.3), (":80\\", BAD, 0.3))
PATHS = ("", "/", "/a", "/close", "?q", "#f", "/a?b=c#d", "/latest/meta-data/", "?@8.8.8.8/",
         "#@8.8.8.8/", "/@8.8.8.8", "/http://8.8.8.8/", "/.", "//", "/..//")


def _pick(rng, table):
    text, kind, _ = rng.choices(table, weights=[row[2] for row in table])[0]
    return text, kind


def draw_host(rng, address):
    table = HOSTS_V4 if address.version == 4 else HOSTS_V6
    plain = [name for name, (kind, _) in table.items() if kind == PLAIN]
    # Half of all in the plain spellings: those get furthest.
    name = rng.choice(plain if rng.random() < 0.5 else list(table))
    kind, spell = table[name]
    return spell(rng, address), kind


def draw_url(rng, host, kind, plain_only=False):
    """A URL around a host, and PLAIN or BAD for all of it. "http:" + "/a" would be a path."""
    kinds, text = [kind], ""
    for table in (SCHEMES, SLASHES, host, PORTS):
        if table is host:
            text += host
            continue
        piece, of_piece = _pick(rng, table)
        while plain_only and of_piece == BAD:
            piece, of_piece = _pick(rng, table)
        kinds.append(of_piece)
        text += piece
    return text + rng.choice(PATHS), BAD if BAD in kinds else PLAIN


def without_scheme(url):
    """The same as a reference, for a URL with a plain scheme."""
    return url[url.index("//"):]
