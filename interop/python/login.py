"""Logs in through Google's connector for Python and prints one line of JSON: the logins, or the error.

With --again it then waits for a line on standard input, and logs in once more for a second line of output.
The password comes in the environment, as INTEROP_PASSWORD.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import time

from google.cloud.alloydbconnector import AsyncConnector, Connector
from google.oauth2 import service_account

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
QUERY = "select current_user::text, pg_backend_pid()"


def read_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", choices=["pg8000", "asyncpg"], required=True)
    parser.add_argument("--api-endpoint", required=True)
    parser.add_argument("--key-file", required=True)
    parser.add_argument("--instance", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--ip-type", default="PRIVATE")
    parser.add_argument("--iam", action="store_true")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--host", help="NAME=ADDRESS: what a name resolves to that no server knows")
    return parser.parse_args()


def resolve(name, address):
    """Nothing resolves the name of a Private Service Connect endpoint on a machine like this."""
    ask = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **named: ask(address if host == name else host, *rest, **named)


def options(arguments):
    wanted = {"user": arguments.user, "db": "postgres", "enable_iam_auth": arguments.iam}
    if not arguments.iam:
        wanted["password"] = os.environ["INTEROP_PASSWORD"]
    return wanted


def log_in_with_pg8000(connector, arguments):
    connections = [
        connector.connect(arguments.instance, "pg8000", **options(arguments)) for _ in range(arguments.connections)
    ]
    logins = []
    for connection in connections:
        cursor = connection.cursor()
        cursor.execute(QUERY)
        user, backend = cursor.fetchone()
        logins.append({"user": user, "backend": backend})
    for connection in connections:
        connection.close()
    return logins


async def log_in_with_asyncpg(connector, arguments):
    async def connect():
        return await connector.connect(arguments.instance, "asyncpg", **options(arguments))

    connections = await asyncio.gather(*(connect() for _ in range(arguments.connections)))
    logins = []
    for connection in connections:
        user, backend = await connection.fetchrow(QUERY)
        logins.append({"user": user, "backend": backend})
    for connection in connections:
        await connection.close()
    return logins


def describe(error):
    """What Google's client library has read from an error answer of the Admin API stands beside the text."""
    code = getattr(getattr(error, "grpc_status_code", None), "name", None)
    return {
        "kind": type(error).__name__,
        "text": str(error),
        "api": None
        if code is None
        else {
            "status": code,
            "reason": getattr(error, "reason", None),
            "domain": getattr(error, "domain", None),
            "metadata": dict(getattr(error, "metadata", None) or {}),
        },
    }


def say(report):
    print(json.dumps(report), flush=True)


def attempts(arguments):
    """The second login follows a change that the connector notices by a failure, so that it may take a few attempts."""
    yield 1
    if arguments.again:
        sys.stdin.readline()
        yield 60


def main():
    arguments = read_arguments()
    if arguments.host is not None:
        resolve(*arguments.host.split("="))
    credentials = service_account.Credentials.from_service_account_file(arguments.key_file, scopes=SCOPES)
    named = {
        "credentials": credentials,
        "alloydb_api_endpoint": arguments.api_endpoint,
        "ip_type": arguments.ip_type,
    }
    if arguments.driver == "pg8000":
        with Connector(**named) as connector:
            for most in attempts(arguments):
                say(outcome(lambda: log_in_with_pg8000(connector, arguments), most))
        return
    asyncio.run(main_with_asyncpg(named, arguments))


def outcome(log_in, most):
    for left in reversed(range(most)):
        try:
            return {"logins": log_in()}
        except Exception as error:  # Whatever it is, the test wants to see it.
            if left == 0:
                return {"error": describe(error)}
            time.sleep(1)


async def main_with_asyncpg(named, arguments):
    async with AsyncConnector(**named) as connector:
        for most in attempts(arguments):
            for left in reversed(range(most)):
                try:
                    say({"logins": await log_in_with_asyncpg(connector, arguments)})
                    break
                except Exception as error:  # Whatever it is, the test wants to see it.
                    if left == 0:
                        say({"error": describe(error)})
                    else:
                        await asyncio.sleep(1)


main()
