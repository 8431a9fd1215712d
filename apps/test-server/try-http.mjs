import { chunkedHtml, createContext, protocol } from 'lws-ts';

const www = '/tmp/audit46/try/www';
const pages = protocol({
  name: 'pages',
  http: { processHtml: () => chunkedHtml((n) => (n === 'name' ? '<&>' : undefined)) },
});
const ctx = await createContext({
  protocols: [pages],
  port: 17682,
  interface: '127.0.0.1',
  accessLog: '/tmp/audit46/try/access.log',
  mounts: [
    {
      mountpoint: '/',
      origin: `file://${www}`,
      cacheReusable: true,
      cacheMaxAge: 60,
      precompressed: true,
      extraMimetypes: { '.bin': '' },
      interpret: { '.shtml': 'pages' },
    },
    { mountpoint: '/list', origin: `file://${www}`, listing: true, def: 'none.html' },
    { mountpoint: '/spa', origin: `file://${www}`, fallback: 'index.html', precompressed: true },
    {
      mountpoint: '/secret',
      origin: `file://${www}`,
      basicAuthLoginFile: '/tmp/audit46/try/login',
    },
    {
      mountpoint: '/closed',
      origin: `file://${www}`,
      basicAuthLoginFile: '/tmp/audit46/try/nologin',
    },
    { mountpoint: '/old', origin: '>https://example.com/new', appendPath: true, status: 308 },
    { mountpoint: '/old2', origin: '^http://example.com' },
  ],
});
console.log('up');
