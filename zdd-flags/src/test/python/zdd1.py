#!/usr/bin/env python3
"""zdd1 a second time, from docs/bucketing.md and not from the Java code.

    zdd1.py verify FILE     exits 1 if FILE holds a wrong vector
    zdd1.py generate        writes the vectors to standard output
"""
import json
import struct
import sys
from decimal import Decimal

MASK = 0xFFFFFFFF


def utf8(text):
    # Join the surrogates that make a pair; those that are left are alone.
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    whole = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in joined)
    return whole.encode("utf-8")


def rotl(x, n):
    return (x << n | x >> (32 - n)) & MASK


def scramble(k):
    return rotl(k * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK


def murmur3_x86_32(data, seed):
    h = seed
    blocks = len(data) // 4
    for (k,) in struct.iter_unpack("<I", data[: blocks * 4]):
        h = (rotl(h ^ scramble(k), 13) * 5 + 0xE6546B64) & MASK
    tail = data[blocks * 4 :]
    if tail:
        h ^= scramble(int.from_bytes(tail, "little"))
    h ^= len(data) & MASK
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def seed_of(salt):
    return murmur3_x86_32(utf8(salt), 0)


def bucket_of(salt, ident):
    return murmur3_x86_32(utf8(ident), seed_of(salt))


def ppm_of(percentage):
    ppm = Decimal(percentage) * 10_000
    assert ppm == int(ppm) and 0 <= ppm <= 1_000_000, percentage
    return int(ppm)


def threshold_of(percentage):
    return (ppm_of(percentage) << 32) // 1_000_000


def variant_of(salt, ident, weights):
    place = murmur3_x86_32(utf8(ident), murmur3_x86_32(utf8(salt), 1))
    total = sum(weights)
    return next(n for n in range(len(weights)) if place < (sum(weights[: n + 1]) << 32) // total)


HASHED = [
    ("", 0), ("", 1), ("", 0xFFFFFFFF), ("test", 0), ("test", 0x9747B28C), ("Hello, world!", 0),
    ("Hello, world!", 0x9747B28C), ("The quick brown fox jumps over the lazy dog", 0x9747B28C),
    ("a", 0), ("ab", 0), ("abc", 0), ("abcd", 0), ("abcde", 0), ("\x00", 0), ("\x00\x00\x00\x00", 0),
    ("\u007f", 7), ("\u0080", 7), ("\u07ff", 7), ("\u0800", 7), ("\uffff", 7), ("\U00010000", 7),
    ("\U0010ffff", 7), ("\ufffd", 7), ("\ud800", 7), ("\udfff", 7), ("abc\ud83d", 7), ("\udc00\ud800", 7),
    ("\ud83dabcd", 7), ("ab\U0001F600cd", 7), ("\ud83d\ud83d\ude00", 7),
    # placed by flagd's tests at the edges of the circle
    ("ejOoVL", 0), ("bY9fO-", 0), ("SI7p-", 0), ("6LvT0", 0), ("ceQdGm", 0),
]
SALTS = ["", "new-checkout", "search", "neue-Kasse-\u00fc", "\u65b0\u3057\u3044\u4f1a\u8a08", "\U0001F6D2", "\ud800"]
IDS = [
    "", "alice", "bob", "user-1", "user-2", "3f0e8c2a-7b1d-4c55-9c1e-0d6f2a9b8e47", "a b\tc", "\x00",
    "\u00fcmit", "\u0130stanbul", "\u5f20\u4f1f", "e\u0301", "\u00e9", "\U0001F600", "x\U0001F600y",
    "\ud83d", "\ude00", "\ude00\ud83d", "abc\ud800", "x" * 1000,
    "0", "-0", "7", "007", "42", "-1", "-42", "1000", "9999", "12345678", "123456789012",
    "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808",
]
PERCENTAGES = ["0", "0.0001", "0.0002", "0.5", "1", "10", "12.5", "33.3333", "50", "66.6667", "99.9999", "100"]
WEIGHTS = [[1], [1, 1], [10, 10, 80], [1, 1, 1], [0, 3, 0, 7, 0], [1, 2147483646], [2147483646, 1]]


def on_the_edge(salt, count):
    """Ids whose bucket is exactly the threshold of a percentage, with that percentage in ppm."""
    n = 0
    while count:
        ident = f"edge-{n}"
        n += 1
        bucket = bucket_of(salt, ident)
        ppm = -(-bucket * 1_000_000 // (1 << 32))
        if (ppm << 32) // 1_000_000 == bucket:
            count -= 1
            yield ident, ppm


def on_a_seam(salt, count):
    """Ids whose place is exactly where a second variant begins, with the first one's millionths."""
    n = 0
    while count:
        ident = f"seam-{n}"
        n += 1
        place = murmur3_x86_32(utf8(ident), murmur3_x86_32(utf8(salt), 1))
        first = -(-place * 1_000_000 // (1 << 32))
        if (first << 32) // 1_000_000 == place:
            count -= 1
            yield ident, first


def percent(ppm):
    return f"{ppm // 10_000}.{ppm % 10_000:04}"


def generate():
    return {
        "about": "zdd1, see docs/bucketing.md. Hashes, seeds, buckets and thresholds are unsigned.",
        "murmur3_x86_32": [
            {"text": t, "seed": s, "hash": murmur3_x86_32(utf8(t), s)} for t, s in HASHED
        ],
        "seeds": [{"salt": s, "seed": seed_of(s)} for s in SALTS],
        "thresholds": [
            {"percentage": p, "ppm": ppm_of(p), "threshold": threshold_of(p)} for p in PERCENTAGES
        ],
        "buckets": [{"salt": s, "id": i, "bucket": bucket_of(s, i)} for s in SALTS for i in IDS],
        "decisions": [
            {"salt": s, "id": i, "percentage": p, "in": bucket_of(s, i) < threshold_of(p)}
            for s in SALTS[1:3] for i in IDS[1:7] + ["42"] for p in PERCENTAGES
        ] + [
            {"salt": s, "id": i, "percentage": p, "in": bucket_of(s, i) < threshold_of(p)}
            for s in SALTS[1:3] for i, ppm in on_the_edge(s, 3)
            for p in (percent(ppm - 1), percent(ppm), percent(ppm + 1))
        ],
        "variants": [
            {"salt": s, "id": i, "weights": w, "part": variant_of(s, i, w)}
            for s in SALTS[1:4] + SALTS[6:] for i in IDS[1:7] + ["42", "\ud83d"] for w in WEIGHTS
        ] + [
            {"salt": s, "id": i, "weights": w, "part": variant_of(s, i, w)}
            for s in SALTS[1:3] for i, first in on_a_seam(s, 3)
            for w in ([first, 1_000_000 - first], [first + 1, 999_999 - first])
        ],
    }


def wrong(vectors):
    """Yields what a vectors file has wrong; recomputes each value from the inputs beside it."""
    for v in vectors["murmur3_x86_32"]:
        if murmur3_x86_32(utf8(v["text"]), v["seed"]) != v["hash"]:
            yield v
    for v in vectors["seeds"]:
        if seed_of(v["salt"]) != v["seed"]:
            yield v
    for v in vectors["thresholds"]:
        if (ppm_of(v["percentage"]), threshold_of(v["percentage"])) != (v["ppm"], v["threshold"]):
            yield v
    for v in vectors["buckets"]:
        if bucket_of(v["salt"], v["id"]) != v["bucket"]:
            yield v
    for v in vectors["decisions"]:
        if (bucket_of(v["salt"], v["id"]) < threshold_of(v["percentage"])) != v["in"]:
            yield v
    for v in vectors["variants"]:
        if variant_of(v["salt"], v["id"], v["weights"]) != v["part"]:
            yield v


def main(args):
    if args == ["generate"]:
        vectors = generate()
        print("{")
        for n, (name, value) in enumerate(vectors.items()):
            end = "," if n < len(vectors) - 1 else ""
            if isinstance(value, list):
                rows = ",\n".join("    " + json.dumps(row) for row in value)
                print(f'  "{name}": [\n{rows}\n  ]{end}')
            else:
                print(f"  {json.dumps(name)}: {json.dumps(value)}{end}")
        print("}")
        return 0
    if len(args) == 2 and args[0] == "verify":
        with open(args[1], encoding="utf-8") as f:
            vectors = json.load(f)
        count = sum(len(v) for v in vectors.values() if isinstance(v, list))
        bad = list(wrong(vectors))
        for v in bad:
            print("wrong:", json.dumps(v))
        print(f"{count} vectors, {len(bad)} wrong")
        return 1 if bad else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
