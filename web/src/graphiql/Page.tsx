import { useMemo, useState } from "react";
import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useAPIKey } from "../apiKey";
import { KeyBar, type KeyStatus } from "../KeyBar";
import { examples } from "./examples";
import { EXAMPLES_PLUGIN } from "./ExamplesPlugin";
import { createFetcher } from "./fetcher";

const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];

/**
 * GraphiQL for this server, with a bar for the API key. A new key resets GraphiQL: it fetches
 * the schema again, and no response for the previous key remains.
 */
export function Page() {
  const [stored, setStored] = useAPIKey();
  const { key } = stored;
  const [lastCheck, setLastCheck] = useState<{ key: string; status: KeyStatus }>();
  const fetcher = useMemo(() => createFetcher(key, (status) => setLastCheck({ key, status })), [key]);

  // The header editor is off, because the key bar sets the only header that the server needs.
  return (
    <>
      <KeyBar
        stored={stored}
        status={lastCheck?.key === key ? lastCheck.status : "unknown"}
        onChange={setStored}
        purpose="to load the schema and its documentation"
      >
        <a href="lti/api-doc">REST API</a>
        <a href="graphql/schema.graphqls">Schema</a>
      </KeyBar>
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
