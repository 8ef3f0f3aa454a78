import type { Part, Plugin } from "swagger-ui-react";
import { parseExactly } from "../numbers";

const none = () => null;

/** What this page changes in Swagger UI, by the names of its components. */
export const plugin: Plugin = () => ({
  components: {
    // The key bar is the one place for the key, and the page's own server the only one.
    AuthorizeBtnContainer: none,
    authorizeOperationBtn: none,
    ServersContainer: none,
    onlineValidatorBadge: none,
  },
  wrapComponents: { OperationSummaryPath: marked, responseBody: exact },
});

/** Marks the operations that the document calls planned. */
function marked(Path: Part): Part {
  return (props) => (
    <>
      <Path {...props} />
      {props.operationProps.getIn(["op", "x-status"]) === "planned" && (
        <span className="planned" title="Answers 501 until it is built">planned</span>
      )}
    </>
  );
}

/** Shows JSON with the numbers that were sent: Swagger UI would round and shorten them. */
function exact(Body: Part): Part {
  return (props) => {
    const text = indented(props);
    if (text === undefined) return <Body {...props} />;
    const Code: Part = props.getComponent("HighlightCode", true);
    return (
      <div>
        <h5>Response body</h5>
        <Code language="json" downloadable fileName="response.json" canCopy>{text}</Code>
      </div>
    );
  };
}

/** Returns an answer's JSON on lines of their own; undefined when it is something else, or a file to keep. */
function indented({ content, contentType = "", headers = {} }: Record<string, any>): string | undefined {
  if (!/json/i.test(contentType) || typeof content !== "string") return undefined;
  if (/^attachment/i.test(headers["content-disposition"] ?? "")) return undefined;
  try {
    return JSON.stringify(parseExactly(content), null, 2);
  } catch {
    return undefined;
  }
}
