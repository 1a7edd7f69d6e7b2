/** Which browser the tests drive: the one that CHROMIUM names, else what the system has. From: chromium.ts, and scripts/check.ts, which lets nobody skip without need. */
import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
export const executablePath = process.env["CHROMIUM"] ?? places.find((place) => existsSync(place));
export const hasChromium = executablePath !== undefined;
