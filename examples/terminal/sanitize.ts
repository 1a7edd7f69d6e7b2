/** What others wrote, made safe for a terminal: one line, without control characters or escape sequences. From: screen.ts, for all it prints. */

/** ECMA-48, each in its forms of one and of two characters. */
const sequences = [
  String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)`, // a command string and its end
  String.raw`(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]`, // a control sequence
  String.raw`\x1b[ -/]*[0-~]`, // any other escape
];
const sequence = new RegExp(sequences.join("|"), "g");
const lineBreak = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;
/** What is left of broken sequences, and what reorders the text around it. */
const disturbing = /[\p{Cc}\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/gu;

/** Whole escape sequences are left out. A line break becomes ↵: nobody can forge a line of the feed. Any other control character becomes `�`. */
export const sanitize = (text: string): string =>
  text.replace(sequence, "").toWellFormed().replace(lineBreak, " ↵ ").replaceAll("\t", " ").replace(disturbing, "�");
