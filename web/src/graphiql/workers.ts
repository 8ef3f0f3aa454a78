// The web workers of Monaco, GraphiQL's editor, from this build.
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";

window.MonacoEnvironment = {
  getWorker(_id, language) {
    switch (language) {
      case "json":
        return new JsonWorker();
      case "graphql":
        return new GraphQLWorker();
    }
    return new EditorWorker();
  },
};
