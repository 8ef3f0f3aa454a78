import { useMemo } from "react";
import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useAPIKey } from "../apiKey";
import { useCaller } from "../caller";
import { CallerBar } from "../CallerBar";
import { examples } from "./examples";
import { EXAMPLES_PLUGIN } from "./ExamplesPlugin";
import { createFetcher } from "./fetcher";

const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];

/**
 * GraphiQL for this server, with a bar for the API key and the person who is signed in. A new key resets
 * GraphiQL: it fetches the schema again, and no response for the previous key remains.
 */
export function Page() {
  const [stored, setStored] = useAPIKey();
  const { key } = stored;
  const [caller, setStatus] = useCaller(key, "");
  const fetcher = useMemo(() => createFetcher(key, setStatus), [key]);

  // The header editor is off, because the key bar sets the only header that the server needs.
  return (
    <>
      <CallerBar stored={stored} caller={caller} onChange={setStored} purpose="to load the schema and its documentation" root="">
        <a href="app">Courses</a>
        <a href="lti/api-doc">REST API</a>
        <a href="graphql/schema.graphqls">Schema</a>
      </CallerBar>
      <GraphiQL
        key={key}
        fetcher={fetcher}
        defaultTabs={examples}
        plugins={plugins}
        visiblePlugin={DOC_EXPLORER_PLUGIN}
        defaultEditorToolsVisibility="variables"
        isHeadersEditorEnabled={false}
        shouldPersistHeaders={false}
        schemaDescription
        inputValueDeprecation
      >
        <GraphiQL.Logo> </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}
