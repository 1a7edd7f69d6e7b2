/** A real browser, where the machine has one. Without it these tests are skipped, loudly; with CI set they fail. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { executablePath, hasChromium } from "./executable.ts";

const actionMsMax = 15_000;
let browser: Browser | undefined;

/** Call once per test file. */
export function withChromium(): void {
  if (!hasChromium && process.env["CI"] === undefined)
    console.warn("\n!!! NO CHROMIUM: the browser tests are SKIPPED. apt-get install chromium-headless-shell, or set CHROMIUM.\n");
  beforeAll(async () => {
    if (hasChromium) browser = await chromium.launch({ executablePath: executablePath as string, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    browser = undefined;
  });
}

export function browserTest(title: string, run: () => Promise<void>, timeoutMs = 60_000): void {
  if (hasChromium || process.env["CI"] !== undefined) test(title, run, timeoutMs);
  else test.skip(title, run);
}

/** A fresh profile. Everything that its pages complain about is kept, and has to be nothing at the end. */
export class Profile implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext) {
    this.#context = context;
    context.setDefaultTimeout(actionMsMax);
  }

  static async make(options: BrowserContextOptions = {}): Promise<Profile> {
    if (browser === undefined) throw new Error("CI is set, but there is no Chromium");
    const context = await browser.newContext(options);
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`CSP: ${violatedDirective} ${blockedURI}`),
      );
    });
    return new Profile(context);
  }

  async open(url: string): Promise<Page> {
    const page = await this.#context.newPage();
    page.on("pageerror", (error) => this.complaints.push(`${error}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  /** Complaints that a test provokes, such as the browser's own about a refused connection, are named. */
  expectQuiet(except?: RegExp): void {
    expect(this.complaints.filter((complaint) => except?.test(complaint) !== true)).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
