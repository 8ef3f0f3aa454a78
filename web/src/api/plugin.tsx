import type { AnyComponent, Plugin } from "swagger-ui-react";
import { parseLosslessly } from "../losslessJSON";
import type { OwnIDs } from "../ownIDs";
import { setExamples } from "./parameterExamples";

const Nothing = () => null;

/** The path of an operation: text in a button, which may contain no link. */
const PathText: AnyComponent = ({ text }) => <span>{text}</span>;

/** Returns all changes of this page to Swagger UI. Components have the names that Swagger UI gives them. */
export const createPlugin = (ids: OwnIDs): Plugin => () => ({
  components: {
    // The key bar has the form for the key and the link to the document. The server of the page
    // is the only server, and no other server may validate the document.
    AuthorizeBtnContainer: Nothing,
    authorizeOperationBtn: Nothing,
    ServersContainer: Nothing,
    InfoUrl: Nothing,
    onlineValidatorBadge: Nothing,
    DeepLink: PathText,
  },
  statePlugins: {
    spec: { wrapActions: { updateJsonSpec: (update) => (document) => update(setExamples(document, ids)) } },
  },
  wrapComponents: { responseBody: withLosslessJSON },
});

/**
 * Shows the numbers of a JSON response unchanged, whereas Swagger UI rounds and shortens them.
 * Offers a binary response as a download.
 */
function withLosslessJSON(Body: AnyComponent): AnyComponent {
  return (props) => {
    const text = indentJSON(props);
    if (text === undefined) return <Body {...props} headers={downloadHeaders(props)} />;
    const Code: AnyComponent = props.getComponent("HighlightCode", true);
    return (
      <div>
        <h5>Response body</h5>
        <Code language="json" downloadable fileName="response.json" canCopy>{text}</Code>
      </div>
    );
  };
}

type ResponseProps = { content: unknown; contentType?: string; headers?: Record<string, string> };

/** Returns the indented JSON of a response, or undefined when the response is not JSON or is an attachment. */
function indentJSON({ content, contentType = "", headers = {} }: ResponseProps): string | undefined {
  if (!/json/i.test(contentType) || typeof content !== "string") return undefined;
  if (/^attachment/i.test(headers["content-disposition"] ?? "")) return undefined;
  try {
    return JSON.stringify(parseLosslessly(content), null, 2);
  } catch {
    return undefined;
  }
}

/**
 * Returns the headers of a response, changed so that Swagger UI offers a binary response as a
 * download. Otherwise Swagger UI shows it as text.
 */
function downloadHeaders({ content, contentType = "", headers = {} }: ResponseProps): Record<string, string> {
  if (!(content instanceof Blob) && !/^image/i.test(contentType)) return headers;
  const disposition = headers["content-disposition"]?.replace(/^inline/i, "attachment");
  return { ...headers, "content-disposition": disposition ?? "attachment" };
}
