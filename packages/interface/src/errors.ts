import { type ErrorTable, errorTable } from './coded-error.ts';

/** The codes of `@lws-ts/interface`: options, protocols and misuse of what they give. */
export const interfaceErrors: ErrorTable<
  'LWS_ERR_OPTION' | 'LWS_ERR_OPTION_UNKNOWN' | 'LWS_ERR_PROTOCOL_DEFINITION' | 'LWS_ERR_PVO'
> = errorTable({
  LWS_ERR_OPTION: {
    message: 'invalid option',
    hint: 'Give a value that the option allows; its docstring and docs/limits.md say which.',
  },
  LWS_ERR_OPTION_UNKNOWN: {
    message: 'unknown option',
    hint: 'Check the spelling, or add the module that provides the option.',
  },
  LWS_ERR_PROTOCOL_DEFINITION: {
    message: 'protocol() was given a definition it cannot use',
    hint: 'A protocol has a name that is an HTTP token, functions for handlers, and either ws.message or ws.receive.',
  },
  LWS_ERR_PVO: {
    message: 'a per-vhost option does not fit the protocol',
    hint: 'Give only options that the protocol declares in its pvo, with values of the declared type.',
  },
});
