type Props = { pageInfo: { hasNextPage: boolean; endCursor: string | null }; /** The cursor of this page. */ after: string | null };

/** Links to the first and to the next page of a table. */
export function Pager({ pageInfo, after }: Props) {
  if (!after && !pageInfo.hasNextPage) return null;
  return (
    <nav aria-label="Pages of the table" className="pager">
      {after && <a href={pageURL(null)}>First page</a>}
      {pageInfo.hasNextPage && <a href={pageURL(pageInfo.endCursor)}>Next page</a>}
    </nav>
  );
}

/** Returns the URL of this view with another cursor. */
function pageURL(after: string | null): string {
  const parameters = new URLSearchParams(location.search);
  parameters.delete("after");
  if (after) parameters.set("after", after);
  return `app?${parameters}`;
}
