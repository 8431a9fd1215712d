import type { HttpCase } from '../case.ts';
import { bodyCases } from './bodies.ts';
import { chunkedCases } from './chunked.ts';
import { fieldCases } from './fields.ts';
import { floodCases } from './floods.ts';
import { framingCases } from './framing.ts';
import { hostCases } from './hosts.ts';
import { outputCases } from './output.ts';
import { requestLineCases } from './request-line.ts';
import { upgradeCases } from './upgrades.ts';

/** Every raw request case, in the order of the files. */
export const httpCases: readonly HttpCase[] = [
  ...framingCases,
  ...chunkedCases,
  ...fieldCases,
  ...requestLineCases,
  ...hostCases,
  ...bodyCases,
  ...upgradeCases,
  ...floodCases,
  ...outputCases,
];
