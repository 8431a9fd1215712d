/** What a test client tells of its connections, one event after the other. */
export type TestClientEvent =
  | { readonly event: 'connecting'; readonly connection: string; readonly url: string }
  | { readonly event: 'established'; readonly connection: string; readonly extensions: string }
  /** How many circles it will draw before it closes and comes again. */
  | { readonly event: 'lifetime'; readonly connection: string; readonly circles: number }
  /** The server answers a request. */
  | { readonly event: 'answer'; readonly connection: string; readonly status: number }
  /** A piece of its body. */
  | { readonly event: 'body'; readonly connection: string; readonly text: string }
  | { readonly event: 'completed'; readonly connection: string; readonly bytes: number }
  | { readonly event: 'number'; readonly connection: string; readonly value: string }
  /** It was asked to write, with all the others. */
  | { readonly event: 'writeable'; readonly connection: string }
  | {
      readonly event: 'closed';
      readonly connection: string;
      readonly code: number;
      readonly reason: string;
      /** When it connects again; not while it ends. */
      readonly retryMs?: number;
    }
  | {
      readonly event: 'error';
      readonly connection: string;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
      /** When it tries again; absent: it gives up. */
      readonly retryMs?: number;
    };

export type EventListener = (event: TestClientEvent) => void;

/** A URL as it may be printed: without its password. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const read = new URL(url);
  if (read.password === '') return url;
  read.password = '***';
  return read.href;
}
