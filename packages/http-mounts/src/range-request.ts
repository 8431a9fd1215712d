import type { Clock, HttpRequest } from '@lws-ts/interface';
import { ifRangeHolds, type Validators } from './preconditions.ts';
import { type ByteRange, readRanges } from './ranges.ts';

/**
 * What of a content a request is for, when its conditions let it be sent (RFC 9110 §13.2.2, steps 5 and 6).
 *
 * @param length of the content
 */
export function requestedRanges(
  request: HttpRequest,
  has: Validators,
  length: number,
  clock: Clock,
): readonly ByteRange[] | 'whole' | 'unsatisfiable' {
  if (request.field('range') === undefined || request.method !== 'GET') return 'whole';
  if (!ifRangeHolds(request, has, clock)) return 'whole';
  return readRanges(request.list('range') ?? '', length);
}
