// Types for the part of Swagger UI that the page uses. Swagger UI ships no types.
declare module "swagger-ui-react" {
  import type { ComponentType } from "react";

  /** A request before Swagger UI sends it. loadSpec marks the request for the OpenAPI document. */
  export type Request = { url: string; method: string; headers: Record<string, string>; loadSpec?: boolean };

  /** The selectors and actions of a running Swagger UI. */
  export type System = {
    specSelectors: {
      specJson(): { getIn(path: string[]): unknown };
      taggedOperations(): { keySeq(): { first(): string | undefined } };
    };
    layoutActions: { show(path: string[], shown: boolean): void };
  };

  /** A component of Swagger UI. Its properties have no types; wrappers pass them on unchanged. */
  export type AnyComponent = ComponentType<any>;

  type Action = (document: unknown) => unknown;

  /** Replaces or wraps components by their names, and wraps the action that loads the document. */
  export type Plugin = () => {
    statePlugins?: { spec: { wrapActions: { updateJsonSpec: (original: Action) => Action } } };
    components?: Record<string, AnyComponent>;
    wrapComponents?: Record<string, (original: AnyComponent, system: System) => AnyComponent>;
  };

  const SwaggerUI: ComponentType<{
    url: string;
    plugins: Plugin[];
    requestInterceptor: (request: Request) => Request;
    onComplete: (system: System) => void;
    docExpansion: "list" | "full" | "none";
    deepLinking: boolean;
    tryItOutEnabled: boolean;
    displayRequestDuration: boolean;
    defaultModelsExpandDepth: number;
  }>;
  export default SwaggerUI;
}
