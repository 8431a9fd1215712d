export interface ArchiveFile {
  readonly name: string;
  readonly content: Buffer;
  readonly deflate: boolean;
}
export function candideFiles(): ArchiveFile[];
