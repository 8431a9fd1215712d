/** What is loaded when a certificate is made. */
export { writeCertificate } from './write-certificate.ts';
