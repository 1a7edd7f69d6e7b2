/** The page's composition root. */
import { createRoot } from "react-dom/client";
import { followAddress } from "./store/route.ts";
import { takeToken } from "./store/token.ts";
import { App } from "./views/app.tsx";

const token = takeToken();
followAddress();
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(<App firstToken={token} />);
