"""Reads the results of a course into a table, and follows its changes."""

import pandas as pd

from client import all_nodes, course_of, read_operation

OPERATION = read_operation("changed_results")


def changed_results(since):
    """Returns a table of the results that changed after the sequence id, the last change at the end."""
    nodes = all_nodes(
        OPERATION, lambda data: course_of(data)["results"], account=1, course=1003, since=since, first=100
    )
    table = pd.json_normalize(list(nodes))
    if not table.empty:
        table["submittedAt"] = pd.to_datetime(table["submittedAt"])
    return table


def main():
    results = changed_results(since=0)
    print(f"{len(results)} results with the columns {', '.join(results.columns)}")
    print(results.groupby("assignment.name")["score"].describe().round(2).to_string())

    # A program that polls stores the largest sequence id, and sends it with the next request.
    latest = int(results["sequenceId"].max())
    print(f"\n{len(changed_results(since=latest))} results changed since the last poll")
    print(f"{len(changed_results(since=latest - 1))} result changed since the poll before")

    steps = results[["sequenceId", "steps"]].explode("steps", ignore_index=True)
    steps = steps.join(pd.json_normalize(steps["steps"], max_level=0))
    print("\nOutcomes of the tasks")
    print(pd.crosstab(steps["taskId"], steps["outcome"].fillna("-")).to_string())


if __name__ == "__main__":
    main()
