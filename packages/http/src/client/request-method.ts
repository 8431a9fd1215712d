import { type ConnectCall, interfaceErrors, LwsError } from '@lws-ts/interface';

/** Methods that mean something else than a request and its answer. */
const refusedMethods: ReadonlySet<string> = new Set(['CONNECT', 'RAW']);

/** @throws `LWS_ERR_OPTION` for a method that is no request */
export function requestMethod(call: ConnectCall): string {
  // of core
  const method = (call.options['method'] as string | undefined) ?? 'GET';
  if (!refusedMethods.has(method)) return method;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `method is ${method}, of an http: URL`);
}
