#!/usr/bin/env python3
"""What docs/operate.md tells people to do in the console, done by the console's interface
for scripts/operate.sh. Python's standard library alone.

    operate.py first      opens init's link, makes the accounts, imports, issues a key
    operate.py warned     waits for the red warning of the first value
    operate.py released   finds that warning again, held, and lets the new pushes out

The environment names URL, CA, INIT (what init printed), FIRST (the three sheets), and DIR,
where secrets and cookies of this rehearsal go.
"""
import base64
import hashlib
import hmac
import http.cookiejar
import json
import os
import re
import ssl
import struct
import sys
import time
import urllib.error
import urllib.request
import uuid

URL, DIR = os.environ["URL"], os.environ["DIR"]
PASSWORD = "a long rehearsal of 2 hours"


def totp(secret):
    n = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = n[-1] & 15
    return "%06d" % ((struct.unpack(">I", n[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


class Person:
    def __init__(self):
        tls = ssl.create_default_context(cafile=os.environ["CA"])
        self.open = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=tls), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def call(self, method, path, body=None, kind="application/json"):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        req = urllib.request.Request(URL + "/api/v1" + path, data, method=method)
        req.add_header("Content-Type", kind)
        req.add_header("Idempotency-Key", str(uuid.uuid4()))
        try:
            with self.open(req, timeout=30) as r:
                return json.load(r)
        except urllib.error.HTTPError as e:
            sys.exit(f"{method} {path}: {e.code} {e.read().decode()[:500]}")

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, kind="application/json"):
        return self.call("POST", path, body, kind)

    def sign_in(self, login):
        """Signs in, and sets up a second factor where one is asked for."""
        if self.post("/session", {"login": login, "password": PASSWORD}).get("must") == "totp":
            secret = self.post("/session/totp", {})["secret"]
            self.post("/session/totp/confirm", {"code": totp(secret)})
        return self


def activate(secret, **who):
    Person().post("/activation", {"secret": secret, "password": PASSWORD, **who})


def first():
    with open(os.environ["INIT"], encoding="utf-8") as f:
        link = re.search(r"/activate#(\S+)", f.read())
    activate(link[1], login="security", name="Security Administrator")
    security = Person().sign_in("security")
    parties = {p["code"]: p["id"] for p in security.get("/parties")["items"]}
    for login, role in (("system", "admin"), ("shift", "shift_leader")):
        made = security.post("/users", {"login": login, "name": login, "role": role, "party": parties["yygs"]})
        activate(security.post(f"/users/{made['of']['id']}/link")["secret"])
    system = Person().sign_in("system")
    for what in ("enterprises", "assets", "points"):
        with open(os.path.join(os.environ["FIRST"], what + ".csv"), "rb") as f:
            report = system.post("/import/" + what, f.read(), "text/csv")
        if report["errors"]:
            sys.exit(f"{what}: {report['errors']}")
        print(what, report["created"], "new")
    firm = system.get("/enterprises?text=FIRST001")["items"][0]
    key = system.post(f"/enterprises/{firm['id']}/keys")
    write("key-id.txt", key["key"])
    write("secret.txt", key["secret"])


def write(name, text):
    with open(os.path.join(DIR, name), "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text + "\n")


def warnings(person):
    return [w for w in person.get("/warnings?open=true&limit=100")["items"] if w["level"] == "red"]


def warned():
    shift = Person().sign_in("shift")
    for _ in range(100):
        found = warnings(shift)
        if found:
            write("warning.txt", found[0]["id"])
            print("a red warning:", found[0]["id"])
            return
        time.sleep(0.2)
    sys.exit("no red warning within 20 s")


def released():
    shift = Person().sign_in("shift")
    with open(os.path.join(DIR, "warning.txt"), encoding="ascii") as f:
        was = f.read().strip()
    if was not in [w["id"] for w in warnings(shift)]:
        sys.exit("the restored platform does not have the warning")
    held = shift.get("/held")
    if not held["held"]:
        sys.exit("the restored platform is not held")
    # Refused while the log is judged again.
    for _ in range(60):
        try:
            with shift.open(urllib.request.Request(
                    URL + "/api/v1/held/release", json.dumps({"which": "later", "why": "rehearsal of docs/operate.md"}).encode(),
                    {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})):
                break
        except urllib.error.HTTPError as e:
            last = e.read().decode()
            time.sleep(0.5)
    else:
        sys.exit("the release is refused for 30 s: " + last)
    if shift.get("/held")["held"]:
        sys.exit("still held after the release")
    print("the warning is there;", held["pushes"], "pushes were held, and are released")


{"first": first, "warned": warned, "released": released}[sys.argv[1]]()
