/** What was thrown, for a log line: the stack where there is one. Whatever it is, showing it does not throw. */
export function showThrown(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const shown = String(thrown.stack ?? thrown.message);
    const { name, code } = thrown as { readonly name: unknown; readonly code?: unknown };
    // a stack has the name and no code, which is what can be looked up
    if (typeof code !== 'string' || !shown.startsWith(`${String(name)}: `)) return shown;
    return `${String(name)} [${code}]${shown.slice(String(name).length)}`;
  } catch {
    return 'something that cannot be shown';
  }
}
