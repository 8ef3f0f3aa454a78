// Swagger UI has no types of its own: this is what the page uses of it.
declare module "swagger-ui-react" {
  import type { ComponentType, ReactNode } from "react";

  /** A request before it is sent; loadSpec marks the one for the document itself. */
  export type Request = { url: string; headers: Record<string, string>; loadSpec?: boolean };

  /** The parts of a running Swagger UI, by Swagger UI's own names. */
  export type System = {
    specSelectors: {
      specJson(): { getIn(path: string[]): unknown };
      taggedOperations(): { keySeq(): { first(): string | undefined } };
    };
    layoutActions: { show(thing: string[], shown: boolean): void };
  };

  // Swagger UI's components take properties of many kinds, handed through as they come.
  export type Part = ComponentType<any>;

  type Action = (document: unknown) => unknown;

  /** Replaces components by name, or wraps them, or what is done to the document. */
  export type Plugin = () => {
    statePlugins?: { spec: { wrapActions: { updateJsonSpec: (original: Action) => Action } } };
    components?: Record<string, () => ReactNode>;
    wrapComponents?: Record<string, (original: Part, system: System) => Part>;
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
