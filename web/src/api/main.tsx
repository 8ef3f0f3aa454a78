import { createRoot } from "react-dom/client";
import "swagger-ui-react/swagger-ui.css";
import "../bar.css";
import "./page.css";
import { Page } from "./Page";
import { followScheme } from "./scheme";

followScheme();
createRoot(document.getElementById("page")!).render(<Page />);
