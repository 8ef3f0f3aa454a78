import type { Part, Plugin, System } from "swagger-ui-react";
import { parseExactly } from "../numbers";
import { unfilled } from "./optional";

const none = () => null;

/** What this page changes in Swagger UI, by the names of its components. */
export const plugin: Plugin = () => ({
  components: {
    // The key bar has the one place for the key and the document's address; the page's own
    // server is the only one, and no other is to check the document.
    AuthorizeBtnContainer: none,
    authorizeOperationBtn: none,
    ServersContainer: none,
    InfoUrl: none,
    onlineValidatorBadge: none,
  },
  statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (document) => update(unfilled(document)) } } },
  wrapComponents: { OperationSummaryPath: marked, responseBody: faithful },
});

/** Marks the operations that the document calls planned. */
function marked(Path: Part, { specSelectors }: System): Part {
  return (props) => (
    <>
      <Path {...props} />
      {specSelectors.specJson().getIn([...props.specPath, "x-status"]) === "planned" && (
        <span className="planned" title="For people who are signed in: not there yet">planned</span>
      )}
    </>
  );
}

/** Shows JSON with the numbers that were sent, which Swagger UI would round and shorten, and saves what is not text. */
function faithful(Body: Part): Part {
  return (props) => {
    const text = indented(props);
    if (text === undefined) return <Body {...props} headers={toSave(props)} />;
    const Code: Part = props.getComponent("HighlightCode", true);
    return (
      <div>
        <h5>Response body</h5>
        <Code language="json" downloadable fileName="response.json" canCopy>{text}</Code>
      </div>
    );
  };
}

type Answer = { content: unknown; contentType?: string; headers?: Record<string, string> };

/** Returns an answer's JSON on lines of their own; undefined when it is something else, or a file to keep. */
function indented({ content, contentType = "", headers = {} }: Answer): string | undefined {
  if (!/json/i.test(contentType) || typeof content !== "string") return undefined;
  if (/^attachment/i.test(headers["content-disposition"] ?? "")) return undefined;
  try {
    return JSON.stringify(parseExactly(content), null, 2);
  } catch {
    return undefined;
  }
}

/** Returns an answer's headers, by which Swagger UI offers bytes as a file: it would show them as text. */
function toSave({ content, contentType = "", headers = {} }: Answer): Record<string, string> {
  if (!(content instanceof Blob) && !/^image/i.test(contentType)) return headers;
  const disposition = headers["content-disposition"]?.replace(/^inline/i, "attachment");
  return { ...headers, "content-disposition": disposition ?? "attachment" };
}
