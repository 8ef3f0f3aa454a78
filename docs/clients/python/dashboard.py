"""Prints the dashboard of a course, which is one request, as tables."""

import pandas as pd

from client import course_of, execute, read_operation


def table(course, *path):
    """Returns a table with a row for each item of the list at a path in each assignment."""
    return pd.json_normalize(course["assignments"]["nodes"], list(path), meta="name")


def main():
    course = course_of(execute(read_operation("dashboard"), account=1, course=1003))
    print(course["name"])

    activity = pd.DataFrame(course["activity"]).set_index("date")
    assignments = pd.json_normalize(course["assignments"]["nodes"]).set_index("name")
    stats = assignments[[f"results.stats.{name}" for name in ("count", "passRate", "scorePercent.mean")]]
    scores = pd.DataFrame(assignments["results.stats.scorePercent.histogram.counts"].to_list(), index=assignments.index)
    sections = table(course, "results", "groups", "nodes").fillna({"key.section.name": "no section"})
    tasks = table(course, "stepStats")
    attempts = table(course, "attemptsUntilPass", "buckets")

    show("Submissions by week", activity)
    show("Assignments", stats.rename(columns=lambda name: name.removeprefix("results.stats.")))
    show("Percentages of scores by tens", scores)
    show("Pass rates by section", sections.pivot(index="name", columns="key.section.name", values="stats.passRate"))
    show("Pass rates by task", tasks.pivot(index="name", columns="taskId", values="passRate"))
    show("Students by the attempt at which they passed", attempts.pivot(index="name", columns="attempts", values="students"))


def show(title, frame):
    print(f"\n{title}")
    print(frame.rename_axis(index=None, columns=None).to_string(float_format="%.3g", na_rep="-"))


if __name__ == "__main__":
    main()
