import { useMemo, useState } from "react";
import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { KeyBar, type Verdict } from "../KeyBar";
import * as apiKey from "../key";
import { examples } from "./examples";
import { EXAMPLES_PLUGIN } from "./ExamplesPlugin";
import { fetcherWith } from "./fetcher";

const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];

/**
 * GraphiQL for this server, with a bar for the API key. A new key resets GraphiQL: it fetches
 * the schema again, and no response for the previous key remains.
 */
export function Page() {
  const [key, setKey] = useState(apiKey.load);
  const [last, setLast] = useState<{ key: string; verdict: Verdict }>();
  const fetcher = useMemo(() => fetcherWith(key, (verdict) => setLast({ key, verdict })), [key]);
  const change = (next: string) => {
    apiKey.save(next);
    setKey(next);
  };

  // The editor of headers is off: the key bar sets the only header that the server needs.
  return (
    <>
      <KeyBar
        current={key}
        verdict={last?.key === key ? last.verdict : "unknown"}
        onChange={change}
        promise="the schema and its documentation appear"
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
