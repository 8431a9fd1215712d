/** What {@link file://./page-probe.js} answers inside a page; see there. */
export interface PageProbe {
  isDim(): boolean;
  isClear(): boolean;
  overlayStyle(): OverlayStyle;
  counted(): number;
  picture(): Promise<{ ink: number; digest: string }>;
  inked(colour: readonly [red: number, green: number, blue: number]): number;
  drawAtOnce(lines: number): void;
  rest(): void;
  faintTexts(least: number): string[];
  overhang(): number;
}

/** What dims the page, as computed. */
export interface OverlayStyle {
  readonly zIndex: string;
  readonly opacity: string;
  readonly backgroundColor: string;
  readonly position: string;
}

/** The page's global object, as far as the tests know it. */
export type ProbedPage = typeof globalThis & { readonly pageProbe: PageProbe };
