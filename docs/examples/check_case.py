#!/usr/bin/env python3
"""Check the proof of one case, or of rows that were looked for (docs/seal.md) without the platform that made it.

Needs Python 3.9 and the package "cryptography" (Debian: python3-cryptography).

    check_case.py case.json --key fengsui+0123abcd+BASE64

Without --key the key in the file is believed: then the file is whole, but anybody
may have made it. Prints the rows of each file; ends with status 1 when something does not fit.
"""
import argparse
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FRAME = "pos at kind object act by_role warning enterprise zone sector peak".split()
PARTS = {"origin": "by_user by_from key call".split(), "content": "by_name why before after tell".split()}


class Wrong(Exception):
    pass


def sha256(b):
    return hashlib.sha256(b).digest()


def field(name, value):
    value = value.encode()
    return b"%s %d %s\n" % (name.encode(), len(value), value)


def head_of(note, key):
    """The size and root that a signed note states."""
    name, key_hash, key_bytes = key.strip().split("+", 2)
    key_hash, key_bytes = bytes.fromhex(key_hash), base64.b64decode(key_bytes)
    if key_bytes[:1] != b"\x01" or sha256(name.encode() + b"\n" + key_bytes)[:4] != key_hash:
        raise Wrong("the key is not well formed")
    text, signatures = note.split("\n\n", 1)
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if dash == "\u2014" and signer == name and signature[:4] == key_hash:
            Ed25519PublicKey.from_public_bytes(key_bytes[1:]).verify(signature[4:], text.encode())
            lines = text.split("\n")
            if lines[0] != name:
                raise Wrong("the head is of another log")
            return int(lines[1]), base64.b64decode(lines[2]), lines[3]
    raise Wrong("the head is not signed by this key")


def part_of(row, part):
    if part in row.get("salts", {}):
        salt = bytes.fromhex(row["salts"][part])
        if len(salt) != 16:
            raise Wrong("a salt has not 16 bytes")
        return sha256(salt + b"".join(field(n, row["row"].get(n, "")) for n in PARTS[part]))
    if any(n in row["row"] for n in PARTS[part]):
        raise Wrong("something is shown that no hash covers")
    return bytes.fromhex(row["hashes"][part])


def leaf_of(row):
    text = b"fengsui journal 1\n" + b"".join(field(n, row["row"][n]) for n in FRAME) + field("nth", str(row["nth"]))
    for part in PARTS:
        text += field(part, part_of(row, part).hex())
    return sha256(b"\x00" + text)


def root_from(leaf, number, size, path):
    """RFC 9162, clause 2.1.3.2."""
    if not 0 <= number < size:
        raise Wrong("the leaf is not under the head")
    fn, sn, r = number, size - 1, leaf
    for p in path:
        if sn == 0:
            raise Wrong("the path is too long")
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Wrong("the path is too short")
    return r


def check(case, key=None):
    if case["form"] not in ("fengsui case 1", "fengsui rows 1"):
        raise Wrong("the form of the file is not known here")
    one_case = case["form"] == "fengsui case 1"
    size, root, when = head_of(case["head"], key or case["key"])
    if not case["rows"]:
        raise Wrong("the file shows no row")
    before = -1
    for i, row in enumerate(case["rows"]):
        where = "position " + row["row"]["pos"] + ": "
        if one_case and row["row"]["warning"] != case["warning"]:
            raise Wrong(where + "it is of another warning")
        if one_case and row["nth"] != i + 1 or row["leaf"] <= before:
            raise Wrong(where + "rows are left out or out of order")
        before = row["leaf"]
        if root_from(leaf_of(row), row["leaf"], size, [bytes.fromhex(p) for p in row["path"]]) != root:
            raise Wrong(where + "it does not lead to the head: it was altered")
    return when


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("file", nargs="+")
    p.add_argument("--key")
    args = p.parse_args()
    whole = True
    for name in args.file:
        try:
            with open(name, encoding="utf-8") as f:
                case = json.load(f)
            when = check(case, args.key)
        except (Wrong, InvalidSignature, KeyError, ValueError, IndexError, AttributeError, TypeError) as e:
            print("%s: does not fit: %s %s" % (name, type(e).__name__, e))
            whole = False
            continue
        for row in case["rows"]:
            r = row["row"]
            print(r["pos"], r["at"], r["act"], r.get("by_name", "(erased)"), r.get("why", ""), sep="\t")
        print("%s: %d rows fit the head of %s, signed by %s" % (name, len(case["rows"]), when, args.key or case["key"] + " (the file's own key)"))
        if case["later"]:
            print("%d more rows were written after that head" % case["later"])
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
