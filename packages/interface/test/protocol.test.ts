import {
  type AnyProtocol,
  type LwsError,
  type ProtocolSpec,
  type PvoSpec,
  protocol,
  protocolDefinition,
} from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';

type Loose = (spec: unknown) => ReturnType<typeof protocol>;
const loose = protocol as Loose;

const refused = (run: () => unknown): LwsError => {
  try {
    run();
  } catch (error) {
    return error as LwsError;
  }
  throw new Error('was accepted');
};

describe('protocol', () => {
  test('gives a frozen object that carries the name alone', () => {
    const made = protocol({ name: 'chat.example.com' });
    expect(made.name).toBe('chat.example.com');
    expect(Object.isFrozen(made)).toBe(true);
  });

  test('keeps the definition for the roles', () => {
    const spec: ProtocolSpec<undefined, undefined, PvoSpec> = { name: 'x', rxBufferSize: 1 };
    const definition = protocolDefinition(protocol(spec));
    expect(definition.spec).toBe(spec);
    expect(definition.pvo).toEqual({});
    expect(definition.flags).toEqual({});
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'the definition is undefined, not an object'],
    ['null', null, 'the definition is null, not an object'],
    ['no name', {}, 'name is undefined, not a token'],
    ['an empty name', { name: '' }, 'name is "", not a token'],
    ['a space in the name', { name: 'a b' }, 'name is "a b", not a token'],
    ['a comma in the name', { name: 'a,b' }, 'not a token'],
    ['a line break in the name', { name: 'a\r\nb' }, 'not a token'],
    ['a letter beyond ASCII', { name: 'é' }, 'not a token'],
    ['65 characters', { name: 'x'.repeat(65) }, 'not a token of at most 64 characters'],
    ['a misspelt group', { name: 'x', wss: {} }, '"x" has no member wss; did you mean ws?'],
    [
      'a misspelt handler',
      { name: 'x', ws: { recieve() {} } },
      '"x.ws" has no member recieve; did you mean receive?',
    ],
    [
      'a duplex that is no boolean',
      { name: 'x', duplex: 1 },
      'duplex of "x" is 1, not true or false',
    ],
    ['a group that is no object', { name: 'x', ws: 1 }, 'x.ws is 1, not an object'],
    ['a group that is null', { name: 'x', ws: null }, 'x.ws is null, not an object'],
    [
      'a handler that is no function',
      { name: 'x', ws: { closed: 'no' } },
      'closed of "x.ws" is "no"',
    ],
    ['a session that is no function', { name: 'x', session: {} }, 'session of "x" is an object'],
    [
      'both forms of receiving',
      { name: 'x', ws: { message() {}, receive() {} } },
      '"x.ws" has both message and receive',
    ],
    ['rxBufferSize 0', { name: 'x', rxBufferSize: 0 }, 'rxBufferSize of "x" is 0'],
    ['rxBufferSize 2 MiB', { name: 'x', rxBufferSize: 2097152 }, 'rxBufferSize of "x" is 2097152'],
    ['rxBufferSize as a string', { name: 'x', rxBufferSize: '9' }, 'rxBufferSize of "x" is "9"'],
    ['a pvo that is no object', { name: 'x', pvo: 'p' }, 'pvo of "x" is "p", not an object'],
    ['a pvo of no type', { name: 'x', pvo: { p: 'number' } }, 'pvo p of "x" is "number"'],
    ['a pvo named default', { name: 'x', pvo: { default: 'boolean' } }, 'pvo default of "x"'],
    ['a pvo named raw', { name: 'x', pvo: { raw: 'boolean' } }, 'pvo raw of "x"'],
  ])('refuses %s', (_name, spec, says) => {
    const error = refused(() => loose(spec));
    expect(error.code).toBe('LWS_ERR_PROTOCOL_DEFINITION');
    expect(error.message).toContain(says);
  });

  test('takes every character of a token, 64 of them', () => {
    const name = "!#$%&'*+-.^_`|~09AZaz".padEnd(64, 'x');
    expect(protocol({ name }).name).toBe(name);
  });
});

describe('with', () => {
  const heron = protocol({
    name: 'heron',
    pvo: { legs: 'integer', call: 'string', shy: 'boolean' },
  });

  test('gives another protocol of the same name and definition, with its options', () => {
    const one = heron.with({ legs: 1, call: 'kraak', shy: true });
    const two = heron.with({ default: true, raw: false });
    expect(protocolDefinition(one).pvo).toEqual({ legs: 1, call: 'kraak', shy: true });
    expect(protocolDefinition(one).flags).toEqual({});
    expect(protocolDefinition(two).pvo).toEqual({});
    expect(protocolDefinition(two).flags).toEqual({ default: true, raw: false });
    expect(protocolDefinition(two).spec).toBe(protocolDefinition(heron).spec);
    expect([one.name, two.name]).toEqual(['heron', 'heron']);
  });

  test('leaves the protocol it was called on as it was', () => {
    heron.with({ legs: 1, default: true });
    expect(protocolDefinition(heron).pvo).toEqual({});
    expect(protocolDefinition(heron).flags).toEqual({});
  });

  test('does not see a later change of what it was given', () => {
    const given = { legs: 2 };
    const made = protocolDefinition(heron.with(given));
    given.legs = 3;
    expect(made.pvo).toEqual({ legs: 2 });
    expect(Object.isFrozen(made.pvo)).toBe(true);
  });

  test('takes undefined for absent', () => {
    const given = { legs: undefined } as unknown as { legs: number };
    expect(protocolDefinition(heron.with(given)).pvo).toEqual({});
  });

  test.each<[string, unknown, string]>([
    ['an undeclared option', { wings: 2 }, 'wings of protocol "heron" is not declared'],
    [
      'a misspelt option',
      { lges: 2 },
      'lges of protocol "heron" is not declared; did you mean legs?',
    ],
    [
      'a misspelt flag',
      { defualt: true },
      'defualt of protocol "heron" is not declared; did you mean default?',
    ],
    ['a member of every object', { toString: 1 }, 'toString of protocol "heron" is not declared'],
    ['a fraction', { legs: 1.5 }, 'legs of protocol "heron" is 1.5, not integer'],
    ['digits', { legs: '1' }, 'legs of protocol "heron" is "1", not integer'],
    ['a number for a string', { call: 1 }, 'call of protocol "heron" is 1, not string'],
    ['0 for false', { shy: 0 }, 'shy of protocol "heron" is 0, not boolean'],
    ['"1" for true, as lws has it', { default: '1' }, 'default of protocol "heron" is "1"'],
    ['nothing', undefined, 'the options of protocol "heron" are undefined, not an object'],
    ['a string', 'default', 'the options of protocol "heron" are "default", not an object'],
  ])('refuses %s', (_name, given, says) => {
    const error = refused(() => (heron.with as (pvo: unknown) => AnyProtocol)(given));
    expect(error.code).toBe('LWS_ERR_PVO');
    expect(error.message).toContain(says);
  });
});

describe('protocolDefinition', () => {
  test.each<[string, unknown, string]>([
    ['a look-alike', { name: 'x' }, 'holds an object, which protocol() did not make'],
    ['a name', 'heron', 'holds "heron"'],
    ['nothing', undefined, 'holds undefined'],
  ])('refuses %s', (_name, given, says) => {
    const error = refused(() => protocolDefinition(given as AnyProtocol));
    expect(error.code).toBe('LWS_ERR_PROTOCOL_DEFINITION');
    expect(error.message).toContain(says);
  });
});
