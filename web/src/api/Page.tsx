import { useMemo } from "react";
import SwaggerUI, { type Request, type System } from "swagger-ui-react";
import { useAPIKey } from "../apiKey";
import { authorization, useCaller } from "../caller";
import { CallerBar } from "../CallerBar";
import { csrfHeader, csrfToken } from "./csrfToken";
import { createPlugin } from "./plugin";

/** The URL of the OpenAPI document: below /lti/api-doc, or /prefix/lti/api-doc behind a proxy. */
const documentURL = new URL("api-doc/openapi.json", location.href).href;

/**
 * Swagger UI for the REST API, with a bar for the API key and the person who is signed in. A new key
 * resets Swagger UI, so that no response for the previous key remains.
 */
export function Page() {
  const [stored, setStored] = useAPIKey();
  const { key } = stored;
  const [caller] = useCaller(key, "../");
  const plugins = useMemo(() => [createPlugin(caller.ids ?? {})], [caller.ids]);

  return (
    <>
      <CallerBar stored={stored} caller={caller} onChange={setStored} purpose="to send requests from this page" root="../">
        <a href="../app">Courses</a>
        <a href="../graphiql">GraphiQL</a>
        <a href={documentURL}>OpenAPI document</a>
      </CallerBar>
      {caller.status === "asking" ? (
        <p role="status" className="loading">Loading …</p>
      ) : (
        <SwaggerUI
          key={key}
          url={documentURL}
          plugins={plugins}
          requestInterceptor={(request) => authenticate(request, key)}
          onComplete={openFirstTag}
          docExpansion="none"
          defaultModelsExpandDepth={0}
          deepLinking
          tryItOutEnabled
          displayRequestDuration
        />
      )}
    </>
  );
}

/**
 * Adds the key to requests to this server, except for the public document; other servers never get it. Without a key
 * the browser adds the cookie of the session, and changes need the CSRF token.
 */
function authenticate(request: Request, key: string): Request {
  const sameOrigin = new URL(request.url, location.href).origin === location.origin;
  if (!sameOrigin || request.loadSpec) return request;
  const isChange = !["GET", "HEAD"].includes(request.method);
  Object.assign(request.headers, authorization(key), !key && isChange && { [csrfHeader]: csrfToken() });
  return request;
}

/** Opens the operations of the first tag, unless the URL selects an operation. */
function openFirstTag({ specSelectors, layoutActions }: System) {
  const tag = specSelectors.taggedOperations().keySeq().first();
  if (tag && !location.hash) layoutActions.show(["operations-tag", tag], true);
}
