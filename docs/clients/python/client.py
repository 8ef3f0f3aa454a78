"""A client of the GraphQL API that needs only the standard library."""

import json
import os
import pathlib
import urllib.error
import urllib.request


class GraphQLError(Exception):
    """The server rejected an operation."""


def read_operation(name):
    """Returns the text of an operation of this example."""
    return (pathlib.Path(__file__).parent.parent / f"{name}.graphql").read_text(encoding="utf-8")


def execute(operation, **variables):
    """Sends an operation and returns its data."""
    request = urllib.request.Request(
        os.environ["URL"] + "/graphql",
        data=json.dumps({"query": operation, "variables": variables}).encode(),
        headers={
            "Accept": "application/graphql-response+json",
            "Authorization": "Api-Key " + os.environ["KEY"],
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        answer = json.load(error)
    if "errors" in answer:
        raise GraphQLError("; ".join(error["message"] for error in answer["errors"]))
    return answer["data"]


def course_of(data):
    """Returns the course in the data of an operation."""
    if data["account"] is None or data["account"]["course"] is None:
        raise GraphQLError("The key has no access to the course.")
    return data["account"]["course"]


def all_nodes(operation, page_of, **variables):
    """Yields the nodes of all pages of a connection, which page_of finds in the data of the operation."""
    after = None
    while True:
        page = page_of(execute(operation, after=after, **variables))
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
