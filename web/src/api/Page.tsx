import { useEffect, useState } from "react";
import SwaggerUI, { type Request, type System } from "swagger-ui-react";
import { useAPIKey } from "../apiKey";
import { KeyBar, type KeyStatus } from "../KeyBar";
import { checkKey } from "./checkKey";
import { plugin } from "./plugin";

const plugins = [plugin];

/** The URL of the OpenAPI document: below /lti/api-doc, or /prefix/lti/api-doc behind a proxy. */
const documentURL = new URL("api-doc/openapi.json", location.href).href;

/**
 * Swagger UI for the REST API, with a bar for the API key. A new key resets Swagger UI, so that
 * no response for the previous key remains.
 */
export function Page() {
  const [stored, setStored] = useAPIKey();
  const { key } = stored;
  const [lastCheck, setLastCheck] = useState<{ key: string; status: KeyStatus }>();
  useEffect(() => {
    void checkKey(key).then((status) => setLastCheck({ key, status }));
  }, [key]);

  return (
    <>
      <KeyBar
        stored={stored}
        status={lastCheck?.key === key ? lastCheck.status : "unknown"}
        onChange={setStored}
        purpose="to send requests from this page"
      >
        <a href="../graphiql">GraphiQL</a>
        <a href={documentURL}>OpenAPI document</a>
      </KeyBar>
      <SwaggerUI
        key={key}
        url={documentURL}
        plugins={plugins}
        requestInterceptor={(request) => addKey(request, key)}
        onComplete={openFirstTag}
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
function addKey(request: Request, key: string): Request {
  const sameOrigin = new URL(request.url, location.href).origin === location.origin;
  if (key && sameOrigin && !request.loadSpec) request.headers.Authorization = `Api-Key ${key}`;
  return request;
}

/** Opens the operations of the first tag, unless the URL selects an operation. */
function openFirstTag({ specSelectors, layoutActions }: System) {
  const tag = specSelectors.taggedOperations().keySeq().first();
  if (tag && !location.hash) layoutActions.show(["operations-tag", tag], true);
}
