import { createRoot } from "react-dom/client";
import "../base.css";
import "./page.css";
import { Page } from "./Page";

createRoot(document.getElementById("page")!).render(<Page />);
