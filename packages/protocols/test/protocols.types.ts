import type { AnyProtocol } from '@lws-ts/interface';
import { dumbIncrement, lwsMirror, lwsStatus } from '@lws-ts/protocols';

const list: readonly AnyProtocol[] = [dumbIncrement.with({ periodMs: 20 }), lwsMirror, lwsStatus];
void list;

// @ts-expect-error periodMs is a number
dumbIncrement.with({ periodMs: '20' });
// @ts-expect-error the mirror has no options of its own
lwsMirror.with({ size: 3 });
