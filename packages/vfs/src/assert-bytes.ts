import { interfaceErrors, LwsError } from '@lws-ts/interface';

/** Before anything is begun with them. @throws `LWS_ERR_OPTION` for what is no memory, named as `what` */
export function assertBytes(value: unknown, what: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${what} is no Uint8Array`);
}
