/**
 * The installed Chromium for a test file: started once, with a profile of its own that goes with it.
 * What the pages complain of on their consoles is collected, so that a test can say there was nothing.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { missing } from './missing.ts';

const probe = fileURLToPath(new URL('page-probe.js', import.meta.url));
const executablePath = '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const launchMs = 30_000;
const stepMs = 20_000;

/** Why no page can be opened here; undefined when one can. */
export function chromiumMissing(): string | undefined {
  return existsSync(executablePath) ? undefined : missing(`Chromium is not at ${executablePath}`);
}

/** One running Chromium. */
export class Chromium {
  readonly #context: BrowserContext;
  readonly #profile: string;
  readonly #complaints: string[] = [];

  private constructor(context: BrowserContext, profile: string) {
    this.#context = context;
    this.#profile = profile;
  }

  /** @param more arguments of Chromium, beside those that are always given */
  static async launch(more: readonly string[] = []): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'lws-e2e-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: [...args, ...more],
      timeout: launchMs,
      viewport: { width: 1280, height: 900 },
      colorScheme: 'light',
    });
    context.setDefaultTimeout(stepMs);
    await context.addInitScript({ path: probe });
    return new Chromium(context, profile);
  }

  /** A new page that is shown nothing yet. */
  async newPage(): Promise<Page> {
    const page = await this.#context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.#complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => {
      this.#complaints.push(`thrown: ${error.message}`);
    });
    return page;
  }

  /** What the pages complained of since the last time: errors, warnings, violations of their CSP. */
  takeComplaints(): string[] {
    return this.#complaints.splice(0);
  }

  async close(): Promise<void> {
    await this.#context.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
