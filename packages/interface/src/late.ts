/**
 * What is loaded or made when it is first asked for, and kept: modules that only some programs use. A file that needs
 * one writes `const zlib = late(() => process.getBuiltinModule('node:zlib'))`, and `zlib().crc32(...)` where it uses it.
 */
export function late<Value extends object>(load: () => Value): () => Value {
  let value: Value | undefined;
  return () => {
    value ??= load();
    return value;
  };
}
