/** A definition as a module that Stately's Studio imports. From: views/room-actions.tsx. */
export const studioText = (definition: string): string =>
  `import { createMachine } from "xstate";\n\nexport const machine = createMachine(${JSON.stringify(JSON.parse(definition), null, 2)});\n`;
