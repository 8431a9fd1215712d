/** The scripts that run for the mounts of one context: how many there are, and what they may say in the log. */
import type { Clock, CodedError, ContextView, PeerAddress } from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';
import type { CgiMount } from '../mount.ts';
import { peerKey } from '../peer-key.ts';
import { printable } from '../refuse.ts';
import { CgiProcess, type CgiRunOwner } from './cgi-process.ts';
import { hasDescriptorRoom } from './descriptor-room.ts';
import { endWithProcess, hasEnded } from './end-with-process.ts';

/** The pipes of a script, at our end. */
const pipes = 3;

/** Lines of stderr that a mount may log in one second. */
export const linesPerSecond = 32;

interface OfMount {
  running: number;
  /** Of those, by peer; who has none is not there. */
  readonly peers: Map<string, number>;
  /** When the second began that lines are counted in. */
  since: number;
  lines: number;
  untold: number;
}

/** What scripts need of their context. */
export type CgiContext = Pick<ContextView, 'clock' | 'descriptors' | 'log' | 'run'>;

export class CgiScripts {
  readonly clock: Clock;
  readonly #context: CgiContext;
  readonly #most: number;
  readonly #mounts = new WeakMap<CgiMount, OfMount>();
  readonly #live = new Set<CgiProcess>();

  #closed = false;

  /** @param most scripts at a time, of all mounts together */
  constructor(context: CgiContext, most: number) {
    this.clock = context.clock;
    this.#context = context;
    this.#most = most;
  }

  /** Why no further one may run for `peer`; undefined: one may. */
  refusal(mount: CgiMount, peer: PeerAddress): CodedError | undefined {
    const { running, peers } = this.#of(mount);
    if (running >= mount.maxScripts) return mountErrors.LWS_ERR_MOUNT_CGI_BUSY;
    const ofPeer = peers.get(peerKey(peer)) ?? 0;
    if (ofPeer >= mount.maxScriptsPerPeer) return mountErrors.LWS_ERR_MOUNT_CGI_PEER;
    if (this.#live.size >= this.#most) return mountErrors.LWS_ERR_MOUNT_CGI_TOTAL;
    return this.#context.descriptors.hasRoom(pipes) && hasDescriptorRoom()
      ? undefined
      : mountErrors.LWS_ERR_MOUNT_CGI_BUSY;
  }

  /** @throws what `spawn` throws */
  run(
    mount: CgiMount,
    env: Record<string, string>,
    peer: PeerAddress,
    owner: CgiRunOwner,
  ): CgiProcess {
    const of = this.#of(mount);
    const key = peerKey(peer);
    const { descriptors } = this.#context;
    let charged = pipes;
    const closed = (): void => {
      descriptors.opened(-charged);
      charged = 0;
    };
    const release = (): void => {
      of.running--;
      count(of.peers, key, -1);
      this.#live.delete(run);
      hasEnded(run);
    };
    const run: CgiProcess = new CgiProcess(mount, env, this.clock, {
      failed(error) {
        release();
        closed();
        owner.failed(error);
      },
      exited() {
        release();
        owner.exited();
      },
      closed,
    });
    descriptors.opened(pipes);
    of.running++;
    count(of.peers, key, 1);
    this.#live.add(run);
    endWithProcess(run);
    return run;
  }

  /** Does what calls handlers, where they may be called; nothing once the context is closed. */
  perform(job: () => void): void {
    this.#context.run(() => {
      if (!this.#closed) job();
    });
  }

  /** A line that a script said on stderr. */
  say(mount: CgiMount, line: string): void {
    const of = this.#of(mount);
    const now = this.clock.now();
    if (now - of.since >= 1000) {
      if (of.untold > 0)
        this.#context.log(
          'notice',
          `cgi ${mount.mountpoint}: ${of.untold} more lines were not logged`,
        );
      of.since = now;
      of.lines = 0;
      of.untold = 0;
    }
    if (of.lines++ < linesPerSecond)
      this.#context.log('notice', `cgi ${mount.mountpoint}: ${printable(line)}`);
    else of.untold++;
  }

  /** The context is closed. */
  destroy(): void {
    this.#closed = true;
    for (const run of this.#live) run.killNow();
  }

  #of(mount: CgiMount): OfMount {
    const known = this.#mounts.get(mount);
    if (known !== undefined) return known;
    const made = { running: 0, peers: new Map(), since: this.clock.now(), lines: 0, untold: 0 };
    this.#mounts.set(mount, made);
    return made;
  }
}

function count(peers: Map<string, number>, key: string, by: number): void {
  if (key === '') return;
  const running = (peers.get(key) ?? 0) + by;
  if (running > 0) peers.set(key, running);
  else peers.delete(key);
}
