import type { ComponentType } from "react";
import { AssignmentView } from "./AssignmentView";
import { CoursesView } from "./CoursesView";
import { CourseView } from "./CourseView";
import { ResultView } from "./ResultView";

/** The properties of a view: the global id of its object, and the cursor of its page of rows. */
export type ViewProps = { id: string; after: string | null };

/** The views by the parameter of the URL that has the id of their object. */
const views: Record<string, ComponentType<ViewProps>> = { course: CourseView, assignment: AssignmentView, result: ResultView };

/** The pages of people. Each view has its own URL, so that it can be reloaded, and the browser goes back to it. */
export function Page() {
  const parameters = new URLSearchParams(location.search);
  const after = parameters.get("after");
  for (const [name, View] of Object.entries(views)) {
    const id = parameters.get(name);
    if (id) return <View id={id} after={after} />;
  }
  return <CoursesView after={after} />;
}
