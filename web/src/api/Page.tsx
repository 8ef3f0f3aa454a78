import { useEffect, useState } from "react";
import SwaggerUI, { type Request, type System } from "swagger-ui-react";
import { KeyBar, type Verdict } from "../KeyBar";
import * as apiKey from "../key";
import { check } from "./check";
import { plugin } from "./plugin";

const plugins = [plugin];

/** The URL of the OpenAPI document: below /lti/api-doc, or /prefix/lti/api-doc behind a proxy. */
const document = new URL("api-doc/openapi.json", location.href).href;

/**
 * Swagger UI for the REST API, with a bar for the API key. A new key resets Swagger UI, so that
 * no response for the previous key remains.
 */
export function Page() {
  const [key, setKey] = useState(apiKey.load);
  const [last, setLast] = useState<{ key: string; verdict: Verdict }>();
  useEffect(() => {
    void check(key).then((verdict) => setLast({ key, verdict }));
  }, [key]);
  const change = (next: string) => {
    apiKey.save(next);
    setKey(next);
  };

  return (
    <>
      <KeyBar
        current={key}
        verdict={last?.key === key ? last.verdict : "unknown"}
        onChange={change}
        promise="every call below is sent with it"
      >
        <a href="../graphiql">GraphiQL</a>
        <a href={document}>OpenAPI document</a>
      </KeyBar>
      <SwaggerUI
        key={key}
        url={document}
        plugins={plugins}
        requestInterceptor={(request) => signed(request, key)}
        onComplete={openFirst}
        docExpansion="none"
        defaultModelsExpandDepth={0}
        deepLinking
        tryItOutEnabled
        displayRequestDuration
      />
    </>
  );
}

/** Adds the key to requests to this server, except for the public document; other servers never get it. */
function signed(request: Request, key: string): Request {
  const ours = new URL(request.url, location.href).origin === location.origin;
  if (key && ours && !request.loadSpec) request.headers.Authorization = `Api-Key ${key}`;
  return request;
}

/** Opens the first group of operations, unless the URL selects another. */
function openFirst({ specSelectors, layoutActions }: System) {
  const tag = specSelectors.taggedOperations().keySeq().first();
  if (tag && !location.hash) layoutActions.show(["operations-tag", tag], true);
}
