/** What percent-encoded text stands for (RFC 3986 §2.1); the text itself where it is none. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
