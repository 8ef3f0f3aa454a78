import { createRoot } from "react-dom/client";
import "swagger-ui-react/swagger-ui.css";
import "../base.css";
import "./page.css";
import { followColorScheme } from "./colorScheme";
import { Page } from "./Page";

followColorScheme();
createRoot(document.getElementById("page")!).render(<Page />);
