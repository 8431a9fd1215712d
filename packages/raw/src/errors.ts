import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/raw`. */
export const rawErrors: ErrorTable<
  'LWS_ERR_RAW_DATA' | 'LWS_ERR_RAW_IDLE' | 'LWS_ERR_RAW_OPTIONS' | 'LWS_ERR_RAW_PROTOCOL'
> = errorTable({
  LWS_ERR_RAW_DATA: {
    message: 'data that cannot be written to a raw connection',
    hint: 'write() takes a Uint8Array or a string, and nothing after end().',
  },
  LWS_ERR_RAW_IDLE: {
    message: 'nothing was sent or received on a raw connection for rawIdleSecs',
    hint: 'Raise rawIdleSecs of the vhost, or let one side send something in between.',
  },
  LWS_ERR_RAW_OPTIONS: {
    message: 'the raw options of a vhost conflict with each other, or with others',
    hint: 'The message names them: leave one out, or give each a vhost of its own.',
  },
  LWS_ERR_RAW_PROTOCOL: {
    message: 'no protocol takes raw connections',
    hint: 'Give the vhost a protocol with a group `raw`, and mark it by .with({ raw: true }) when there are several; what is adopted needs `raw` or `rawFile`.',
  },
});
