import type { SecureContextBuilder } from '@lws-ts/interface';
import type { Pem } from './options.ts';

/** Collects what a program supplies. */
export class CollectedContext implements SecureContextBuilder {
  cert: Pem | undefined = undefined;
  key: Pem | undefined = undefined;
  passphrase: string | undefined = undefined;
  readonly cas: Pem[] = [];
  readonly crls: Pem[] = [];

  certificate(pem: Pem): void {
    this.cert = pem;
  }

  privateKey(pem: Pem, passphrase?: string): void {
    this.key = pem;
    this.passphrase = passphrase;
  }

  ca(pem: Pem): void {
    this.cas.push(pem);
  }

  crl(pem: Pem): void {
    this.crls.push(pem);
  }
}
