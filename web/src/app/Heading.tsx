import { useEffect } from "react";

/** A page above the current one. */
export type Parent = { href: string; name: string };

/** The heading of a view with links to the pages above it. It is also the title of the browser's tab. */
export function Heading({ title, parents = [] }: { title: string; parents?: Parent[] }) {
  useEffect(() => {
    document.title = `${title} · resultgraph`;
  }, [title]);
  return (
    <>
      {parents.length > 0 && (
        <nav aria-label="Breadcrumb" className="breadcrumb">
          {parents.map(({ href, name }) => (
            <a key={href} href={href}>{name}</a>
          ))}
        </nav>
      )}
      <h1>{title}</h1>
    </>
  );
}

export const courses: Parent = { href: "app", name: "Courses" };

/** The heading of a view whose object does not exist or is not visible, with a way out. */
export function NotFound({ type }: { type: string }) {
  return (
    <>
      <Heading title="Not found" parents={[courses]} />
      <p role="alert">This {type} does not exist, or you may not see it. Go back to your courses.</p>
    </>
  );
}
