/** What to do about an error, by its code, in the options of the command where the error's own hint has those of the API. */
export const hints: Readonly<Record<string, string>> = {
  LWS_ERR_CONNECT_TIMEOUT: 'The server is slow or unreachable.',
  LWS_ERR_HTTP_ANSWER_IDLE: 'Check the server: its answer began and did not end.',
  LWS_ERR_HTTP_REDIRECT:
    'Connect to where it leads; redirects from TLS to plaintext are never followed.',
  LWS_ERR_HTTP_RESPONSE_TIMEOUT: 'Check the server: it accepted the request.',
  LWS_ERR_HTTP_PROXY: 'Check the environment: http_proxy, https_proxy, all_proxy, no_proxy.',
  LWS_ERR_TLS_SERVER_CERTIFICATE:
    'The message says why. Give its CA with -A FILE; -s accepts certificates of unknown issuers or for other names, for tests.',
};
