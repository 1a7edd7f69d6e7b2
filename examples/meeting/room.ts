/** The meeting, for the server. Its page and its machine's own tests have the room type from src/meeting/, where no services are. */
import { join } from "node:path";
import { recorder } from "../../src/index.ts";

export { meeting } from "../../src/index.ts";

/** The recorder of this repository writes what was said into files beside the journal. */
export const services = { recorder: recorder({ folder: join(process.env["QUORATE_DATA"] ?? "data", "recordings") }) };
