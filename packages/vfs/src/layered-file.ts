import type { FileOps, FopsFile } from '@lws-ts/interface';

/** A file as the operations above its own see it; everything but `fops` is the file's own. */
export class LayeredFile implements FopsFile {
  readonly fops: FileOps;
  readonly below: FopsFile;

  constructor(fops: FileOps, below: FopsFile) {
    this.fops = fops;
    this.below = below;
  }

  get length(): number {
    return this.below.length;
  }

  get gzip(): boolean {
    return this.below.gzip;
  }

  get virtual(): boolean {
    return this.below.virtual;
  }

  get modTime(): number | undefined {
    return this.below.modTime;
  }

  get changeTime(): number | undefined {
    return this.below.changeTime;
  }

  get contentTag(): string | undefined {
    return this.below.contentTag;
  }

  get position(): number {
    return this.below.position;
  }

  set position(position: number) {
    this.below.position = position;
  }
}
