import { useMemo } from "react";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useAPIKey } from "../apiKey";
import { useCaller } from "../caller";
import { CallerBar } from "../CallerBar";
import { AnswerFooter } from "./AnswerFooter";
import { createExamples } from "./examples";
import { createExamplesPlugin } from "./ExamplesPlugin";
import { createFetcher } from "./fetcher";

const explorer = explorerPlugin({ showAttribution: false });

/**
 * GraphiQL for this server, with a bar for the API key and the person who is signed in. A new key resets
 * GraphiQL: it fetches the schema again, and no response for the previous key remains.
 */
export function Page() {
  const [stored, setStored] = useAPIKey();
  const { key } = stored;
  const [caller, setStatus] = useCaller(key, "");
  const { status, ids } = caller;
  const fetcher = useMemo(() => createFetcher(key, setStatus), [key]);
  const examples = useMemo(() => createExamples(ids ?? {}), [ids]);
  const plugins = useMemo(() => [createExamplesPlugin(examples), explorer, HISTORY_PLUGIN], [examples]);

  // The header editor is off, because the bar sets the only header that the server needs.
  return (
    <>
      <CallerBar stored={stored} caller={caller} onChange={setStored} purpose="to load the schema and its documentation" root="">
        <a href="app">Courses</a>
        <a href="lti/api-doc">REST API</a>
        <a href="graphql/schema.graphqls">Schema</a>
      </CallerBar>
      {status === "asking" && <p role="status" className="loading">Loading …</p>}
      {status !== "asking" && status !== "rejected" && (
        <GraphiQL
          key={key}
          fetcher={fetcher}
          defaultTabs={examples}
          plugins={plugins}
          defaultEditorToolsVisibility="variables"
          isHeadersEditorEnabled={false}
          shouldPersistHeaders={false}
          schemaDescription
          inputValueDeprecation
        >
          <GraphiQL.Logo> </GraphiQL.Logo>
          <GraphiQL.Footer>
            <AnswerFooter />
          </GraphiQL.Footer>
        </GraphiQL>
      )}
    </>
  );
}
