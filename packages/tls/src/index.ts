export { tlsErrors } from './errors.ts';
export type { Pem, TlsConnectOptions, TlsContextOptions, TlsVhostOptions } from './options.ts';
export { SSL_CB } from './ssl-info.ts';
export { certificateEnd, initVhostClientSsl, reloadCertificates, tls } from './tls-module.ts';
