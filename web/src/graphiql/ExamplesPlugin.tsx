import { useGraphiQL, useGraphiQLActions, pick, type GraphiQLPlugin } from "@graphiql/react";
import type { Example } from "./examples";

/** Returns the sidebar pane that opens an example in a new tab. The user may have changed or closed the tab that GraphiQL opened at first. */
export function createExamplesPlugin(examples: Example[]): GraphiQLPlugin {
  return { title: "Examples", icon: Icon, content: () => <Examples examples={examples} /> };
}

function Examples({ examples }: { examples: Example[] }) {
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick("queryEditor", "variableEditor"));
  const open = (example: Example) => {
    addTab();
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(example.variables ?? "");
  };

  return (
    <section aria-label="Examples" className="examples">
      <div className="graphiql-doc-explorer-title">Examples</div>
      {examples.map((example) => (
        <button key={example.title} type="button" onClick={() => open(example)}>
          <b>{example.title}</b>
          {example.description}
        </button>
      ))}
    </section>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden>
      <path d="M4 3h12v14H4zM7 7h6M7 10h6M7 13h3" />
    </svg>
  );
}
