"""A mail server for the tests: aiosmtpd on a port of its own choosing.

Prints its port, then one JSON line for each mail it took. Arguments: "plain", or
certificate and key for STARTTLS with sign-in, or those two and "implicit".
"""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy@"):
            return "451 4.3.0 try again later"
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos,
            "tls": session.ssl is not None, "user": session.auth_data.decode() if session.auth_data else "",
            "data": envelope.content.decode("utf-8", "surrogateescape"),
        }), flush=True)
        if envelope.rcpt_tos[0].startswith("lost@"):
            server.transport.abort()  # taken, and the answer is lost
        return "250 2.0.0 queued as X1"


def check(server, session, envelope, mechanism, data):
    if data.login == b"fengsui" and data.password == b"hunter2hunter2":
        return AuthResult(success=True, auth_data=data.login)
    return AuthResult(success=False, handled=False)


async def main():
    options, context = {}, None
    if sys.argv[1] != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        options = {"authenticator": check, "auth_required": True}
        if len(sys.argv) == 3:
            options |= {"tls_context": context, "require_starttls": True}
        else:
            options |= {"auth_require_tls": False}
    implicit = context if len(sys.argv) == 4 else None
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Handler(), enable_SMTPUTF8=True, **options), "127.0.0.1", 0, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
