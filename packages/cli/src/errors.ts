import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/cli`. */
export const cliErrors: ErrorTable<'LWS_ERR_PATH' | 'LWS_ERR_USAGE'> = errorTable({
  LWS_ERR_PATH: {
    message: 'a path that was given cannot be used',
    hint: 'Check that it exists and that this user may use it; the message says what is wrong.',
  },
  LWS_ERR_USAGE: {
    message: 'the command line is wrong',
    hint: '--help lists the options.',
  },
});
