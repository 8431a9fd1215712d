import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, script } from './repository.ts';

interface Target {
  readonly '@lws-ts/source': string;
}
interface Package {
  readonly name: string;
  readonly home: string;
}
interface Table {
  readonly name: string;
  readonly errors: ReadonlyMap<string, { readonly message: string; readonly hint: string }>;
  readonly rules: ReadonlyMap<string, { readonly kind: string; readonly fallback: unknown }>;
}
interface DocTables {
  readonly publishedPackages: (root: string) => readonly Package[];
  readonly collectTables: (
    packages: readonly Package[],
    load: (home: string, target: Target) => Promise<unknown>,
  ) => Promise<readonly Table[]>;
  readonly errorsMarkdown: (tables: readonly Table[]) => string;
  readonly limitsMarkdown: (
    tables: readonly Table[],
    consequences: ReadonlyMap<string, string>,
  ) => string;
  readonly limitRows: (tables: readonly Table[]) => readonly {
    readonly option: string;
    readonly name: string;
    readonly fallback: string;
    readonly codes: readonly string[];
  }[];
  readonly unaligned: (markdown: string) => string;
  readonly readConsequences: (markdown: string) => ReadonlyMap<string, string>;
}

const doc = await script<DocTables>('doc-tables.mjs');
const packages = doc.publishedPackages(root);
const tables = await doc.collectTables(
  packages,
  (home, target) => import(join(home, target['@lws-ts/source'])),
);
const page = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8');

describe('docs/errors.md', () => {
  const codes = tables.flatMap(({ errors }) => [...errors.keys()]);

  test('says what the tables of the packages say, no more and no less', () => {
    expect(doc.unaligned(page('errors.md'))).toBe(doc.unaligned(doc.errorsMarkdown(tables)));
  });

  test('has every code once', () => {
    expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
  });

  test.each(packages)('has every code that stands in the sources of $name', ({ home }) => {
    const files = readdirSync(join(home, 'src'), { recursive: true, encoding: 'utf8' });
    const used = new Set(
      files
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => readFileSync(join(home, 'src', file), 'utf8').match(codeForm) ?? []),
    );
    expect([...used].filter((code) => !codes.includes(code))).toEqual([]);
  });

  test('has messages without a full stop and hints that are sentences', () => {
    for (const { errors } of tables)
      for (const [code, { message, hint }] of errors) {
        expect(message, code).toMatch(/[^.]$/);
        expect(hint, code).toMatch(/^\S.*\.$/);
      }
  });
});

/** Words that begin like a code without being one, such as `LWS_ERR_OPTION…`, end otherwise. */
const codeForm = /\bLWS_ERR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?![…_])/g;

describe('docs/limits.md', () => {
  const consequences = doc.readConsequences(page('limits.md'));
  const rows = doc.limitRows(tables);

  test('has the option rules of the packages, no more and no less', () => {
    const written = doc.limitsMarkdown(tables, consequences);
    expect(doc.unaligned(page('limits.md'))).toBe(doc.unaligned(written));
  });

  test('says what happens over each limit', () => {
    const silent = rows.filter(({ name, option }) => !consequences.get(`${name} ${option}`));
    expect(silent.map(({ option }) => option)).toEqual([]);
  });

  test.each([
    ['ipLimitWsi', ['LWS_ERR_PEER_LIMIT_WSI']],
    ['maxHttpHeaderData', ['LWS_ERR_HTTP_HEAD_LIMIT']],
    ['maxScriptsTotal', ['LWS_ERR_MOUNT_CGI_TOTAL']],
    ['maxOutputBytesTotal', ['LWS_ERR_OUTPUT_TOTAL']],
    ['kaTime', []],
  ])('names the error codes of %s: %j', (option, codes) => {
    expect(rows.find((row) => row.option === option)?.codes).toEqual(codes);
  });

  test.each([
    ['maxRequestLine', 8 * 1024],
    ['maxHttpHeaderData', 16 * 1024],
    ['maxHeaderFields', 100],
    ['maxHttpHeaderPool', 256],
    ['maxHttpBodySize', 1024 * 1024],
    ['timeoutSecs', 10],
    ['keepaliveTimeout', 5],
    ['maxRequestsPerConnection', 1000],
    ['maxMessageSize', 1024 * 1024],
    ['rxBufferSize', 4 * 1024],
    ['txBudget', 64 * 1024],
    ['maxOutputBytes', 1024 * 1024],
  ])('%s is %i by default', (option, fallback) => {
    const found = tables.flatMap(({ rules }) => rules.get(option) ?? []);
    expect(found.map((rule) => rule.fallback)).toEqual([fallback]);
  });
});
