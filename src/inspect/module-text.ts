/** A definition as the text of a module, to be pasted into Stately Studio. From: studio.ts, and the page's "Copy for Stately Studio". It imports nothing. */
export function moduleText(definition: string): string {
  // A line of JSON text that begins with a string and a colon begins with a key: within strings, quotes are escaped.
  const literal = JSON.stringify(JSON.parse(definition), null, 2).replaceAll(/^( *)"([A-Za-z][A-Za-z0-9_]*)": /gm, "$1$2: ");
  return `import { createMachine } from "xstate";\n\nexport const machine = createMachine(${literal});\n`;
}
