import { createRoot } from "react-dom/client";
import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "../base.css";
import "./page.css";
import { Page } from "./Page";

createRoot(document.getElementById("page")!).render(<Page />);
