export const hello: string;
export function contentOf(size: number): Buffer;
