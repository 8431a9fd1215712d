import { permessageDeflate } from 'lws-ts';

/** The options of a vhost that speaks permessage-deflate, however short a message begins, or does not. */
export function deflateOptions(deflate: boolean) {
  return { extensions: deflate ? [permessageDeflate({ threshold: 0 })] : [] };
}
