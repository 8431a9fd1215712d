import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/cli`. */
export const cliErrors: ErrorTable<'LWS_ERR_USAGE'> = errorTable({
  LWS_ERR_USAGE: {
    message: 'the command line is wrong',
    hint: '--help lists what there is.',
  },
});
