/** `bun run new my-app`: a new app in examples/, which works at once. Exit status 1: it was not made, and nothing is left of it. */
import { resolve } from "node:path";
import { ScaffoldError, scaffold } from "./new/scaffold.ts";

const [name, ...more] = process.argv.slice(2);
if (name === undefined || name.startsWith("-") || more.length > 0) {
  console.error("usage: bun run new <name>, for example: bun run new my-app");
  process.exit(1);
}
try {
  const files = await scaffold(name, resolve("examples"));
  const folder = `examples/${name}`;
  console.log(`${files.map((file) => `  ${folder}/${file}`).join("\n")}

Start it:  npx bun run server, then open http://127.0.0.1:3000/${name} in two windows
Test it:   npx bun test ${folder}
Check it:  npx bun run machines check ${folder}/room.ts
Go on:     docs/extend.md`);
} catch (error) {
  if (!(error instanceof ScaffoldError)) throw error;
  console.error(error.message);
  process.exit(1);
}
