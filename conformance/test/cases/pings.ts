/** Category 2: pings are answered with their own payload, pongs nobody asked for with nothing. */
import { broken, bye, type Case, fill, frame, hear, hex, row, say } from './case.ts';

const ping = 9;
const pong = 10;
const full = fill(0xfe, 125);
const unasked = 'unsolicited pong payload';
const ten = Array.from({ length: 10 }, (_, at) => `payload-${at}`);

function answered(payload: string | Uint8Array) {
  return [...say(frame(ping, payload)), hear('pong', payload), ...bye];
}

function tenAnswered() {
  return [
    ...say(...ten.map((payload) => frame(ping, payload))),
    ...ten.map((payload) => hear('pong', payload)),
    ...bye,
  ];
}

export const pings: readonly Case[] = [
  row('2.1', '§5.5.2', 'ping without a payload', () => answered('')),
  row('2.2', '§5.5.3', 'ping with a text', () => answered('Hello, world!')),
  row('2.3', '§5.5.3', 'ping with octets that are no text', () =>
    answered(hex('00 ff fe fd fc fb 00 ff')),
  ),
  row('2.4', '§5.5', 'ping with 125 octets, the most there may be', () => answered(full)),
  row('2.5', '§5.5', 'ping with 126 octets', () => [
    ...say(frame(ping, fill(0xfe, 126))),
    broken('CONTROL_LENGTH', { frame: 0, header: 1 }),
  ]),
  row('2.6', '§5.5', 'ping with 125 octets, one a write', () => answered(full), 1),
  row('2.7', '§5.5.3', 'pong nobody asked for, without a payload', () => [
    ...say(frame(pong)),
    ...bye,
  ]),
  row('2.8', '§5.5.3', 'pong nobody asked for, with a payload', () => [
    ...say(frame(pong, unasked)),
    ...bye,
  ]),
  row('2.9', '§5.5.3', 'pong nobody asked for, then a ping', () => [
    ...say(frame(pong, unasked), frame(ping, 'ping payload')),
    hear('pong', 'ping payload'),
    ...bye,
  ]),
  row('2.10', '§5.5.3', 'ten pings', tenAnswered),
  row('2.11', '§5.5.3', 'ten pings, one octet a write', tenAnswered, 1),
];
