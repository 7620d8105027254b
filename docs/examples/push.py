#!/usr/bin/env python3
"""Push samples to a platform by the software interface (POST /push/v1/data).

Needs Python 3.9 and the package "cryptography" (Debian: python3-cryptography).

    push.py --url https://platform:8443 --ca ca.pem --enterprise E001 \
            --key KEY-ID --secret-file secret.txt --point TI-101 --value 21.5

The interface document is at GET /push/v1/ of the platform.
"""
import argparse
import base64
import gzip
import hashlib
import hmac
import json
import os
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PATH = "/push/v1/data"
CONTENT_TYPE = "application/json"


def read_secret(path):
    with open(path, encoding="ascii") as f:
        text = f.read().strip()
    if len(text) == 64:
        return bytes.fromhex(text)
    text = text.replace("+", "-").replace("/", "_").rstrip("=")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derive(secret, info):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)


class Client:
    def __init__(self, url, enterprise, key, secret, ca=None, clock=time.time):
        self.url, self.enterprise, self.key, self.clock = url, enterprise, key, clock
        self.enc, self.sig = derive(secret, b"enc"), derive(secret, b"sig")
        self.tls = ssl.create_default_context(cafile=ca)
        self.offset = 0  # the platform's time minus our clock, ms

    def request(self, idempotency_key, body):
        """Seals a body. Each request, repeats too, is sealed anew."""
        now = str(int(self.clock() * 1000) + self.offset)
        nonce = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        lines = ["POST", PATH, self.enterprise, self.key, now, nonce, idempotency_key, CONTENT_TYPE]
        if self.offset:
            lines.append(str(self.offset))  # what is stated is signed
        aad = "".join(line + "\n" for line in lines).encode()
        iv = os.urandom(12)
        sealed = iv + AESGCM(self.enc).encrypt(iv, gzip.compress(body), aad)
        headers = {
            "Fengsui-Enterprise": self.enterprise,
            "Fengsui-Key": self.key,
            "Fengsui-Time": now,
            "Fengsui-Nonce": nonce,
            "Idempotency-Key": idempotency_key,
            "Fengsui-Signature": hmac.new(self.sig, aad + sealed, hashlib.sha256).hexdigest(),
            "Content-Type": CONTENT_TYPE,
            "Content-Encoding": "gzip",
        }
        if self.offset:
            headers["Fengsui-Clock-Offset"] = str(self.offset)
        return urllib.request.Request(self.url + PATH, data=sealed, headers=headers, method="POST")

    def send(self, idempotency_key, batch, tries=10):
        """Sends until the platform has answered, always under the same key."""
        body = json.dumps(batch, ensure_ascii=False, allow_nan=False).encode()
        for n in range(tries):
            wait = min(2 ** n, 60)
            try:
                with urllib.request.urlopen(self.request(idempotency_key, body), timeout=30, context=self.tls) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as e:
                refusal = json.loads(e.read() or b"{}")
                if e.code == 401 and refusal.get("code") == "clock" and n == 0:
                    self.offset = refusal["time"] - int(self.clock() * 1000)
                    continue
                if e.code not in (429, 500, 503) and refusal.get("code") != "replayed":
                    raise SystemExit(f"refused: {e.code} {refusal.get('code')}: {refusal.get('message')}")
                wait = int(e.headers.get("Retry-After") or wait)
            except OSError as e:  # no answer: it may have been kept, so the key stays
                print(f"no answer, trying again: {e}", file=sys.stderr)
            time.sleep(wait)
        raise SystemExit("the platform did not take the data; keep it and try later")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--url", required=True)
    p.add_argument("--ca", help="the platform's CA certificate (PEM)")
    p.add_argument("--enterprise", required=True)
    p.add_argument("--key", required=True)
    p.add_argument("--secret-file", required=True)
    p.add_argument("--point", required=True)
    p.add_argument("--value", type=float, required=True)
    p.add_argument("--clock-error", type=float, default=0, help="seconds by which our clock is wrong, to try it out")
    a = p.parse_args()
    client = Client(a.url, a.enterprise, a.key, read_secret(a.secret_file), a.ca, lambda: time.time() + a.clock_error)
    at = int(client.clock() * 1000)
    print(json.dumps(client.send(secrets.token_hex(16), {
        "samples": [{"code": a.point, "at": at, "value": a.value, "quality": "good"}],
        "events": [],
    })))


if __name__ == "__main__":
    main()
