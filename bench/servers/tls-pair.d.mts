export const pair: { readonly sslCertFilepath: string; readonly sslPrivateKeyFilepath: string };
