/** It speaks what the control servers speak. */
export { dialect } from "../../dialects/plain.ts";
