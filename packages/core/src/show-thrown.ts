/** What was thrown, for a log line: the stack where there is one. Whatever it is, showing it does not throw. */
export function showThrown(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.stack ?? thrown.message);
    return String(thrown);
  } catch {
    return 'something that cannot be shown';
  }
}
