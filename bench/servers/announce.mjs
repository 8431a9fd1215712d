/** Tells the harness the port, and ends the process when the harness ends its stdin or dies. */
export function announce(port) {
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stdout.write(`${JSON.stringify({ port })}\n`);
}
